"""Starts and stops a platform again and again, each time in a new directory, and says how long that took.

    make starts
    make starts ARGS="--times 20 --worker"

With `--worker` a Worker that uses KV is deployed to each, and the platform is started once more with it.

The status is 1 when a start or a stop failed; the directories of those stay, with their logs.
"""

from __future__ import annotations

import argparse
import json
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

COMMAND = (sys.executable, "-m", "pywrangler_containers")
WORKER = """export default {
  fetch: () => new Response(), async scheduled(event, env) { await env.KV.put("a", "b"); },
};
"""
CONFIGURATION = {
    "name": "starts",
    "main": "index.js",
    "compatibility_date": "2026-11-01",
    "kv_namespaces": [{"binding": "KV"}],
}
TIMEOUT_SECONDS = 120
SLOW_SECONDS = 30
STEP = re.compile(r"start: (?P<what>[^\"]+) took (?P<seconds>[0-9.]+) s")


@dataclass(frozen=True)
class Run:
    """One start and stop."""

    start_seconds: float
    stop_seconds: float
    steps: Mapping[str, float]
    failure: str | None = None
    worker_seconds: float | None = None
    """From the second start to the Worker's response."""


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
    if with_worker := [run.worker_seconds for run in whole if run.worker_seconds is not None]:
        rows["start with a Worker, until it answers"] = with_worker
    for what in whole[0].steps if whole else ():
        rows[f"  {what}"] = [run.steps[what] for run in whole if what in run.steps]
    lines = [f"{len(runs)} starts, {len(runs) - len(whole)} failures"]
    if whole:
        lines.append(f"{'seconds':60} {'min':>7} {'median':>7} {'max':>7}")
    for what, times in rows.items():
        if times:
            lines.append(f"{what:60} {min(times):7.2f} {statistics.median(times):7.2f} {max(times):7.2f}")
    return lines + [f"failed: {run.failure}" for run in runs if run.failure is not None]


def try_once(home: Path, project: Path | None = None) -> Run:
    """Start and stop a platform in a directory that does not exist yet; with a project, do so with its
    Worker, too.
    """
    environment = {**os.environ, "PYWRANGLER_HOME": str(home), "PYWRANGLER_TARGET": "local"}
    begin = time.monotonic()
    started = _command("start", environment)
    between = time.monotonic()
    stopped = _command("stop", environment)
    end = time.monotonic()
    try:
        log = (home / "platform.log").read_text(errors="replace")
    except OSError:
        log = ""
    worker_seconds, failed = _try_worker(project, environment) if project else (None, None)
    failure = (
        started or stopped or failed or (f"it took {between - begin:.1f} s" if between - begin > 30 else None)
    )
    failure = failure and f"{home}: {failure}"
    return Run(between - begin, end - between, read_steps(log), failure, worker_seconds)


def _try_worker(project: Path, environment: Mapping[str, str]) -> tuple[float | None, str | None]:
    """Deploy, stop, start: how long it takes until the Worker answers, and what failed."""
    if failed := _run(["deploy"], environment, project) or _command("stop", environment):
        return None, failed
    begin = time.monotonic()
    failed = _command("start", environment)
    # Whoever fires a trigger waits until the Worker's runtime accepts calls.
    failed = failed or _run(["local", "trigger-cron", "starts", "--cron", "* * * * *"], environment)
    seconds = time.monotonic() - begin
    stopped = _command("stop", environment)
    return seconds, failed or stopped


def _command(verb: str, environment: Mapping[str, str]) -> str | None:
    """Why the command for the platform failed; None if it did not."""
    return _run(["local", verb], environment)


def _run(words: Sequence[str], environment: Mapping[str, str], directory: Path | None = None) -> str | None:
    try:
        done = subprocess.run(
            [*COMMAND, *words],
            env=environment,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"{' '.join(words)} took more than {TIMEOUT_SECONDS} s"
    return f"{' '.join(words)}: status {done.returncode}: {done.stderr.strip()}" if done.returncode else None


def _write_project(directory: Path) -> Path:
    """A Worker that uses KV and has a cron trigger."""
    directory.mkdir()
    (directory / "index.js").write_text(WORKER)
    (directory / "wrangler.jsonc").write_text(json.dumps(CONFIGURATION))
    return directory


def main(arguments: Sequence[str] | None = None) -> int:
    """Start, stop, report; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=200, help="how often (default: 200)")
    parser.add_argument("--worker", action="store_true", help="with a Worker that uses KV, too")
    chosen = parser.parse_args(arguments)
    directory = Path(tempfile.mkdtemp(prefix="pw-starts-", dir="/tmp"))
    project = _write_project(directory / "project") if chosen.worker else None
    runs = []
    for number in range(chosen.times):
        home = directory / str(number)
        runs.append(run := try_once(home, project))
        if run.failure is None:
            shutil.rmtree(home, ignore_errors=True)
        else:
            print(f"{number}: {run.failure}", flush=True)
    print("\n".join(summary(runs)))
    failed = any(run.failure for run in runs)
    if not failed:
        shutil.rmtree(directory, ignore_errors=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
