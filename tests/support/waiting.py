"""Waiting for a state with a deadline, never for a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

INTERVAL_SECONDS = 0.05


def eventually(
    ask: Callable[[], T],
    *,
    timeout_seconds: float = 30,
    what: str = "the condition",
    interval_seconds: float = INTERVAL_SECONDS,
) -> T:
    """Call `ask` until its result is truthy, and return it; fails with the last one when time is up."""
    deadline = time.monotonic() + timeout_seconds
    while not (result := ask()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true in {timeout_seconds} s; last result: {result!r}")
        time.sleep(interval_seconds)
    return result


async def eventually_async(
    ask: Callable[[], Awaitable[T]], *, timeout_seconds: float = 30, what: str = "the condition"
) -> T:
    """`eventually` for a coroutine function."""
    deadline = time.monotonic() + timeout_seconds
    while not (result := await ask()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true in {timeout_seconds} s; last result: {result!r}")
        await asyncio.sleep(INTERVAL_SECONDS)
    return result
