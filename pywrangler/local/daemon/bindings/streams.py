"""Responses from elsewhere, passed on as they arrive."""

from __future__ import annotations

import aiohttp
from aiohttp import web

OF_THE_CONNECTION = frozenset(
    ("connection", "content-encoding", "content-length", "keep-alive", "set-cookie", "transfer-encoding")
)
"""Headers that are about the connection to the other side, or whose value changes with the encoding."""


async def pass_on(request: web.Request, found: aiohttp.ClientResponse) -> web.StreamResponse:
    """Send a response to who asked, and close it."""
    async with found:
        headers = [
            (name, value) for name, value in found.headers.items() if name.lower() not in OF_THE_CONNECTION
        ]
        response = web.StreamResponse(status=found.status, reason=found.reason)
        response.headers.extend(headers)
        await response.prepare(request)
        async for chunk in found.content.iter_any():
            await response.write(chunk)
        await response.write_eof()
        return response
