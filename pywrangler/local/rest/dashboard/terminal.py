"""A terminal in an instance, over a WebSocket.

A browser cannot add headers to a WebSocket, so the session's key comes as the second of two subprotocols.
Binary messages are what is typed and what the shell writes; messages of text are JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from aiohttp import WSMsgType, web

from pywrangler.errors import PywranglerError
from pywrangler.local.rest.context import context_of, path_part
from pywrangler.local.rest.dashboard.guard import TERMINAL_PROTOCOL
from pywrangler.local.rest.dashboard.terminal_source import OpenTerminal
from pywrangler.local.rest.errors import RestError, unsupported
from pywrangler.local.rest.routes import Route

DEFAULT_SIZE = (24, 80)
LARGEST = 1000
"""Of rows and of columns."""
LARGEST_MESSAGE_BYTES = 1024 * 1024
HEARTBEAT_SECONDS = 20.0
"""A browser that does not answer for about so long is gone, and its shell ends."""


async def open_terminal(request: web.Request) -> web.WebSocketResponse:
    """`GET /instances/{id}/terminal`, a WebSocket.

    The browser sends {"rows", "columns"} for the terminal's size. The platform sends {"exit": STATUS} at the
    end, or {"error": TEXT} in place of a shell.
    """
    context = context_of(request)
    if request.headers.get("Origin") != f"http://{request.host}":
        raise RestError("A terminal is for the dashboard only.", status=403, code=10000)
    if context.runtimes.terminals is None:
        raise unsupported("terminals")
    socket = web.WebSocketResponse(
        protocols=(TERMINAL_PROTOCOL,), heartbeat=HEARTBEAT_SECONDS, max_msg_size=LARGEST_MESSAGE_BYTES
    )
    await socket.prepare(request)
    rows, columns = read_size(dict(request.query)) or DEFAULT_SIZE
    try:
        terminal = await context.runtimes.terminals.open(path_part(request, "id"), rows, columns)
    except PywranglerError as error:
        await socket.send_json({"error": " ".join(part for part in (error.message, error.hint) if part)})
        await socket.close()
        return socket
    showing = asyncio.create_task(_show(terminal, socket))
    try:
        await _type(terminal, socket)
    finally:
        showing.cancel()
        await asyncio.shield(asyncio.create_task(terminal.close()))  # also if this request is cancelled
    return socket


async def _show(terminal: OpenTerminal, socket: web.WebSocketResponse) -> None:
    """Send what the shell writes, to its end."""
    with contextlib.suppress(ConnectionError):
        while content := await terminal.read():
            await socket.send_bytes(content)
        await socket.send_json({"exit": await terminal.exit_status()})
        await socket.close()


async def _type(terminal: OpenTerminal, socket: web.WebSocketResponse) -> None:
    """Pass on what the browser sends, until it leaves or the shell has ended."""
    async for message in socket:
        with contextlib.suppress(ConnectionError, PywranglerError):  # the shell has just ended
            if message.type is WSMsgType.BINARY:
                await terminal.write(message.data)
            elif message.type is WSMsgType.TEXT and (size := read_message(message.data)):
                await terminal.resize(*size)


def read_message(text: str) -> tuple[int, int] | None:
    """The size in a message; None if it has none."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return read_size(found) if isinstance(found, dict) else None


def read_size(given: dict[str, Any]) -> tuple[int, int] | None:
    """Rows and columns; None if one is missing or cannot be."""
    texts = [str(given.get(name, "")) for name in ("rows", "columns")]
    if not all(text.isascii() and text.isdigit() and len(text) < 9 for text in texts):
        return None
    rows, columns = int(texts[0]), int(texts[1])
    return (rows, columns) if 1 <= rows <= LARGEST and 1 <= columns <= LARGEST else None


ROUTES = [Route("GET", "/instances/{id}/terminal", open_terminal)]
