"""Connections that go through another node: to its engine, and to ports of its instances.

They are WebSockets between the platforms, so that one port and its certificates serve for all. A message of
bytes is data; a text says that its sender has no more to send, as the end of a TCP stream does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from aiohttp import ClientError, ClientWebSocketResponse, WSMsgType, web

from pywrangler.errors import PywranglerError

END = "end"
PIECE_BYTES = 64 * 1024
Stream: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Tunnel: TypeAlias = ClientWebSocketResponse | web.WebSocketResponse
"""Its two ends."""
OpenStream = Callable[[Mapping[str, str]], Awaitable[Stream]]
"""Opens what a tunnel leads to. Raises `PywranglerError`."""
OpenTunnel = Callable[[], Awaitable[ClientWebSocketResponse]]
"""Opens a tunnel. Raises `PywranglerError`."""


async def relay(tunnel: Tunnel, stream: Stream) -> None:
    """Carry bytes in both directions until both have ended, or one side is gone. Closes both."""
    reader, writer = stream
    sending = asyncio.create_task(_send(tunnel, reader))
    try:
        await _receive(tunnel, writer)
        await sending
    except (ConnectionError, ClientError, OSError, RuntimeError):
        pass  # one side is gone, which ends the other
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        writer.close()
        with contextlib.suppress(ConnectionError, ClientError, RuntimeError):
            await tunnel.close()


async def _send(tunnel: Tunnel, reader: asyncio.StreamReader) -> None:
    while piece := await reader.read(PIECE_BYTES):
        await tunnel.send_bytes(piece)
    await tunnel.send_str(END)


async def _receive(tunnel: Tunnel, writer: asyncio.StreamWriter) -> None:
    """Returns when the other side has no more to send."""
    async for message in tunnel:
        if message.type is WSMsgType.BINARY:
            writer.write(message.data)
            await writer.drain()
        elif message.type is WSMsgType.TEXT:
            if writer.can_write_eof():
                writer.write_eof()
            return
    raise ConnectionError("the other node is gone")


class TunnelDoors:
    """Listening sockets of this machine behind which tunnels begin. Each is made at its first use."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._sockets: dict[str, asyncio.Server] = {}
        self._ports: dict[tuple[str, int], tuple[asyncio.Server, int]] = {}
        self._open: set[asyncio.Task[None]] = set()

    async def socket(self, name: str, open_tunnel: OpenTunnel) -> Path:
        """A unix socket, which only this user may use."""
        path = self._directory / f"{name}.sock"
        if name not in self._sockets or not path.is_socket():
            path.unlink(missing_ok=True)
            self._sockets[name] = await asyncio.start_unix_server(self._door(open_tunnel), path)
            path.chmod(0o600)
        return path

    async def port(self, instance: str, port: int, open_tunnel: OpenTunnel) -> int:
        """A port of loopback, which leads to a port of an instance."""
        if (instance, port) not in self._ports:
            server = await asyncio.start_server(self._door(open_tunnel), "127.0.0.1", 0)
            self._ports[instance, port] = (server, int(server.sockets[0].getsockname()[1]))
        return self._ports[instance, port][1]

    async def close(self) -> None:
        """End all tunnels."""
        for server in (*self._sockets.values(), *(each for each, _ in self._ports.values())):
            server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        for name in self._sockets:
            (self._directory / f"{name}.sock").unlink(missing_ok=True)

    def _door(self, open_tunnel: OpenTunnel) -> Callable[..., Awaitable[None]]:
        async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101 - asyncio runs this as a task
            self._open.add(task)
            try:
                await relay(await open_tunnel(), (reader, writer))
            except PywranglerError:
                writer.close()  # as if nothing listened
            finally:
                self._open.discard(task)

        return enter
