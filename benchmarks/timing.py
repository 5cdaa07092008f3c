"""Time whole commands and summarise repeated measurements."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


def seconds_of(action: Callable[[], object]) -> float:
    """Wall time of one call."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def median_seconds(action: Callable[[], object], runs: int) -> float:
    """The median wall time of `runs` calls, after one that does not count."""
    action()
    return statistics.median(seconds_of(action) for _ in range(runs))


def run(argv: Sequence[str], *, environment: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
    """Standard output of a command that must succeed; its standard error is shown when it does not."""
    done = subprocess.run(argv, env=environment, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(argv)} exited with {done.returncode}:\n{done.stderr}")
    return done.stdout
