"""Responses without an end: one JSON object per line, as long as the client is connected."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TypeVar

from aiohttp import web

from pywrangler.local.rest.errors import RestError

T = TypeVar("T")

MOST_LINES = 1_000_000_000
HANG_UP_CHECK_SECONDS = 2.0


def flag(request: web.Request, name: str) -> bool:
    """Whether a query parameter is true."""
    return request.query.get(name, "0") in ("1", "true")


def line_count(request: web.Request, default: int | None) -> int | None:
    """The query parameter `tail`: the number of existing lines to send first."""
    text = request.query.get("tail")
    if text is None:
        return default
    if not text.isascii() or not text.isdigit():
        raise RestError(f'The query parameter `tail` must be a number of lines, not "{text}".')
    return min(int(text[:10]), MOST_LINES)


async def stream_lines(
    request: web.Request, items: AsyncIterator[T], as_json: Callable[[T], Mapping[str, object]]
) -> web.StreamResponse:
    """Send every item as a line, until the items end or the client closes the connection."""
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):  # the client has closed the connection
        async for item in _until_hung_up(request, items):
            await response.write(json.dumps(as_json(item)).encode() + b"\n")
        await response.write_eof()
    return response


async def _until_hung_up(request: web.Request, items: AsyncIterator[T]) -> AsyncIterator[T]:
    """The items, until the client closes its connection. Without this a stream without items would not notice
    that.
    """
    coming = asyncio.ensure_future(_next(items))
    try:
        while request.transport is not None and not request.transport.is_closing():
            done, _pending = await asyncio.wait({coming}, timeout=HANG_UP_CHECK_SECONDS)
            if not done:
                continue
            item = coming.result()
            if item is None:
                return
            yield item
            coming = asyncio.ensure_future(_next(items))
    finally:
        coming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await coming


async def _next(items: AsyncIterator[T]) -> T | None:
    return await anext(items, None)
