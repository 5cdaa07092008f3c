"""`max_instances`: who gets a slot, who waits, who is refused, and who gives way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from pywrangler.local.gateway.tunnels.first_use import BENEFIT_SECONDS
from pywrangler.local.instances.records import InstanceState
from tests.local.gateway.world import World
from tests.support.waiting import eventually_async

pytestmark = [pytest.mark.docker, pytest.mark.workerd]


async def test_a_request_waits_for_a_slot_and_gets_it(world: World) -> None:
    world.change("Box", max_instances=1)
    await world.get("/box/one/")
    [first] = world.alive("Box")
    waiting = asyncio.ensure_future(world.get("/box/two/"))
    # It waits: a second is long enough for a response that it must not get yet.
    assert not (await asyncio.wait([waiting], timeout=1))[0]
    await world.gateway.stop_instance(first.id, 5, "makes room")
    assert (await waiting)[0] == 200
    [second] = world.alive("Box")
    assert second.id != first.id


@pytest.mark.slow
async def test_a_request_without_a_slot_is_refused_in_the_end(world: World) -> None:
    world.change("Box", max_instances=1)
    await world.get("/box/one/")
    status, text = await world.get("/box/two/")
    assert (status, "no Container instance available" in text) == (503, True)
    assert len(world.in_engine()) == 1
    assert (await world.get("/box/one/"))[0] == 200


async def test_the_bare_api_reports_the_limit_and_can_try_again(world: World) -> None:
    world.change("Raw", max_instances=1)
    await world.call("raw1", "start", {})
    await world.call("raw1", "http", 8080, "/")
    await world.call("raw2", "start", {})
    message = (await world.outcome("raw2"))["rejected"]["message"]
    assert "maximum number of running container instances (1)" in message
    assert await world.call("raw2", "running") is False
    await world.call("raw1", "destroy")
    await world.call("raw2", "start", {})
    assert (await world.call("raw2", "http", 8080, "/"))["status"] == 200


async def test_what_was_refused_before_a_new_workerd_is_not_refused_for_that(world: World) -> None:
    world.change("Raw", max_instances=1)
    await world.call("raw1", "start", {})
    await world.call("raw1", "http", 8080, "/")
    await world.call("raw2", "start", {})
    assert "maximum number" in (await world.outcome("raw2"))["rejected"]["message"]
    await world.end_workerd(kill=True)
    await world.start_workerd()
    await world.call("raw1", "destroy")
    await world.call("raw2", "start", {})
    assert (await world.call("raw2", "http", 8080, "/"))["status"] == 200


async def test_starts_that_race_for_the_last_slots_do_not_overshoot(world: World) -> None:
    world.change("Raw", max_instances=3)
    names = [f"raw{number}" for number in range(10)]
    await asyncio.gather(*(world.call(name, "start", {}) for name in names))
    answers = await asyncio.gather(*(world.call(name, "http", 8080, "/") for name in names))
    assert sum(answer.get("status") == 200 for answer in answers) == 3
    assert len(world.in_engine()) == len(world.alive("Raw")) == 3


async def test_an_unused_bring_up_gives_its_slot_away(world: World) -> None:
    world.change("Box", max_instances=1)
    bring_up = await world.text("/id/bring_up")
    world.ledger.expect_bring_up(bring_up)
    assert (await world.get("/box/bring_up/"))[0] == 200
    world.ledger.bring_up_finished(bring_up)
    [instance] = world.alive("Box")
    assert instance.is_bring_up
    assert (await world.get("/box/user/"))[0] == 200
    ended = world.ledger.get(instance.id)
    assert ended is not None
    assert (ended.state, ended.reason) == (InstanceState.STOPPED, "gave its slot to a request")


async def test_a_bring_up_whose_object_talks_to_it_gives_its_slot_away(world: World) -> None:
    world.change("Box", max_instances=1)
    bring_up = await world.text("/id/bring_up")
    world.ledger.expect_bring_up(bring_up)
    assert (await world.get("/box/bring_up/"))[0] == 200
    world.ledger.bring_up_finished(bring_up)
    [instance] = world.alive("Box")
    world.is_called = False
    for _ in range(5):
        assert (await world.get("/box/bring_up/"))[0] == 200
    # Nothing happens: within this time the use of an instance is noted.
    await asyncio.sleep(2 * BENEFIT_SECONDS)
    assert world.ledger.may_give_way(instance.id)
    world.is_called = True
    # In the midst of it: a call that is on its way to another object is no use of this one.
    talking = asyncio.ensure_future(world.get("/box/bring_up/"))
    assert (await world.get("/box/user/"))[0] == 200
    await asyncio.gather(talking, return_exceptions=True)
    ended = world.ledger.get(instance.id)
    assert ended is not None
    assert ended.reason == "gave its slot to a request"


def is_used(world: World, instance_id: str) -> Callable[[], Awaitable[bool]]:
    """Whether the instance keeps its place."""

    async def look() -> bool:
        return not world.ledger.may_give_way(instance_id)

    return look


async def test_a_used_bring_up_keeps_its_slot(world: World) -> None:
    world.change("Box", max_instances=1)
    bring_up = await world.text("/id/bring_up")
    world.ledger.expect_bring_up(bring_up)
    await world.get("/box/bring_up/")
    world.ledger.bring_up_finished(bring_up)
    await world.get("/box/bring_up/")
    [instance] = world.alive("Box")
    await eventually_async(is_used(world, instance.id), what="the instance's use")
    waiting = asyncio.ensure_future(world.get("/box/user/"))
    # It still waits, and nothing gives way in the meantime.
    assert not (await asyncio.wait([waiting], timeout=1))[0]
    assert [alive.id for alive in world.alive("Box")] == [instance.id]
    waiting.cancel()
