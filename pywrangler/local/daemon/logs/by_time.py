"""Merges the logs of many instances by time, without reading them as a whole."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, TypeVar

from pywrangler.local.workerd.logs import Line, LogBook

T = TypeVar("T")

PIECE = 500
"""How many items are read at once, outside of the event loop."""


class Entry(NamedTuple):
    """A line, and the instance that wrote it."""

    line: Line
    instance_id: str


def entries_by_time(books: Sequence[tuple[str, LogBook]], since: float) -> Iterator[Entry]:
    """The lines of the instances' logs that are not older than `since`.

    A file is opened when its first line comes: most instances of an application lived one after another.
    """
    beginnings = ((next(book.lines(), None), number) for number, (_, book) in enumerate(books))
    later = sorted(((first.time, number) for first, number in beginnings if first), reverse=True)
    following: list[tuple[float, int, Line, Iterator[Line]]] = []
    while later or following:
        while later and (not following or later[-1][0] <= following[0][0]):
            number = later.pop()[1]
            lines = _not_older(books[number][1], since)
            if (line := next(lines, None)) is not None:
                heapq.heappush(following, (line.time, number, line, lines))
        if not following:
            continue
        _, number, line, lines = following[0]
        yield Entry(line, books[number][0])
        if (following_line := next(lines, None)) is None:
            heapq.heappop(following)
        else:
            heapq.heapreplace(following, (following_line.time, number, following_line, lines))


def _not_older(book: LogBook, since: float) -> Iterator[Line]:
    return (line for line in book.lines() if line.time >= since)


async def in_pieces(items: Iterator[T]) -> AsyncIterator[T]:
    """The items of an iterator that reads files, without holding up the event loop."""
    while piece := await asyncio.to_thread(lambda: list(islice(items, PIECE))):
        for item in piece:
            yield item
