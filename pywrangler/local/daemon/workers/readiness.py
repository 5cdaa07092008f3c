"""Calls to a runtime that may be starting. Only this module waits until it accepts them.

A platform answers before its Workers run, and a crashed runtime is started again. Callers wait here for a
limited time, and get the reason if the runtime does not start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp

from pywrangler.errors import PywranglerError
from pywrangler.local.workerd.process import READY_TIMEOUT_SECONDS

T = TypeVar("T")

WAIT_SECONDS = READY_TIMEOUT_SECONDS + 15.0
"""Longer than a start may take, so that a failed start reports its own reason."""
RETRY_SECONDS = 0.05

Ready = Callable[[], Awaitable[None]]
"""Returns when the runtime accepts calls. Raises `PywranglerError` if it does not start."""


class RuntimeNotReadyError(PywranglerError):
    """The runtime did not accept calls in time."""

    code = "runtime-not-ready"


async def call_when_ready(
    what: str, ready: Ready, call: Callable[[], Awaitable[T]], wait_seconds: float = WAIT_SECONDS
) -> T:
    """The result of `call`, which is called when the runtime is ready.

    A refused connection has sent nothing: the runtime has just ended, so the call waits for the next one.
    Raises `RuntimeNotReadyError` with `what` after the time limit.
    """
    clock = asyncio.get_running_loop().time
    end = clock() + wait_seconds
    refusal = "it is still starting"
    while clock() < end:
        try:
            async with asyncio.timeout_at(end):
                await ready()
        except TimeoutError:
            break
        try:
            return await call()
        except aiohttp.ClientConnectorError as error:
            refusal = error.os_error.strerror or str(error.os_error)
        await asyncio.sleep(RETRY_SECONDS)
    raise RuntimeNotReadyError(f"{what} was not ready after {wait_seconds:.0f} s: {refusal}")
