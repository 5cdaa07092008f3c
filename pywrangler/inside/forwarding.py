"""Listens on this machine and carries each connection to a port of an instance."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable

from pywrangler.dataclass import dataclass
from pywrangler.errors import MissingError, PywranglerError

PIECE_BYTES = 64 * 1024
CONNECT_SECONDS = 5.0
LOOPBACK = "127.0.0.1"
LOOPBACK_6 = "::1"

Locate = Callable[[int], Awaitable[tuple[str, int]]]
"""Where a port of the instance is now. Raises `PywranglerError` if it is not reached."""


@dataclass(frozen=True)
class PortPair:
    """A port on this machine (0: any), and the one in the instance."""

    local: int
    inner: int


class Forwarder:
    """Forwards some ports until it is closed. `report` gets what goes wrong with single connections."""

    def __init__(self, locate: Locate, report: Callable[[str], None]) -> None:
        self._locate = locate
        self._report = report
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()

    async def listen(self, pair: PortPair) -> int:
        """Listen on loopback; returns the local port. Raises `MissingError` if it is taken."""
        sockets = _listeners(pair.local)

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101 - asyncio runs this as a task
            self._connections.add(task)
            try:
                await self._carry(reader, writer, pair.inner)
            except asyncio.CancelledError:
                writer.transport.abort()  # by `close`; asyncio would report an error
            finally:
                self._connections.discard(task)

        for each in sockets:
            self._servers.append(await asyncio.start_server(accept, sock=each))
        return int(sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and break what is open."""
        for server in self._servers:
            server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                host, reached = await self._locate(port)
                inner_reader, inner_writer = await asyncio.open_connection(host, reached)
        except (OSError, PywranglerError) as error:
            self._report(_words(error, port))
            writer.transport.abort()
            return
        try:
            await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
        except (OSError, asyncio.CancelledError):
            # One side has broken the connection, or forwarding ends: so does the other side.
            writer.transport.abort()
            inner_writer.transport.abort()
        else:
            writer.close()
            inner_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes one way to their end, and pass the end on."""
    while piece := await reader.read(PIECE_BYTES):
        writer.write(piece)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


def _listeners(port: int) -> list[socket.socket]:
    """Sockets on loopback, IPv4 and where it exists IPv6."""
    try:
        first = socket.create_server((LOOPBACK, port))
    except OSError as error:
        raise MissingError(
            f"Port {port} of this machine cannot be used: {os.strerror(error.errno or 0).lower()}.",
            hint="Choose another one: `LOCAL:PORT`, or `:PORT` for any.",
            code="port-taken",
        ) from error
    with contextlib.suppress(OSError):
        return [
            first,
            socket.create_server((LOOPBACK_6, first.getsockname()[1]), family=socket.AF_INET6),
        ]
    return [first]


def _words(error: Exception, port: int) -> str:
    if isinstance(error, PywranglerError):
        return f"A connection to port {port} was closed: {error.message}"
    if isinstance(error, ConnectionRefusedError):
        return (
            f"A connection to port {port} was closed: nothing in the instance listens on it,"
            " or only on 127.0.0.1."
        )
    return f"A connection to port {port} was closed: {error or 'no response'}."
