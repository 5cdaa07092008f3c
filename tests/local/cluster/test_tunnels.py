"""Connections and lines that go through another node."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.bucket import BucketAddress
from pywrangler.local.cluster.identity import make_cluster_authority, make_node_certificate
from pywrangler.local.cluster.settings import ClusterSettings
from pywrangler.local.cluster.tokens import JoinTokens
from pywrangler.local.daemon.cluster.api import NodeApi, listen_for_nodes
from pywrangler.local.daemon.cluster.members import MemberRecord
from pywrangler.local.daemon.cluster.peers import PeerError, Peers
from pywrangler.local.daemon.cluster.streams import in_order, merged
from pywrangler.local.daemon.cluster.tunnels import Stream, TunnelDoors
from pywrangler.sensitive import Sensitive
from tests.support.ports import free_port

HOST = "127.0.0.1"


@pytest.fixture
def settings() -> ClusterSettings:
    authority = make_cluster_authority()
    bucket = BucketAddress.parse("s3://it/it", "http://127.0.0.1:1", "r", "k", Sensitive("s"))
    certificate = make_node_certificate(authority, "0" * 8, HOST)
    key = Sensitive("0" * 64)
    return ClusterSettings(bucket, key, "a" * 32, "0" * 8, HOST, free_port(), authority, certificate)


@pytest.fixture
async def program() -> AsyncIterator[int]:
    """A port where a program answers what it has got, once that has ended."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        content = await reader.read()
        writer.write(b"%d:" % len(content) + content[::-1])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, HOST, 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@asynccontextmanager
async def serving(settings: ClusterSettings, home: Path, port: int) -> AsyncIterator[None]:
    """A node that tunnels to a port, and counts."""

    async def open_stream(query: Mapping[str, str]) -> Stream:
        if query["to"] != "program":
            raise PywranglerError("There is no such place.")
        return await asyncio.open_connection(HOST, port)

    async def count(call: Mapping[str, Any]) -> AsyncIterator[Mapping[str, Any]]:
        for number in range(int(call["to"])):
            yield {"number": number}

    api = NodeApi(settings, JoinTokens(home), {}, {"/count": count}, open_stream)
    async with api.serving(listen_for_nodes(settings.address, settings.port)):
        yield


async def test_bytes_and_ends_go_through_a_tunnel(
    settings: ClusterSettings, tmp_path: Path, short_directory: Path, program: int
) -> None:
    peers, doors = Peers(settings), TunnelDoors(short_directory)
    record = MemberRecord(settings.node, "run", HOST, settings.port, "1.0")
    content = bytes(range(256)) * 4000
    async with serving(settings, tmp_path, program):
        path = await doors.socket("engine-it", lambda: peers.tunnel(record, {"to": "program"}))
        assert path.stat().st_mode & 0o777 == 0o600
        for _ in range(2):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(content)
            writer.write_eof()
            assert await reader.read() == b"%d:" % len(content) + content[::-1]
            writer.close()
        port = await doors.port("instance", 80, lambda: peers.tunnel(record, {"to": "program"}))
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(b"abc")
        writer.write_eof()
        assert await reader.read() == b"3:cba"
        writer.close()
        with pytest.raises(PeerError, match="opens no tunnel"):
            await peers.tunnel(record, {"to": "elsewhere"})
        other = await doors.socket("other", lambda: peers.tunnel(record, {"to": "elsewhere"}))
        reader, writer = await asyncio.open_unix_connection(other)
        assert await reader.read() == b""
        writer.close()
        await doors.close()
        await peers.close()
    assert not path.exists()


async def test_only_nodes_get_a_tunnel(settings: ClusterSettings, tmp_path: Path, program: int) -> None:
    foreign = make_cluster_authority()
    intruder = replace(settings, certificate=make_node_certificate(foreign, "f" * 8, HOST))
    record = MemberRecord(settings.node, "run", HOST, settings.port, "1.0")
    async with serving(settings, tmp_path, program):
        peers = Peers(intruder)
        with pytest.raises(PeerError):
            await peers.tunnel(record, {"to": "program"})
        with pytest.raises(PeerError):
            [line async for line in peers.lines(record, "/count", {"to": 1})]
        await peers.close()


async def test_lines_of_a_node_end_with_it(settings: ClusterSettings, tmp_path: Path, program: int) -> None:
    record = MemberRecord(settings.node, "run", HOST, settings.port, "1.0")
    peers = Peers(settings)
    async with serving(settings, tmp_path, program):
        lines = [line["number"] async for line in peers.lines(record, "/count", {"to": 3})]
        assert lines == [0, 1, 2]
        with pytest.raises(PeerError, match="does not know"):
            [line async for line in peers.lines(record, "/nothing", {})]

    async def here() -> AsyncIterator[int]:
        yield 7

    async def there() -> AsyncIterator[int]:
        async for line in peers.lines(record, "/count", {"to": 3}):
            yield line["number"]

    assert [item async for item in merged([here(), there()])] == [7]  # the node is gone by now
    await peers.close()


async def test_lines_are_in_the_order_of_their_times() -> None:
    async def some(*numbers: int) -> AsyncIterator[int]:
        for number in numbers:
            yield number

    def both() -> AsyncIterator[int]:
        return merged([some(1, 4, 6), some(2, 3, 5)])

    assert [each async for each in in_order(both(), float, None)] == [1, 2, 3, 4, 5, 6]
    assert [each async for each in in_order(both(), float, 2)] == [5, 6]
    assert [each async for each in in_order(both(), float, 0)] == []
    assert [each async for each in in_order(both(), float, 99)] == [1, 2, 3, 4, 5, 6]
