"""Where in the code an error was thrown that a Durable Object ended a bring-up with.

The error itself comes without a stack: it crossed the boundary of the object (workerd 2026-11). The events
that `workerd` reports of the call have it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

WAIT_SECONDS = 2.0
"""How long after the call the event may come."""


async def first_stack(
    events: AsyncIterator[Mapping[str, Any]], class_name: str, words: str
) -> tuple[str, ...]:
    """The stack of the exception of a class whose message is in `words`; nothing if there is none in time."""
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            async for event in events:
                for stack in stacks(event, class_name, words):
                    return stack
    except TimeoutError:
        pass
    return ()


def stacks(event: Mapping[str, Any], class_name: str, words: str) -> Iterator[tuple[str, ...]]:
    """The stacks of such exceptions in one event, as lines without indentation."""
    if event.get("entrypoint") != class_name:
        return
    for exception in event.get("exceptions") or ():
        lines = tuple(line.strip() for line in str(exception.get("stack") or "").splitlines())
        if lines and str(exception.get("message")) in words:
            yield lines
