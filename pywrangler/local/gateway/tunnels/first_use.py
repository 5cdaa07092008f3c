"""Detects the first use of an instance that a deploy brought up. From then on it keeps its slot.

A Durable Object also calls its own container: in `onStart()`, in alarms and timers. So traffic counts only
while the Worker is called from outside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from pywrangler.local.instances.ledger import Ledger

IsCalled = Callable[[], Awaitable[bool]]
"""Whether a client outside of the Worker calls it now."""

BENEFIT_SECONDS = 0.25
"""A call on its way to another object must not count as a use of this one. If that call needs the slot, it
asks for it within this time.
"""


async def always_called() -> bool:
    """For a gateway that cannot know."""
    return True


class FirstUse:
    """Detects first uses for the instances of one gateway."""

    def __init__(self, ledger: Ledger, is_called: IsCalled) -> None:
        self._ledger = ledger
        self._is_called = is_called
        self._asking: dict[str, asyncio.Task[None]] = {}

    def traffic(self, instance_id: str) -> None:
        """Note that bytes went into the instance. Cheap enough for every piece of data."""
        if self._ledger.awaits_first_use(instance_id) and instance_id not in self._asking:
            self._asking[instance_id] = asyncio.create_task(self._ask(instance_id))

    def close(self) -> None:
        """Stop asking."""
        for task in self._asking.values():
            task.cancel()

    async def _ask(self, instance_id: str) -> None:
        try:
            if await self._is_called():
                await asyncio.sleep(BENEFIT_SECONDS)
                self._ledger.used(instance_id)
        finally:
            del self._asking[instance_id]
