"""Uses a platform for hours: deploys, sessions, sleeps, WebSockets, crashes, output at 10 MiB a second.

    make soak HOURS=2
    make soak HOURS=0.2 ARGS="--every 5"

Each sample is a line of JSON in `build/soak/samples.jsonl`; the result is in `build/soak/summary.txt`, also
after Ctrl-C. The status is 1 if something grows, or something is left on the machine afterwards.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.soak.growth import SECONDS, Allowed, judge, table
from tests.soak.load import Load, Tally
from tests.soak.measuring import measure_disk, measure_engine, measure_processes
from tests.soak.project import Soaked, soaked_project
from tests.support.platform import Platform

RESULTS = Path("build/soak")
ALLOWED = (
    Allowed("platform: memory, MiB", 6, 25),
    Allowed("platform: threads", 1, 4),
    Allowed("platform: descriptors", 4, 60),
    Allowed("its processes: memory, MiB", 20, 60),
    Allowed("its processes: threads", 2, 8),
    Allowed("its processes: descriptors", 10, 150),
    Allowed("its processes: number", 0.5, 1),
    # A hundred instances of an application keep 1 MiB of their output each.
    Allowed("disk, MiB", 20, 150),
    Allowed("database, MiB", 2, 6),
    Allowed("logs, MiB", 20, 110),
    Allowed("Durable Objects, MiB", 6, 20),
    Allowed("containers", 4, 8),
    Allowed("networks", 0.5, 1),
    Allowed("images", 2, 10),
    Allowed("Worker: median, ms", 5, 20),
    Allowed("Durable Object: median, ms", 5, 20),
    Allowed("request of a session: median, ms", 10, 50),
    Allowed("first request of a session: median, ms", 200, 800),
    Allowed("deploy: median, ms", 1000, 5000),
    Allowed("instances are listed, ms", 50, 150),
)
"""The first number is per hour."""
FEWEST_GOOD = 0.95
"""The share of what has to succeed: each deploy and each killed `workerd` costs some connections."""


def soak(
    project: Soaked, seconds: float, every: float, ending: threading.Event
) -> tuple[list[dict[str, float]], Tally]:
    """Use the platform for so long, or until `ending` is set; the samples, and what was done."""
    samples: list[dict[str, float]] = []
    project.run("deploy").check()
    platform = Platform(project.home)
    load = Load(project, platform.worker_url(project.name))
    begin = time.monotonic()
    RESULTS.mkdir(parents=True, exist_ok=True)
    with (RESULTS / "samples.jsonl").open("w") as file, load.running():
        while time.monotonic() - begin < seconds and not ending.wait(every):
            sample = {
                SECONDS: time.monotonic() - begin,
                **_measured(project, platform),
                **load.tally.take_latencies(),
            }
            samples.append(sample)
            file.write(json.dumps({name: round(value, 3) for name, value in sample.items()}) + "\n")
            file.flush()
    return samples, load.tally


def _measured(project: Soaked, platform: Platform) -> dict[str, float]:
    status = project.status
    if status is None:
        return {}
    begin = time.monotonic()
    with contextlib.suppress(AssertionError, OSError, StopIteration):
        platform.instances(project.application)
    listed = {"instances are listed, ms": (time.monotonic() - begin) * 1000}
    on_engine = measure_engine(status.account_id, f"pywrangler.local/{project.name}-")
    return {**measure_processes(status.pid), **measure_disk(project.home), **on_engine, **listed}


def summary(samples: Sequence[dict[str, float]], tally: Tally, left: Sequence[str]) -> tuple[list[str], bool]:
    """What it all came to, in lines, and whether it is good."""
    verdicts = judge(samples, ALLOWED)
    minutes = (samples[-1][SECONDS] - samples[0][SECONDS]) / 60 if samples else 0
    lines = [f"{minutes:.1f} minutes, {len(samples)} samples"]
    lines += table(verdicts) if verdicts else ["too few samples to say what grows"]
    lines += ["", f"{'':34} {'succeeded':>10} {'failed':>10}"]
    for what in sorted({*tally.done, *tally.failed}):
        lines.append(f"{what:34} {tally.done[what]:10} {tally.failed[what]:10}")
    done, failed = tally.done.total(), tally.failed.total()
    is_reliable = done >= FEWEST_GOOD * (done + failed)
    lines += [] if is_reliable else [f"{failed} of {done + failed} failed"]
    lines += [f"{number:5} x {reason}" for reason, number in tally.reasons.most_common(40)]
    lines += [f"left: {each}" for each in left]
    return lines, is_reliable and not left and not any(verdict.has_grown for verdict in verdicts)


@contextlib.contextmanager
def interruptible() -> Iterator[threading.Event]:
    """An event that is set by the signals that end a program, which then finishes in its own way."""
    ending = threading.Event()

    def end(*_: Any) -> None:
        ending.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak, summarize; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hours", type=float, default=2.0, help="how long (default: 2)")
    parser.add_argument("--every", type=float, default=15.0, help="seconds between two samples (default: 15)")
    chosen = parser.parse_args(arguments)
    with interruptible() as ending, soaked_project() as project:
        samples, tally = soak(project, chosen.hours * 3600, chosen.every, ending)
        account = project.status.account_id if project.status else ""
        project.run("local", "stop")
        lines, is_good = summary(samples, tally, project.leftovers(account))
    (RESULTS / "summary.txt").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    return int(not is_good)


if __name__ == "__main__":
    sys.exit(main())
