"""Suspends all `workerd` processes of a platform, so that their files are those of one moment."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pywrangler.errors import PywranglerError
from pywrangler.local import processes
from pywrangler.local.workerd.leftovers import runtimes_below

LOOK_SECONDS = 0.005
DEADLINE_SECONDS = 5.0


@asynccontextmanager
async def suspended(home: Path) -> AsyncIterator[frozenset[int]]:
    """Suspend them; connections and requests to them wait. The context has their process ids."""
    runtimes = await asyncio.to_thread(runtimes_below, home)
    try:
        for each in runtimes:
            _send(each.pid, each.begun, signal.SIGSTOP)
        await _until_suspended([each.pid for each in runtimes])
        yield frozenset(each.pid for each in runtimes)
    finally:
        for each in runtimes:
            _send(each.pid, each.begun, signal.SIGCONT)


async def _until_suspended(pids: list[int]) -> None:
    if sys.platform != "linux":
        return  # the signal has arrived when `kill` returns
    deadline = time.monotonic() + DEADLINE_SECONDS
    while any(processes.is_alive(pid) and not processes.is_suspended(pid) for pid in pids):
        if time.monotonic() > deadline:
            raise PywranglerError(
                f"A runtime of the platform did not pause in {DEADLINE_SECONDS:.0f} s.",
                hint="Repeat the command when the machine has less to do.",
                code="export-late",
            )
        await asyncio.sleep(LOOK_SECONDS)


def _send(pid: int, begun: str, number: signal.Signals) -> None:
    if processes.is_same(pid, begun):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
