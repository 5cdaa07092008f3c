"""Readers that wait for what is yet to come: each gets everything from the moment it joined."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")

BACKLOG = 10_000
"""Items that wait for a slow follower; when more come, the oldest are dropped."""


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
        """How many items have come and were not read."""
        return self._queue.qsize()

    async def read(self) -> AsyncIterator[T]:
        """Items as they come, until the end."""
        while (item := await self._queue.get()) is not None:
            yield item


class Followers(Generic[T]):
    """All who follow one thing. Used from one event loop."""

    def __init__(self) -> None:
        self._all: set[Follower[T]] = set()

    @property
    def is_empty(self) -> bool:
        """Whether nobody follows."""
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
        """Hand `item` to everybody."""
        for follower in self._all:
            follower.give(item)

    def dismiss(self) -> None:
        """Let everybody's reading end."""
        for follower in self._all:
            follower.give(None)
