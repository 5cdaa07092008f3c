"""Looks at the Workers that run, and lets those sleep that no one has needed for a while."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from pywrangler.errors import UsageError
from pywrangler.local.daemon.sleep.idleness import times_woken
from pywrangler.local.workerd.logs import LogBook
from pywrangler.local.workerd.supervisor import RuntimeSupervisor

log = logging.getLogger(__name__)

IDLE_VARIABLE = "PYWRANGLER_SLEEP_AFTER"
DEFAULT_IDLE_SECONDS = 600.0
"""Cloudflare drops an idle Durable Object from memory after 70 to 140 s, so no code may rely on its memory
for so long. Ten minutes are longer than most pauses in the work with a Worker.
"""
LOOKS = 4
"""How many times within the idle time each Worker is looked at."""


class Sleepy(Protocol):
    """A Worker that can sleep."""

    name: str
    log: LogBook
    supervisor: RuntimeSupervisor

    async def sleep(self) -> bool:
        """End an idle runtime until it is needed; whether it sleeps now."""


Quiet = tuple[int, int, float]
"""A process, how often it was woken up to now, and since when that is so."""


def read_idle_seconds(environment: Mapping[str, str]) -> float | None:
    """After how many seconds a Worker sleeps; None: never. Raises `UsageError` for another text than a whole
    number.
    """
    text = environment.get(IDLE_VARIABLE) or str(round(DEFAULT_IDLE_SECONDS))
    if not (text.isascii() and text.isdecimal()):
        raise UsageError(
            f"{IDLE_VARIABLE} is {text}, which is not a number of seconds.",
            hint="It is a whole number; 0 keeps Workers from sleeping.",
        )
    return float(text) or None


def still_quiet(before: Quiet | None, pid: int, woken: int, now: float) -> Quiet:
    """Since when the process has done nothing, from what was seen `before`."""
    return before if before is not None and before[:2] == (pid, woken) else (pid, woken, now)


class Sleeper:
    """One task that looks at all Workers of `workers` in turn."""

    def __init__(self, workers: Callable[[], Sequence[Sleepy]], idle_seconds: float | None) -> None:
        self._workers = workers
        self._idle_seconds = idle_seconds
        self._quiet: dict[str, Quiet] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look again and again, unless Workers never sleep."""
        if self._idle_seconds is not None:
            self._task = asyncio.create_task(self._run(self._idle_seconds))

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, idle_seconds: float) -> None:
        while True:
            await asyncio.sleep(idle_seconds / LOOKS)
            quiet, self._quiet = self._quiet, {}
            for hosted in self._workers():
                try:
                    await self._look(hosted, quiet.get(hosted.name), idle_seconds)
                except Exception:  # or no Worker would sleep any more
                    log.exception("Worker %s could not be looked at.", hosted.name)

    async def _look(self, hosted: Sleepy, before: Quiet | None, idle_seconds: float) -> None:
        pid = hosted.supervisor.pid
        woken = None if pid is None else times_woken(pid)
        if pid is None or woken is None:
            return
        now = asyncio.get_running_loop().time()
        quiet = self._quiet[hosted.name] = still_quiet(before, pid, woken, now)
        if now - quiet[2] >= idle_seconds:
            del self._quiet[hosted.name]
            if await hosted.sleep():
                hosted.log.add("platform", f"Idle for {idle_seconds:.0f} s: it sleeps until it is needed.")
