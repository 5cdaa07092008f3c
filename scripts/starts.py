"""Starts and stops a platform again and again, each time in a new folder, and says how long that took.

    make starts
    make starts ARGS="--times 20"

The status is 1 when a start or a stop failed; the folders of those stay, with their logs.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

COMMAND = (sys.executable, "-m", "pywrangler_containers", "local")
TIMEOUT_SECONDS = 120
STEP = re.compile(r"start: (?P<what>[^\"]+) took (?P<seconds>[0-9.]+) s")


@dataclass(frozen=True)
class Run:
    """One start and stop."""

    start_seconds: float
    stop_seconds: float
    steps: Mapping[str, float]
    failure: str | None = None


def read_steps(log: str) -> dict[str, float]:
    """The steps of a start and the seconds that they took, from the platform's log."""
    return {found["what"]: float(found["seconds"]) for found in STEP.finditer(log)}


def summary(runs: Sequence[Run]) -> list[str]:
    """Least, median and most of every time, and what failed."""
    whole = [run for run in runs if run.failure is None]
    rows = {
        "start": [run.start_seconds for run in whole],
        "stop": [run.stop_seconds for run in whole],
    }
    for what in whole[0].steps if whole else ():
        rows[f"  {what}"] = [run.steps[what] for run in whole if what in run.steps]
    lines = [f"{len(runs)} starts, {len(runs) - len(whole)} failures"]
    if whole:
        lines.append(f"{'seconds':60} {'min':>7} {'median':>7} {'max':>7}")
    for what, times in rows.items():
        if times:
            lines.append(f"{what:60} {min(times):7.2f} {statistics.median(times):7.2f} {max(times):7.2f}")
    return lines + [f"failed: {run.failure}" for run in runs if run.failure is not None]


def try_once(home: Path) -> Run:
    """Start and stop a platform in a folder that does not exist yet."""
    environment = {**os.environ, "PYWRANGLER_HOME": str(home)}
    begin = time.monotonic()
    started = _command("start", environment)
    between = time.monotonic()
    stopped = _command("stop", environment)
    end = time.monotonic()
    try:
        log = (home / "platform.log").read_text(errors="replace")
    except OSError:
        log = ""
    failure = started or stopped or (f"it took {between - begin:.1f} s" if between - begin > 30 else None)
    return Run(between - begin, end - between, read_steps(log), failure and f"{home}: {failure}")


def _command(verb: str, environment: Mapping[str, str]) -> str | None:
    """Why the command failed; None where it did not."""
    try:
        done = subprocess.run(
            [*COMMAND, verb],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"local {verb} took more than {TIMEOUT_SECONDS} s"
    return f"local {verb}: status {done.returncode}: {done.stderr.strip()}" if done.returncode else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Start, stop, report; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=200, help="how often (default: 200)")
    chosen = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="pw-starts-", dir="/tmp"))
    runs = []
    for number in range(chosen.times):
        home = folder / str(number)
        runs.append(run := try_once(home))
        if run.failure is None:
            shutil.rmtree(home, ignore_errors=True)
        else:
            print(f"{number}: {run.failure}", flush=True)
    print("\n".join(summary(runs)))
    failed = any(run.failure for run in runs)
    if not failed:
        shutil.rmtree(folder, ignore_errors=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
