"""What outlives what: workerd, the gateway, the platform, the containers."""

from __future__ import annotations

import pytest

from pywrangler.local.gateway import reconcile
from pywrangler.local.instances.ledger import LOST_REASON
from pywrangler.local.instances.records import InstanceState
from tests.local.gateway.world import World
from tests.support.containers import docker
from tests.support.waiting import eventually_async

pytestmark = [pytest.mark.docker, pytest.mark.workerd]


async def test_a_killed_workerd_finds_its_container_again(world: World) -> None:
    _, before = await world.get("/box/one/env")
    await world.end_workerd(kill=True)
    await world.start_workerd()
    _, after = await world.get("/box/one/env")
    assert after["CLOUDFLARE_DEPLOYMENT_ID"] == before["CLOUDFLARE_DEPLOYMENT_ID"]
    [instance] = world.alive("Box")
    await world.call("one", "destroy")
    assert (await world.ended(instance.id)).state is InstanceState.STOPPED


async def test_a_workerd_that_ends_by_itself_takes_its_containers_along(world: World) -> None:
    await world.get("/box/one/")
    await world.end_workerd()
    assert world.in_engine() == []


async def test_a_planned_restart_keeps_containers(world: World) -> None:
    _, before = await world.get("/box/one/env")
    async with world.gateway.planned_restart():
        await world.end_workerd()
        await world.start_workerd()
    _, after = await world.get("/box/one/env")
    assert after["CLOUDFLARE_DEPLOYMENT_ID"] == before["CLOUDFLARE_DEPLOYMENT_ID"]
    [instance] = world.alive("Box")
    await world.call("one", "destroy")
    assert (await world.ended(instance.id)).state is InstanceState.STOPPED


async def test_a_new_platform_adopts_what_runs_and_marks_what_is_lost(world: World) -> None:
    _, before = await world.get("/box/kept/env")
    await world.get("/box/lost/")
    kept, lost = world.alive("Box")
    await world.end_workerd(kill=True)
    await world.gateway.close()
    docker("kill", str(lost.container_id))
    docker("wait", str(lost.container_id))  # `kill` returns before the engine knows that it ended

    world.new_life()
    await world.start_gateway()
    gone = world.ledger.get(lost.id)
    assert gone is not None
    assert (gone.state, gone.reason) == (InstanceState.STOPPED, LOST_REASON)
    await world.start_workerd()
    _, after = await world.get("/box/kept/env")
    assert after["CLOUDFLARE_DEPLOYMENT_ID"] == before["CLOUDFLARE_DEPLOYMENT_ID"] == kept.id
    assert (await world.get("/box/lost/"))[0] == 200
    await world.gateway.stop_instance(kept.id, 5, "no longer needed")
    ended = await world.ended(kept.id)
    assert (ended.exit_code, ended.reason) == (0, "no longer needed")


async def test_what_has_no_owner_is_removed_and_nothing_else_touched(world: World) -> None:
    label = f"pywrangler.platform={world.platform_id}"
    orphan = docker("run", "-d", "--label", label, "busybox:1.35", "sleep", "600")
    other_label = f"pywrangler.platform={world.platform_id[::-1]}"
    stranger = docker("run", "-d", "--label", other_label, "busybox:1.35", "sleep", "600")
    try:
        plan = await reconcile(world.engine, world.ledger, world.records, world.platform_id)
        assert plan.removed == (orphan,)
        assert world.in_engine() == []
        assert docker("inspect", "--format", "{{.State.Running}}", stranger) == "true"
    finally:
        docker("rm", "-f", stranger)


async def test_a_container_killed_from_outside_is_recorded_and_replaced(world: World) -> None:
    await world.get("/box/one/")
    [instance] = world.alive("Box")
    docker("kill", str(instance.container_id))
    ended = await world.ended(instance.id)
    assert (ended.state, ended.exit_code) == (InstanceState.FAILED, 137)

    async def answers() -> bool:
        return (await world.get("/box/one/"))[0] == 200

    await eventually_async(answers, what="a response from a new container")
    assert docker("ps", "-aq", "--filter", f"label=pywrangler.instance={instance.id}") == ""


async def test_a_container_removed_from_outside_frees_its_place(world: World) -> None:
    world.change("Box", max_instances=1)
    await world.get("/box/one/")
    [instance] = world.alive("Box")
    docker("rm", "-f", str(instance.container_id))
    await world.ended(instance.id)
    assert (await world.get("/box/two/"))[0] == 200
