"""A day's work on this machine: the first start, a saved file, a Worker that wakes up. Where Wrangler has the
same, `wrangler dev` does it in the same run.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.project_set_up import measured_environment
from benchmarks.running import running, wrangler_dev
from benchmarks.timing import run, seconds_of
from tests.support.ports import free_port
from tests.support.waiting import eventually

WORKER = 'export default {{ fetch: () => new Response("revision {}") }};\n'
CONFIGURATION = {"name": "bench-saved", "main": "index.js", "compatibility_date": "2026-11-01"}
ROUNDS = 5
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.005
SLEEP_AFTER_SECONDS = 2


@dataclass(frozen=True)
class Developed:
    """A running `dev` of one tool."""

    project: Path
    url: str

    def save(self, revision: int) -> None:
        """Change the Worker's code."""
        (self.project / "index.js").write_text(WORKER.format(revision))


def measure() -> dict[str, float]:
    """Seconds, and ratios to `wrangler dev` of pairs one after the other."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="pwbench-") as name:
        starts = [_start_pair(Path(name) / str(number)) for number in range(ROUNDS)]
        _compare(figures, "start and first deploy", starts)
        ours, theirs = Path(name) / "ours", Path(name) / "theirs"
        with _ours(ours) as here, _theirs(theirs) as there:
            saves = [(_saved(here, number), _saved(there, number)) for number in range(2, 2 + ROUNDS)]
            _compare(figures, "save to new response", saves)
        figures["a sleeping Worker's response, s"] = _waking(Path(name) / "sleeping")
    return figures


def _compare(figures: dict[str, float], title: str, pairs: Sequence[tuple[float, float]]) -> None:
    figures[f"{title}: here, s"] = statistics.median(ours for ours, _ in pairs)
    figures[f"{title}: wrangler dev, s"] = statistics.median(theirs for _, theirs in pairs)
    figures[f"{title}: here / wrangler dev"] = statistics.median(ours / theirs for ours, theirs in pairs)


def _start_pair(directory: Path) -> tuple[float, float]:
    """Seconds from nothing to the first response: by `deploy`, and by `wrangler dev`."""
    project = _written(directory / "ours")
    environment = _environment(directory)
    try:
        ours = seconds_of(lambda: _deploy_and_ask(project, environment))
    finally:
        _stop(project, environment)
    begin = time.perf_counter()
    with _theirs(directory / "theirs"):
        return ours, time.perf_counter() - begin


def _deploy_and_ask(project: Path, environment: Mapping[str, str]) -> str:
    url: str = json.loads(_pywrangler(project, environment, "deploy", "--json"))["url"]
    _wait(url, "revision 1")
    return url


def _saved(developed: Developed, revision: int) -> float:
    begin = time.perf_counter()
    developed.save(revision)
    _wait(developed.url, f"revision {revision}")
    return time.perf_counter() - begin


def _waking(directory: Path) -> float:
    """Seconds until a sleeping Worker responds: its `workerd` ended because there were no requests."""
    project = _written(directory / "project")
    environment = {**_environment(directory), "PYWRANGLER_SLEEP_AFTER": str(SLEEP_AFTER_SECONDS)}
    try:
        url = _deploy_and_ask(project, environment)
        times = []
        for _ in range(ROUNDS):
            # Whoever asks for its state also asks its process whether it is well, which keeps it awake.
            eventually(
                lambda: _state(project, environment) == "sleeping",
                timeout_seconds=PATIENCE_SECONDS,
                what="the sleep of the Worker",
                interval_seconds=SLEEP_AFTER_SECONDS * 2,
            )
            times.append(seconds_of(lambda: _response(url)))
        return statistics.median(times)
    finally:
        _stop(project, environment)


def _state(project: Path, environment: Mapping[str, str]) -> str:
    [worker] = json.loads(_pywrangler(project, environment, "local", "status", "--json"))["workers"]
    return str(worker["state"])


@contextmanager
def _ours(directory: Path) -> Iterator[Developed]:
    project, port = _written(directory), free_port()
    environment = {**_environment(directory), "PYWRANGLER_WORKER_PORT": str(port)}
    try:
        with running(["pywrangler", "dev", "--keep"], project, environment):
            _wait(f"http://127.0.0.1:{port}", "revision 1")
            yield Developed(project, f"http://127.0.0.1:{port}")
    finally:
        _stop(project, environment)


@contextmanager
def _theirs(directory: Path) -> Iterator[Developed]:
    project = _written(directory)
    with wrangler_dev(project) as url:
        _wait(url, "revision 1")
        yield Developed(project, url)


def _written(project: Path) -> Path:
    project.mkdir(parents=True)
    (project / "wrangler.jsonc").write_text(json.dumps(CONFIGURATION))
    (project / "index.js").write_text(WORKER.format(1))
    return project


def _environment(directory: Path) -> dict[str, str]:
    return {**measured_environment(directory), "PYWRANGLER_WORKER_PORT": str(free_port())}


def _pywrangler(project: Path, environment: Mapping[str, str], *words: str) -> str:
    return run(["pywrangler", *words], environment=environment, cwd=project)


def _stop(project: Path, environment: Mapping[str, str]) -> None:
    _pywrangler(project, environment, "local", "stop")


def _wait(url: str, text: str) -> None:
    eventually(
        lambda: text in _response(url),
        timeout_seconds=PATIENCE_SECONDS,
        what=f"the response {text!r} of {url}",
        interval_seconds=PAUSE_SECONDS,
    )


def _response(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as response:
            return str(response.read().decode())
    except (urllib.error.URLError, ConnectionError):
        return ""
