"""Readers of a stream of items: each gets everything from the moment at which it joined."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")

BACKLOG_BYTES = 16 * 1024 * 1024
"""How much may wait for a slow follower; the oldest items are dropped."""
ITEM_BYTES = BACKLOG_BYTES // 10_000
"""What an item counts whose size is not known."""


class Follower(Generic[T]):
    """One reader's queue."""

    def __init__(self, size_of: Callable[[T], int]) -> None:
        self._queue: asyncio.Queue[tuple[T | None, int]] = asyncio.Queue()
        self._size_of = size_of
        self._waiting_bytes = 0

    def give(self, item: T | None) -> None:
        """Put one more into the queue; None ends it."""
        size = 0 if item is None else self._size_of(item)
        while size and self._waiting_bytes + size > BACKLOG_BYTES and not self._queue.empty():
            self._waiting_bytes -= self._queue.get_nowait()[1]
        self._queue.put_nowait((item, size))
        self._waiting_bytes += size

    @property
    def waiting(self) -> int:
        """The number of unread items."""
        return self._queue.qsize()

    async def read(self) -> AsyncIterator[T]:
        """Items as they come, until the end."""
        while True:
            item, size = await self._queue.get()
            self._waiting_bytes -= size
            if item is None:
                return
            yield item


class Followers(Generic[T]):
    """All followers of one stream. Used from one event loop."""

    def __init__(self, size_of: Callable[[T], int] = lambda _: ITEM_BYTES) -> None:
        """`size_of` says about how many bytes of memory an item takes."""
        self._size_of = size_of
        self._all: set[Follower[T]] = set()

    @property
    def is_empty(self) -> bool:
        """Whether there are no followers."""
        return not self._all

    @contextmanager
    def join(self) -> Iterator[Follower[T]]:
        """A reader, for as long as the context is open."""
        follower: Follower[T] = Follower(self._size_of)
        self._all.add(follower)
        try:
            yield follower
        finally:
            self._all.discard(follower)

    def tell(self, item: T) -> None:
        """Send `item` to all followers."""
        for follower in self._all:
            follower.give(item)

    def dismiss(self) -> None:
        """End the reading of all followers."""
        for follower in self._all:
            follower.give(None)
