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
from tests.support.waiting import eventually_async

pytestmark = [pytest.mark.docker, pytest.mark.workerd]

MEGABYTE = 1_000_000


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


@pytest.mark.parametrize("megabytes", [100, pytest.param(1000, marks=pytest.mark.slow)])
async def test_large_bodies_flow_both_ways_in_constant_memory(world: World, megabytes: int) -> None:
    await world.get("/box/one/")
    total, before, most = megabytes * MEGABYTE, resident_bytes(), 0

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
        # Nothing happens: what the container sends in this time must not gather here.
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


@pytest.mark.parametrize("path", ["last", "last/later"])
async def test_a_server_that_closes_after_its_response_loses_no_request(world: World, path: str) -> None:
    code = """await up(); const port = c.getTcpPort(8080), got = new Set();
      for (let n = 0; n < 60; n++) {
        got.add(await (await port.fetch(`http://box/${args[0]}`)).text());
        got.add(await (await port.fetch("http://box/argv")).text());
      }
      return [...got];"""
    assert await world.run("raw", code, path) == ['"last"', '["from-the-image"]']


async def test_many_containers_start_side_by_side(world: World) -> None:
    answers = await asyncio.gather(*(world.get(f"/box/n{number}/") for number in range(8)))
    assert {status for status, _ in answers} == {200}
    assert len(world.in_engine()) == 8


async def test_last_activity_follows_the_traffic(world: World) -> None:
    await world.get("/box/one/")
    [instance] = world.alive("Box")
    first = world.gateway.last_activity(instance.id)
    assert first is not None

    async def has_moved() -> bool:
        await world.get("/box/one/")
        return (world.gateway.last_activity(instance.id) or 0) - first > 0.1

    await eventually_async(has_moved, what="a later activity")


async def test_a_client_that_goes_away_ends_its_request_in_the_container(world: World) -> None:
    await world.get("/box/one/")
    async with world.session.get(world.url(f"/box/one/bytes/{10_000 * MEGABYTE}")) as response:
        await response.content.readexactly(MEGABYTE)
        assert (await world.get("/box/one/streams"))[1] == 1
        response.close()

    async def is_over() -> bool:
        return (await world.get("/box/one/streams"))[1] == 0

    await eventually_async(is_over, what="the end of the stream inside the container")


async def test_a_websocket_outlives_the_time_after_which_idle_containers_sleep(world: World) -> None:
    await world.call("one", "configure", {"sleepAfter": "1s"})
    async with world.session.ws_connect(world.url("/box/one/ws"), heartbeat=0.5) as socket:
        [instance] = world.alive("Box")
        for size in (1, 60_000):
            # Longer than `sleepAfter`, so that a container without a connection would sleep.
            await asyncio.sleep(1.2)
            await socket.send_bytes(b"\xff" * size)
            assert await socket.receive_bytes() == b"\xff" * size
        assert world.alive("Box") == [instance]
        await socket.close(code=4321)
        assert socket.close_code == 4321


async def test_requests_right_after_a_crash_fail_at_once_and_the_next_ones_are_answered(
    world: World,
) -> None:
    for _ in range(3):
        assert (await world.get("/box/one/"))[0] == 200
        await world.get("/box/one/exit/1")
        began, statuses = time.monotonic(), []
        while not statuses or statuses[-1] != 200:
            statuses.append((await world.get("/box/one/"))[0])
            assert set(statuses) <= {200, 500}
        # A dead address would cost seconds.
        assert time.monotonic() - began < 2.5
