"""HTTP load with wrk: requests per second and the median latency of an address."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.timing import run

UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


@dataclass(frozen=True)
class Load:
    """What wrk measured. Latencies are seconds."""

    connections: int
    requests_per_second: float
    median: float
    p99: float
    failures: int


def measure(url: str, connections: int, duration_seconds: int = 5, script: Sequence[str] = ()) -> Load:
    """Load `url` from one thread over keep-alive connections; `script` is wrk's: a file and its arguments."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is needed to measure requests: install the package `wrk`.")
    argv = ["wrk", "-t1", f"-c{connections}", f"-d{duration_seconds}s", "--timeout", "30s", "--latency"]
    if script:
        argv += ["--script", script[0]]
    return parse(run([*argv, url, *script[1:]]), connections)


def parse(report: str, connections: int) -> Load:
    """A `wrk --latency` report as numbers."""
    rate = re.search(r"Requests/sec:\s+([\d.]+)", report)
    if rate is None:
        raise ValueError(f"not a report of wrk: {report[:200]!r}")
    failures = re.search(r"Non-2xx or 3xx responses: (\d+)", report)
    sockets = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", report)
    return Load(
        connections,
        float(rate[1]),
        _percentile(report, 50),
        _percentile(report, 99),
        int(failures[1]) if failures else sum(map(int, sockets.groups())) if sockets else 0,
    )


def _percentile(report: str, percent: int) -> float:
    found = re.search(rf"^\s*{percent}%\s+([\d.]+)(us|ms|s)\s*$", report, re.MULTILINE)
    if found is None:
        raise ValueError(f"no {percent}% in wrk's report: {report[:500]!r}")
    return float(found[1]) * UNITS[found[2]]
