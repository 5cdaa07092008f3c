"""Readers of a stream of items: each gets everything from the moment at which it joined."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")

BACKLOG = 10_000
"""The maximum of items that wait for a slow follower; the oldest are dropped."""


class Follower(Generic[T]):
    """One reader's queue."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[T | None] = asyncio.Queue(BACKLOG)

    def give(self, item: T | None) -> None:
        """Put one more into the queue; None ends it."""
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(item)

    @property
    def waiting(self) -> int:
        """The number of unread items."""
        return self._queue.qsize()

    async def read(self) -> AsyncIterator[T]:
        """Items as they come, until the end."""
        while (item := await self._queue.get()) is not None:
            yield item


class Followers(Generic[T]):
    """All followers of one stream. Used from one event loop."""

    def __init__(self) -> None:
        self._all: set[Follower[T]] = set()

    @property
    def is_empty(self) -> bool:
        """Whether there are no followers."""
        return not self._all

    @contextmanager
    def join(self) -> Iterator[Follower[T]]:
        """A reader, for as long as the context is open."""
        follower: Follower[T] = Follower()
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
