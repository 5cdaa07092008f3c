"""A container that another one follows: requests to the first wait for the second.

The Durable Object learns of an end some milliseconds later, and until then sends requests to what is no
longer there. They would fail.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

TOLD_SECONDS = 0.1
"""How long after the end of a container its Durable Object may not yet know of it."""
AWAITED_SECONDS = 30.0
"""How long a pause waits for the containers that requests wait for."""
UNASKED_SECONDS = 3.0
"""The same, if no request waits: a container in its grace period may take long to end."""
CHECK_SECONDS = 0.01


class Succession:
    """One container name, from the decision to replace its container until another one runs, or will not."""

    def __init__(self) -> None:
        self._waiting = 0
        self._left_at: float | None = None
        self.is_awaited = asyncio.Event()
        """Set when a request waits."""
        self.is_over = asyncio.Event()
        """Set when the next container runs, and when there will be none."""

    def left(self) -> None:
        """The former container is gone."""
        self._left_at = asyncio.get_running_loop().time()

    @property
    def may_be_asked(self) -> bool:
        """Whether a request waits for it, or the next one that comes will. Later the Durable Object knows of
        the end, and starts the next container by itself.
        """
        if self.is_awaited.is_set() or self._left_at is None:
            return not self.is_over.is_set()
        return asyncio.get_running_loop().time() - self._left_at < TOLD_SECONDS

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
        self._pauses = 0
        self._no_pause = asyncio.Event()
        self._no_pause.set()

    def get(self, name: str) -> Succession | None:
        """The succession that is under way."""
        return self._open.get(name)

    async def resumed(self) -> bool:
        """Returns when there is no pause, and whether there was one."""
        is_paused = self._pauses > 0
        while self._pauses:
            await self._no_pause.wait()
        return is_paused

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """While this is open, no other succession should begin (`resumed`). It opens when no request waits in
        one, or after a limited time.

        Only the workerd that has the request can start the next container, and one that ends takes no call
        to do so: the two would wait for each other.
        """
        self._pauses += 1
        self._no_pause.clear()
        try:
            await self._settled()
            yield
        finally:
            self._pauses -= 1
            if not self._pauses:
                self._no_pause.set()

    async def _settled(self) -> None:
        clock = asyncio.get_running_loop().time
        begun = clock()
        while any(each.may_be_asked for each in self._open.values()):
            is_awaited = any(each.is_awaited.is_set() for each in self._open.values())
            if clock() - begun >= (AWAITED_SECONDS if is_awaited else UNASKED_SECONDS):
                return
            await asyncio.sleep(CHECK_SECONDS)

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
