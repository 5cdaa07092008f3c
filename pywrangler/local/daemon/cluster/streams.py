"""Lines of all nodes as one stream."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, TypeVar

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.cluster.others import OtherNodes

log = logging.getLogger(__name__)
T = TypeVar("T")

WORKER_LINES, CONTAINER_LINES = "/node/logs/worker", "/node/logs/containers"


async def with_others(
    own: AsyncIterator[T],
    others: OtherNodes | None,
    call: str,
    body: Mapping[str, Any],
    read: Callable[[Mapping[str, Any]], T],
) -> AsyncIterator[T]:
    """The lines of this node, and those of the others as they come."""
    if others is None:
        async for line in own:
            yield line
        return
    elsewhere = [_read(others.lines(record, call, body), read) for record in await others.known()]
    async for line in merged([own, *elsewhere]):
        yield line


async def in_order(
    lines: AsyncIterator[T], time_of: Callable[[T], float], tail: int | None
) -> AsyncIterator[T]:
    """All lines of an iterator that ends, by time; only the last `tail`."""
    found = sorted([line async for line in lines], key=time_of)
    for line in found if tail is None else found[len(found) - min(tail, len(found)) :]:
        yield line


async def merged(streams: Sequence[AsyncIterator[T]]) -> AsyncIterator[T]:
    """The items of all streams as they come. Ends when all have ended; a stream of another node that breaks
    has ended.
    """
    items: asyncio.Queue[tuple[bool, T | None]] = asyncio.Queue(maxsize=1000)

    async def pass_on(stream: AsyncIterator[T]) -> None:
        try:
            async for item in stream:
                await items.put((True, item))
        except PywranglerError as error:
            log.info("The lines of a node have ended: %s", error.message)
        finally:
            await items.put((False, None))

    tasks = [asyncio.create_task(pass_on(stream)) for stream in streams]
    try:
        left = len(tasks)
        while left:
            is_item, item = await items.get()
            if is_item:
                yield item  # type: ignore[misc]
            else:
                left -= 1
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)


async def _read(
    lines: AsyncIterator[Mapping[str, Any]], read: Callable[[Mapping[str, Any]], T]
) -> AsyncIterator[T]:
    async for line in lines:
        yield read(line)
