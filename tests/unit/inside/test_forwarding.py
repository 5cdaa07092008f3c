"""Ports of an instance on this machine: the instance is an echo server here."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket

import pytest

from pywrangler.errors import MissingError, PywranglerError
from pywrangler.inside.forwarding import Forwarder, PortPair
from tests.support.ports import free_port


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send all back when the other side has ended: only a half-closed connection gets that."""
    writer.write(await reader.read(-1))
    await writer.drain()
    writer.close()


async def ask(port: int, content: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(content)
    writer.write_eof()
    received = await reader.read(-1)
    writer.close()
    return received


def test_many_connections_and_half_closed_ones() -> None:
    async def scene() -> None:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        inner = server.sockets[0].getsockname()[1]

        async def locate(port: int) -> tuple[str, int]:
            return ("127.0.0.1", inner) if port == 7000 else ("127.0.0.1", free_port())

        said: list[str] = []
        forwarder = Forwarder(locate, said.append)
        local = await forwarder.listen(PortPair(0, 7000))
        contents = [os.urandom(1_000_000) for _ in range(5)]
        assert await asyncio.gather(*(ask(local, each) for each in contents)) == contents
        closed = await forwarder.listen(PortPair(0, 81))
        assert await ask(closed, b"") == b""
        assert said == [
            "A connection to port 81 was closed: nothing in the instance listens on it, or only on 127.0.0.1."
        ]
        reader, writer = await asyncio.open_connection("127.0.0.1", local)
        writer.write(b"x")
        await writer.drain()
        await forwarder.close()
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", local)
        server.close()

    asyncio.run(scene())


def test_an_instance_that_is_gone_closes_connections() -> None:
    async def gone(_: int) -> tuple[str, int]:
        raise PywranglerError("It does not run.")

    async def scene() -> list[str]:
        said: list[str] = []
        forwarder = Forwarder(gone, said.append)
        local = await forwarder.listen(PortPair(0, 80))
        with contextlib.suppress(ConnectionResetError):
            assert await ask(local, b"x") == b""
        await forwarder.close()
        return said

    assert asyncio.run(scene()) == ["A connection to port 80 was closed: It does not run."]


def test_a_taken_port_is_explained() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(MissingError, match=rf"Port {port} .* cannot be used: address already in use\."):
            asyncio.run(Forwarder(lambda _: asyncio.sleep(0, ("", 0)), print).listen(PortPair(port, 80)))
