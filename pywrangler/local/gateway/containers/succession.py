"""A container that another one follows: requests to the first wait for the second.

The Durable Object learns of an end some milliseconds later, and until then sends requests to what is no
longer there. They would fail.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Succession:
    """One container name, from the decision to replace its container until another one runs, or will not."""

    def __init__(self) -> None:
        self._waiting = 0
        self.is_awaited = asyncio.Event()
        """Set when a request waits."""
        self.is_over = asyncio.Event()
        """Set when the next container runs, and when there will be none."""

    async def wait(self, seconds: float) -> None:
        """Wait with a request until it is over, or for this time."""
        self._waiting += 1
        self.is_awaited.set()
        try:
            async with asyncio.timeout(seconds):
                await self.is_over.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting -= 1
            if not self._waiting:
                self.is_awaited.clear()


class Successions:
    """Those of one gateway, by container name."""

    def __init__(self) -> None:
        self._open: dict[str, Succession] = {}

    def get(self, name: str) -> Succession | None:
        """The succession that is under way."""
        return self._open.get(name)

    def began(self, name: str) -> None:
        """A container of this name runs now."""
        if (succession := self._open.pop(name, None)) is not None:
            succession.is_over.set()

    @contextmanager
    def of(self, name: str) -> Iterator[Succession]:
        """While this is open, requests to the container wait."""
        succession = self._open.setdefault(name, Succession())
        try:
            yield succession
        finally:
            if self._open.get(name) is succession:
                self.began(name)
