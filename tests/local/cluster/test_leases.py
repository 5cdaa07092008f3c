"""Leases of ended processes go, and no others."""

from __future__ import annotations

import asyncio
import json
import socket

import pytest

from pywrangler.local.cluster.bucket import Bucket
from pywrangler.local.cluster.leases import forget_ended, is_gone, leased_address
from tests.support.ports import free_port
from tests.support.servers.buckets import BucketServer

pytestmark = pytest.mark.slow  # a real S3 server


@pytest.mark.parametrize(
    ("content", "address"),
    [
        (b'{"node": "a", "address": "10.0.0.1:4711"}', ("10.0.0.1", 4711)),
        (b'{"address": "[fd00::1]:80"}', ("fd00::1", 80)),
        (b'{"address": "10.0.0.1"}', None),
        (b'{"address": 1}', None),
        (b"{}", None),
        (b"[]", None),
        (b"not json", None),
    ],
)
def test_the_address_in_a_lease(content: bytes, address: tuple[str, int] | None) -> None:
    assert leased_address(content) == address


async def test_only_ended_processes_of_this_machine_lose_their_leases(moto_server: BucketServer) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    alive = server.sockets[0].getsockname()[1]
    ended = free_port()
    leases = {
        "alive": f"127.0.0.1:{alive}",
        "ended": f"127.0.0.1:{ended}",
        "elsewhere": f"127.0.0.2:{ended}",
    }
    async with Bucket(moto_server.address("leases")) as bucket:
        for name, address in leases.items():
            await bucket.put(f"workers/it/v1/nodes/{name}.json", json.dumps({"address": address}).encode())
        await bucket.put("workers/it/v1/nodes/strange.json", b"?")
        await bucket.put(
            "workers/other/v1/nodes/ended.json", json.dumps({"address": leases["ended"]}).encode()
        )
        assert await forget_ended(bucket, "workers/it", "127.0.0.1") == 1
        left = [each.key.partition("/v1/nodes/")[2] async for each in bucket.list("workers/it/")]
        assert left == ["alive.json", "elsewhere.json", "strange.json"]
        assert [each.key async for each in bucket.list("workers/other/")] != []
    server.close()
    await server.wait_closed()


async def test_a_process_that_is_suspended_is_not_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:  # it accepts nothing
        port = listening.getsockname()[1]
        assert not await is_gone("127.0.0.1", port)
    assert await is_gone("127.0.0.1", port)


async def test_without_the_bucket_nothing_happens(
    moto_server: BucketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pywrangler.local.cluster.leases.FORGET_SECONDS", 0.3)
    moto_server.freeze()
    try:
        async with Bucket(moto_server.address("frozen-leases")) as bucket:
            assert await forget_ended(bucket, "workers/it", "127.0.0.1") == 0
    finally:
        moto_server.thaw()
