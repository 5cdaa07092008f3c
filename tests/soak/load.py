"""What uses the platform, all at once, until it is told to end."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import random
import re
import signal
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.soak.measuring import descendants
from tests.soak.project import Soaked
from tests.support.http import request

DEPLOY_EVERY_SECONDS = 40.0
IMAGE_EVERY = 4
"""Deploys between two that change the image, too."""
SESSIONS_AT_ONCE = 3
NAMES = 60
"""Durable Objects that sessions use, again and again, so that what they store does not grow."""
CRASH_EVERY_SECONDS = 20.0
KILL_EVERY_SECONDS = 240.0
LOG_SECONDS = 20
"""Of each minute, how long the output of a container is 10 MiB a second."""
SOCKETS = 20
PROBE_SECONDS = 0.5
FOLLOW_SECONDS = 30.0
PATIENCE_SECONDS = 60.0
_NUMBERS = re.compile(r"\b[0-9a-f]*[0-9][0-9a-f]*\b")
"""Ids, ports and times, which make one reason look like many."""


@dataclass
class Tally:
    """What was done and what failed, counted by all threads."""

    done: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    """How often each thing failed for each reason."""
    _latencies: dict[str, list[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str, failure: str | None = None) -> None:
        """One more; with a failure, one that failed."""
        with self._lock:
            if failure is None:
                self.done[what] += 1
            else:
                self.failed[what] += 1
                self.reasons[_NUMBERS.sub("N", f"{what}: {failure}"[:500])] += 1

    def took(self, what: str, seconds: float) -> None:
        """Note how long something took."""
        with self._lock:
            self._latencies.setdefault(what, []).append(seconds)

    def take_latencies(self) -> dict[str, float]:
        """The median and the 95th of a hundred of what was noted since the last time, in milliseconds."""
        with self._lock:
            noted, self._latencies = self._latencies, {}
        found = {}
        for what, times in noted.items():
            times.sort()
            found[f"{what}: median, ms"] = statistics.median(times) * 1000
            found[f"{what}: p95, ms"] = times[min(len(times) * 95 // 100, len(times) - 1)] * 1000
        return found


class Load:
    """Threads that use one platform. Failures are counted, and end nothing."""

    def __init__(self, project: Soaked, url: str) -> None:
        self.tally = Tally()
        self._project = project
        self._url = url
        self._ending = threading.Event()
        self._random = random.Random(1)  # noqa: S311 - no secret
        self._numbers = itertools.count()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Use the platform while this is open."""
        works: list[Callable[[], None]] = [
            self._deploy,
            self._crash,
            self._kill,
            self._write,
            self._follow,
            self._probe,
        ]
        works += [self._session] * SESSIONS_AT_ONCE
        threads = [threading.Thread(target=self._repeated, args=(work,), daemon=True) for work in works]
        threads.append(threading.Thread(target=asyncio.run, args=(self._sockets(),), daemon=True))
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ending.set()
            for thread in threads:
                thread.join(PATIENCE_SECONDS)

    def _repeated(self, work: Callable[[], None]) -> None:
        while not self._ending.is_set():
            try:
                work()
            except Exception as error:  # the load goes on whatever fails
                self.tally.count(work.__name__.lstrip("_"), f"{type(error).__name__}: {error}")
                self._ending.wait(1)

    def _ask(self, what: str, path: str) -> bool:
        """One request, whose status has to be 200."""
        begin = time.monotonic()
        answer = request(f"{self._url}{path}", timeout_seconds=PATIENCE_SECONDS)
        is_good = answer.status == 200
        self.tally.count(what, None if is_good else f"{answer.status} {answer.text[:300]!r}")
        self.tally.took(what, time.monotonic() - begin)
        return is_good

    def _deploy(self) -> None:
        if self._ending.wait(DEPLOY_EVERY_SECONDS):
            return
        self._project.change(with_image=self._project.version % IMAGE_EVERY == 0)
        begin = time.monotonic()
        result = self._project.run("deploy")
        self.tally.took("deploy", time.monotonic() - begin)
        self.tally.count("deploy", None if result.status == 0 else result.stderr)

    def _session(self) -> None:
        """A name comes back after its container has slept in the meantime."""
        name = f"session-{next(self._numbers) % NAMES}"
        self._ask("first request of a session", f"/?name={name}")
        for _ in range(5):
            if self._ending.wait(0.2):
                return
            self._ask("request of a session", f"/?name={name}")

    def _crash(self) -> None:
        """The container ends while it answers, so any answer will do."""
        if not self._ending.wait(CRASH_EVERY_SECONDS):
            path = f"/cgi-bin/crash?name=crasher-{self._random.randrange(4)}"
            request(f"{self._url}{path}", timeout_seconds=PATIENCE_SECONDS)
            self.tally.count("crash")

    def _kill(self) -> None:
        """Kill a `workerd`, as the system does when its memory is full."""
        status = self._project.status
        if self._ending.wait(KILL_EVERY_SECONDS) or status is None:
            return
        for pid in descendants(status.pid):
            with contextlib.suppress(OSError):
                if b"workerd" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGKILL)
                    self.tally.count("kill of workerd")
                    return

    def _write(self) -> None:
        """Output of a container: 10 MiB in each second, then a pause."""
        for _ in range(LOG_SECONDS):
            begin = time.monotonic()
            self._ask("10 MiB of output", "/cgi-bin/write?name=writer")
            if self._ending.wait(max(0, 1 - (time.monotonic() - begin))):
                return
        self._ending.wait(60 - LOG_SECONDS)

    def _follow(self) -> None:
        """Commands that follow a log, and are interrupted."""
        for words in (
            ("containers", "logs", self._project.application, "--follow"),
            ("tail", self._project.name),
        ):
            running = self._project.cli.start(*words)
            self._ending.wait(FOLLOW_SECONDS)
            running.interrupt()
            result = running.wait(PATIENCE_SECONDS)
            bad = "Traceback" in result.stderr or "bug" in result.stderr
            self.tally.count("follow", result.stderr if bad else None)
            for file in (running.stdout_file, running.stderr_file):
                file.unlink(missing_ok=True)

    def _probe(self) -> None:
        if not self._ending.wait(PROBE_SECONDS):
            self._ask("Worker", "/version")
            self._ask("Durable Object", f"/room?name=probe-{self._random.randrange(5)}")

    async def _sockets(self) -> None:
        """WebSockets that are used and closed, half of them without a word."""
        await asyncio.gather(*(self._one_socket(number) for number in range(SOCKETS)))

    async def _one_socket(self, number: int) -> None:
        session = aiohttp.ClientSession()
        while not self._ending.is_set():
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    socket = await session.ws_connect(f"{self._url}/room?name=room-{number % 5}")
                    for _ in range(10):
                        await socket.send_str("hello")
                        await socket.receive()
                        await asyncio.sleep(0.3)
                if number % 2:
                    await socket.close()
                else:
                    await session.close()
                    session = aiohttp.ClientSession()
                self.tally.count("WebSocket")
            except (aiohttp.ClientError, TimeoutError, OSError, ConnectionError) as error:
                # A deploy replaces the process that serves it.
                self.tally.count("WebSocket", f"{type(error).__name__}: {error}")
                await asyncio.sleep(1)
        await session.close()
