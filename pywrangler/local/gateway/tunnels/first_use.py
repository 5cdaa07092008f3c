"""When somebody uses the instance that a deploy brought up: from then on it keeps its place.

A Durable Object talks to its own container, too: in `onStart()`, by alarms and timers. So traffic counts only
while the Worker is called from outside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from pywrangler.local.instances.ledger import Ledger

IsCalled = Callable[[], Awaitable[bool]]
"""Whether somebody calls the Worker now, from outside of it."""

BENEFIT_SECONDS = 0.25
"""A call that is on its way to another object must not be taken for a use of this one: where it needs the
place, it asks for it within this time.
"""


async def always_called() -> bool:
    """For a gateway that cannot know."""
    return True


class FirstUse:
    """Finds out, for the instances of one gateway."""

    def __init__(self, ledger: Ledger, is_called: IsCalled) -> None:
        self._ledger = ledger
        self._is_called = is_called
        self._asking: dict[str, asyncio.Task[None]] = {}

    def traffic(self, instance_id: str) -> None:
        """Bytes went into the instance. Cheap enough for every piece of data."""
        if self._ledger.may_give_way(instance_id) and instance_id not in self._asking:
            self._asking[instance_id] = asyncio.create_task(self._ask(instance_id))

    def close(self) -> None:
        """Ask no more."""
        for task in self._asking.values():
            task.cancel()

    async def _ask(self, instance_id: str) -> None:
        try:
            if await self._is_called():
                await asyncio.sleep(BENEFIT_SECONDS)
                self._ledger.used(instance_id)
        finally:
            del self._asking[instance_id]
