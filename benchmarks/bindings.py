"""Operations of R2, D1, KV and Queues per second, of one Worker here and under `wrangler dev`, in pairs."""

from __future__ import annotations

import contextlib
import json
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from benchmarks.project_set_up import measured_environment
from benchmarks.running import LOG, wrangler_dev
from benchmarks.timing import run, seconds_of

SOURCE = Path(__file__).parent / "bindings_project"
OPERATIONS = {
    "r2_put": 60,
    "r2_get": 100,
    "r2_head": 100,
    "r2_list": 60,
    "r2_put_large": 2,
    "r2_get_large": 4,
    "d1_insert": 100,
    "d1_select": 200,
    "d1_batch": 50,
    "kv_put": 100,
    "kv_get": 200,
    "kv_list": 200,
    "queue_send": 100,
    "queue_send_consumed": 100,
    "queue_send_batch": 30,
    "queue_consume": 10,
}
"""How many of each are timed at once. A batch has 20 rows or 100 messages; `consume` sends and takes 100.
`queue_send` is to a queue without a consumer, where `wrangler dev` drops the message.
"""
AT_ONCE = {
    "r2_put": 100,
    "r2_get": 200,
    "d1_insert": 200,
    "d1_select": 200,
    "queue_send": 200,
    "queue_send_consumed": 200,
}
"""How many of these are timed with `SIDE` of them side by side."""
SIDE = 10
LARGE_MEGABYTES = 16 * 1.048576
ROUNDS = 7
STARTS_SECONDS = 60.0


def measure() -> dict[str, float]:
    """Operations per second of both, one after the other, and the ratios of the pairs: the median, and the
    quartiles as the spread. Of large objects, megabytes per second, too.
    """
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="pwbench-") as name:
        directory = Path(name)
        with _platform(directory) as here, _wrangler(directory) as there:
            for operation, times, side in (
                *((name, times, 1) for name, times in OPERATIONS.items()),
                *((name, times, SIDE) for name, times in AT_ONCE.items()),
            ):
                ours, theirs = _pairs(here, there, f"{operation}?times={times}&side={side}")
                title = operation if side == 1 else f"{operation}, {side} at once"
                figures[f"{title}: here, per second"] = times / statistics.median(ours)
                figures[f"{title}: wrangler dev, per second"] = times / statistics.median(theirs)
                ratios = [their / our for our, their in zip(ours, theirs, strict=True)]
                low, middle, high = statistics.quantiles(ratios)
                figures[f"{title}: here / wrangler dev"] = middle
                figures[f"{title}: here / wrangler dev, lower quartile"] = low
                figures[f"{title}: here / wrangler dev, upper quartile"] = high
                if operation.endswith("_large"):
                    figures[f"{title}: here, MB/s"] = LARGE_MEGABYTES * times / statistics.median(ours)
    return figures


def _pairs(here: str, there: str, path: str) -> tuple[list[float], list[float]]:
    for url in (here, there):
        _get(f"{url}/{path}")
    ours: list[float] = []
    theirs: list[float] = []
    sides = ((here, ours), (there, theirs))
    for number in range(ROUNDS):
        # Each side is first in turn.
        for url, seconds in sides if number % 2 else reversed(sides):
            seconds.append(_timed(f"{url}/{path}"))
    return ours, theirs


def _timed(url: str) -> float:
    return seconds_of(lambda: _get(url))


def _get(url: str) -> None:
    with urllib.request.urlopen(url) as response:
        response.read()


@contextlib.contextmanager
def _platform(directory: Path) -> Iterator[str]:
    project = directory / "here"
    shutil.copytree(SOURCE, project)
    environment = measured_environment(directory)
    try:
        # Its own address: the port may be another one's.
        url = json.loads(run(["pywrangler", "deploy", "--json"], environment=environment, cwd=project))["url"]
        _get(f"{url}/set-up")
        yield url
    finally:
        subprocess.run(
            ["pywrangler", "local", "stop"], env=environment, cwd=project, capture_output=True, check=False
        )


@contextlib.contextmanager
def _wrangler(directory: Path) -> Iterator[str]:
    project = directory / "there"
    shutil.copytree(SOURCE, project)
    with wrangler_dev(project) as url:
        _set_up(url, project / LOG)
        yield url


def _set_up(url: str, log: Path) -> None:
    """Returns when the Worker has made its table."""
    end = time.monotonic() + STARTS_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            return _get(f"{url}/set-up")
        time.sleep(0.2)
    raise SystemExit(f"`wrangler dev` does not answer:\n{log.read_text()}")
