"""WebSockets that lead elsewhere, message by message."""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp import WSMsgType, web


async def pass_on_messages(
    request: web.Request, there: aiohttp.ClientWebSocketResponse
) -> web.WebSocketResponse:
    """Take the WebSocket of a request, and pass on what either side says until one closes."""
    here = web.WebSocketResponse(max_msg_size=0)
    await here.prepare(request)
    tasks = [asyncio.create_task(_pump(here, there)), asyncio.create_task(_pump(there, here))]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await there.close(code=here.close_code or 1000)
    await here.close(code=there.close_code or 1000)
    return here


async def _pump(
    source: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
    target: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
) -> None:
    async for message in source:
        if message.type is WSMsgType.TEXT:
            await target.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await target.send_bytes(message.data)
