"""Tries inputs on all readers with Atheris, then requests on the servers, and says how many it tried.

    make fuzz                                   a minute for each reader
    make fuzz ARGS="--seconds 600 requests"     ten minutes for one
    make fuzz ARGS="--runs 1000000"             a million random inputs for each, then Atheris
    make fuzz ARGS="--keep"                     then keep the smallest inputs that reach everything

What was found stays in `build/fuzz`: inputs that reach something new, and inputs that failed, with `crash-`,
`timeout-` or `oom-` in their names. Make a test of each. The status is 1 if there are any.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.inputs import Maker
from tests.fuzz.limits import Limited, try_inputs
from tests.fuzz.records import Target
from tests.fuzz.table import TARGETS, keep_inputs, kept_inputs

FOUND = Path("build/fuzz")
SERVERS = "servers"
MOST_KEPT = 40
LARGEST_KEPT_BYTES = 600
SECONDS_OF_INPUT = 30
"""When libFuzzer itself ends an input, for what Python cannot interrupt."""
MEMORY_MIB = 2048
DONE = re.compile(r"^Done (\d+) (?:runs )?in (\d+) second", re.MULTILINE)
LATEST = re.compile(r"^#(\d+)\t", re.MULTILINE)


@dataclass(frozen=True)
class Tried:
    """How the search for faults of one reader ended."""

    inputs: int
    failure: str | None


def fuzz(target: Target, *, seconds: float, runs: int) -> Tried:
    """Look for faults of one reader: by chance, which is quick, then guided by what inputs reach."""
    by_chance = try_by_chance(target, seconds=seconds / 2, runs=runs)
    if by_chance.failure:
        return by_chance
    corpus = FOUND / target.name
    corpus.mkdir(parents=True, exist_ok=True)
    limit = f"-max_total_time={max(1, round(seconds / 2))}"
    done = _run_libfuzzer(target, limit, f"-artifact_prefix={FOUND / target.name}-", str(corpus))
    tried = by_chance.inputs + inputs_tried(done.stderr)
    return Tried(tried, done.stderr[-6000:] if done.returncode else None)


def try_by_chance(target: Target, *, seconds: float, runs: int) -> Tried:
    """Read random inputs: so many, or for so long."""
    maker = Maker(kept_inputs(target), target.words, target.largest_bytes, time.time_ns())
    end = time.monotonic() + seconds

    def is_enough(number: int) -> bool:
        return number >= runs if runs else time.monotonic() > end

    with tempfile.TemporaryDirectory(prefix="pywrangler-fuzz-") as made:
        read = Limited(target.open(Path(made)))
        failure = try_inputs(read, maker.endless(), is_enough=is_enough)
    return Tried(read.count, failure)


def inputs_tried(report: str) -> int:
    """The number of inputs in what libFuzzer says, also if it ended early."""
    if done := DONE.search(report):
        return int(done[1])
    return max((int(found) for found in LATEST.findall(report)), default=0)


def keep(target: Target) -> int:
    """Keep the smallest inputs that reach what all found ones reach; how many."""
    with tempfile.TemporaryDirectory(prefix="pywrangler-fuzz-") as made:
        _run_libfuzzer(target, "-merge=1", made, str(FOUND / target.name))
        found = sorted((file.read_bytes() for file in Path(made).iterdir()), key=len)
    kept = [data for data in found if len(data) <= LARGEST_KEPT_BYTES and data not in target.seeds]
    # Of many, some of every size: the smallest ones are all alike.
    step = max(1, -(-len(kept) // MOST_KEPT))
    keep_inputs(target, kept[::step])
    return len(kept[::step])


def _run_libfuzzer(target: Target, *arguments: str) -> subprocess.CompletedProcess[str]:
    limits = (f"-timeout={SECONDS_OF_INPUT}", f"-rss_limit_mb={MEMORY_MIB}", "-print_final_stats=1")
    with tempfile.TemporaryDirectory(prefix="pywrangler-fuzz-") as temporary:
        return subprocess.run(
            [sys.executable, "-m", "tests.fuzz.coverage", target.name, *limits, *arguments],
            env={**os.environ, "TMPDIR": temporary},
            capture_output=True,
            text=True,
            errors="replace",
        )


def fuzz_servers(times: int) -> int:
    """Try other requests than in CI, so many times as many; the status of pytest."""
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/fuzz/servers"]
    return subprocess.run(words, env={**os.environ, "PYWRANGLER_TEST_FUZZ": str(times)}).returncode


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz, report; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="target", help=f"of {', '.join((*TARGETS, SERVERS))}")
    parser.add_argument("--seconds", type=int, default=60, help="for each reader (default: 60)")
    parser.add_argument("--runs", type=int, default=0, help="random inputs for each reader, however long")
    parser.add_argument("--times", type=int, default=5, help="how many times the requests of CI (default: 5)")
    parser.add_argument("--keep", action="store_true", help="write what reached most into tests/fuzz/corpus")
    chosen = parser.parse_args(arguments)
    wanted = chosen.targets or [*TARGETS, SERVERS]
    if unknown := [name for name in wanted if name not in (*TARGETS, SERVERS)]:
        parser.error(f"unknown target {unknown[0]!r}; known are {', '.join((*TARGETS, SERVERS))}")
    logging.disable()
    total, failed = 0, 0
    for name in wanted:
        if name == SERVERS:
            failed += fuzz_servers(chosen.times) != 0
            continue
        tried = fuzz(TARGETS[name], seconds=chosen.seconds, runs=chosen.runs)
        total += tried.inputs
        print(f"{name:20} {tried.inputs:>12,} inputs{'  FAILED' if tried.failure else ''}", flush=True)
        if tried.failure:
            failed += 1
            print(tried.failure, flush=True)
        elif chosen.keep:
            print(f"{'':20} {keep(TARGETS[name]):>12,} kept", flush=True)
    print(f"{'':20} {total:>12,} inputs in all; {failed} of {len(wanted)} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
