"""Answers for a Worker whose `workerd` cannot be started at the moment, so that no client waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

BACKLOG = 1024
HEAD_BYTES = 64 * 1024
CLIENT_SECONDS = 5.0
"""How long a client may take to send the head of its request, and to take the response."""
RETRY_AFTER_SECONDS = 2


def refusal(reason: str) -> bytes:
    """The response to every request: status 503 with the reason."""
    body = f"{reason}\n".encode()
    head = (
        "HTTP/1.1 503 Service Unavailable\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"Retry-After: {RETRY_AFTER_SECONDS}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body


@asynccontextmanager
async def standing_in(listeners: Iterable[int], reason: str) -> AsyncIterator[None]:
    """Answer on open listening sockets, given by their descriptors, for as long as the context lasts."""
    response = refusal(reason)
    clients: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            clients.add(task)
            task.add_done_callback(clients.discard)
        with contextlib.suppress(
            OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError
        ):
            async with asyncio.timeout(CLIENT_SECONDS):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(response)
                writer.write_eof()
                # To close a connection with unread data would take the response away from the client.
                while await reader.read(HEAD_BYTES):
                    pass
        writer.close()

    servers = []
    try:
        for descriptor in listeners:
            listening = socket.socket(fileno=os.dup(descriptor))
            servers.append(
                await asyncio.start_server(serve, sock=listening, backlog=BACKLOG, limit=HEAD_BYTES)
            )
        yield
    finally:
        for server in servers:
            server.close()
        if clients:
            await asyncio.wait(clients, timeout=CLIENT_SECONDS)
