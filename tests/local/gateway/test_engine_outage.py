"""An engine that goes away and comes back, as at its restart or before it was started."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pywrangler.engine.address import EngineAddress, find_engine
from pywrangler.local.instances.records import InstanceState
from tests.local.gateway.world import World
from tests.support.containers import docker
from tests.support.engine_front import front_of_engine
from tests.support.waiting import eventually_async

pytestmark = [pytest.mark.docker, pytest.mark.workerd]


async def test_containers_are_found_again_when_the_engine_is_back(
    world: World, short_directory: Path
) -> None:
    socket = short_directory / "engine.sock"
    await world.end_workerd(kill=True)
    await world.gateway.close()
    world.engine = EngineAddress(f"unix://{socket}", "the test")
    world.new_life()
    try:
        async with front_of_engine(socket):
            await world.start_gateway()
            await world.start_workerd()
            await world.get("/box/kept/")
            await world.get("/box/lost/")
            kept, lost = world.alive("Box")
        status, text = await world.get("/box/new/")
        assert status == 500
        assert "The Docker Engine is not running" in text
        docker("kill", str(lost.container_id))
        assert {instance.id for instance in world.alive("Box")} == {kept.id, lost.id}
        async with front_of_engine(socket):
            ended = await world.ended(lost.id)
            assert (ended.state, ended.exit_code) == (InstanceState.FAILED, 137)
            assert await world.gateway.log_tail(lost.id) == ["hello from the container"]

            async def answers() -> bool:
                statuses = [(await world.get(f"/box/{name}/"))[0] for name in ("kept", "lost", "new")]
                return statuses == [200, 200, 200]

            await eventually_async(answers, what="all containers' answers")
            assert kept.id in {instance.id for instance in world.alive("Box")}
    finally:
        await world.end_workerd(kill=True)
        await world.gateway.close()
        world.engine = find_engine(os.environ)
