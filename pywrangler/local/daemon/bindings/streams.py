"""Responses from elsewhere, passed on as they arrive."""

from __future__ import annotations

import os

import aiohttp
from aiohttp import web

OF_THE_CONNECTION = frozenset(
    ("connection", "content-encoding", "content-length", "keep-alive", "set-cookie", "transfer-encoding")
)
"""Headers that are about the connection to the other side, or whose value changes with the encoding."""


def headers_of(found: aiohttp.ClientResponse) -> list[tuple[str, str]]:
    """The headers that are not about the connection."""
    return [(name, value) for name, value in found.headers.items() if name.lower() not in OF_THE_CONNECTION]


async def pass_on(request: web.Request, found: aiohttp.ClientResponse) -> web.StreamResponse:
    """Send a response to who asked, and close it."""
    async with found:
        response = web.StreamResponse(status=found.status, reason=found.reason)
        response.headers.extend(headers_of(found))
        await response.prepare(request)
        async for chunk in found.content.iter_any():
            await response.write(chunk)
        await response.write_eof()
        return response


def reason_of(error: Exception) -> str:
    """Why a connection failed, in words for users."""
    if isinstance(error, aiohttp.ClientConnectorError) and (number := error.os_error.errno):
        # Failures of the search for an address have negative numbers, and words of their own.
        return os.strerror(number) if number > 0 else error.os_error.strerror or str(error)
    return str(error) or type(error).__name__
