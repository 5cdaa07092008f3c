"""HTTP of every kind through Worker, Durable Object and gateway."""

from __future__ import annotations

import asyncio
import os
import resource
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.local.gateway.world import World

pytestmark = [pytest.mark.docker, pytest.mark.workerd]

MEGABYTE = 1_000_000


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


async def test_large_bodies_flow_both_ways_in_constant_memory(world: World) -> None:
    await world.get("/box/one/")
    total, before, most = 300 * MEGABYTE, resident_bytes(), 0

    async def upload() -> AsyncIterator[bytes]:
        nonlocal most
        piece = os.urandom(MEGABYTE)
        for _ in range(total // MEGABYTE):
            most = max(most, resident_bytes())
            yield piece

    async with world.session.post(world.url("/box/one/sink"), data=upload()) as response:
        assert await response.json(content_type=None) == total
    received = 0
    async with world.session.get(world.url(f"/box/one/bytes/{total}")) as response:
        async for piece in response.content.iter_any():
            received += len(piece)
            most = max(most, resident_bytes())
    assert received == total
    assert most - before < 60 * MEGABYTE


async def test_a_slow_reader_holds_the_container_back(world: World) -> None:
    await world.get("/box/one/")
    before = resident_bytes()
    async with world.session.get(world.url(f"/box/one/bytes/{200 * MEGABYTE}")) as response:
        await response.content.readexactly(1000)
        await asyncio.sleep(1)
        assert resident_bytes() - before < 40 * MEGABYTE
        assert len(await response.read()) == 200 * MEGABYTE - 1000


async def test_events_arrive_one_by_one(world: World) -> None:
    await world.get("/box/one/")
    async with world.session.get(world.url("/box/one/events/10")) as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        times = [time.monotonic() async for line in response.content if line.startswith(b"data:")]
    assert len(times) == 10
    assert times[-1] - times[0] > 0.3


async def test_head_no_content_and_large_headers(world: World) -> None:
    # From the very first request on, and one after the other.
    for _ in range(5):
        async with world.session.head(world.url("/box/one/")) as response:
            assert (response.status, await response.read()) == (200, b"")
            assert int(response.headers["Content-Length"]) > 0
    assert (await world.get("/box/one/"))[0] == 200
    assert await world.get("/box/one/nothing") == (204, None)
    assert (await world.get("/box/one/", headers={"X-Large": "x" * 30_000}))[0] == 200
    async with world.session.get(world.url("/box/one/large/30000")) as response:
        assert len(response.headers["X-Large"]) == 30_000


async def test_many_containers_start_side_by_side(world: World) -> None:
    answers = await asyncio.gather(*(world.get(f"/box/n{number}/") for number in range(8)))
    assert {status for status, _ in answers} == {200}
    assert len(world.in_engine()) == 8


async def test_last_activity_follows_the_traffic(world: World) -> None:
    await world.get("/box/one/")
    [instance] = world.alive("Box")
    first = world.gateway.last_activity(instance.id)
    await asyncio.sleep(0.2)
    await world.get("/box/one/")
    second = world.gateway.last_activity(instance.id)
    assert first is not None
    assert second is not None
    assert second - first > 0.1
