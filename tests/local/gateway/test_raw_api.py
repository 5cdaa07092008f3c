"""`ctx.container` without a package: start, monitor, signal, destroy, ports, exec."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.local.instances.records import InstanceState
from tests.local.gateway.conftest import MakeWorld
from tests.local.gateway.world import World
from tests.support.containers import docker

pytestmark = [pytest.mark.docker, pytest.mark.workerd]


def rejected(exit_code: int | None, message: str) -> dict[str, Any]:
    return {"rejected": {"message": message, "exitCode": exit_code}}


def exited(code: int) -> dict[str, Any]:
    return rejected(code, f"Container exited with unexpected exit code: {code}")


async def test_a_clean_exit_after_sigterm_resolves_monitor(world: World) -> None:
    await world.call("raw", "start", {"enableInternet": True})
    assert (await world.call("raw", "http", 8080, "/"))["status"] == 200
    await world.call("raw", "signal", 15)
    assert await world.outcome("raw") == {"resolved": True}
    assert await world.call("raw", "running") is False


@pytest.mark.parametrize(("signal", "code"), [(15, 3), (9, 137)])
async def test_other_ends_reject_monitor_with_the_exit_code(world: World, signal: int, code: int) -> None:
    await world.call("raw", "start", {"env": {"TERM_CODE": "3"}})
    await world.call("raw", "http", 8080, "/")
    await world.call("raw", "signal", signal)
    assert await world.outcome("raw") == exited(code)


async def test_a_crash_is_seen_and_the_container_is_not_started_again(world: World) -> None:
    await world.call("raw", "start", {})
    await world.call("raw", "http", 8080, "/")
    assert (await world.call("raw", "http", 8080, "/exit/42"))["error"] == "Network connection lost."
    assert await world.outcome("raw") == exited(42)
    assert await world.call("raw", "running") is False
    assert world.in_engine() == []


@pytest.mark.parametrize("code", [0, 5])
async def test_an_exit_right_after_the_start_is_seen(world: World, code: int) -> None:
    await world.call("raw", "start", {"entrypoint": ["sh", "-c", f"exit {code}"]})
    assert await world.outcome("raw") == ({"resolved": True} if code == 0 else exited(5))
    [instance] = world.instances("Raw")
    assert (await world.ended(instance.id)).exit_code == code


async def test_destroy_hands_its_error_to_monitor(world: World) -> None:
    await world.call("raw", "start", {})
    await world.call("raw", "http", 8080, "/")
    await world.call("raw", "destroy", "enough")
    assert await world.outcome("raw") == rejected(None, "enough")
    assert world.in_engine() == []


async def test_a_container_over_its_memory_is_killed_and_reported_so(world: World) -> None:
    world.change("Raw", memory_mib=64)
    await world.call("raw", "start", {})
    await world.call("raw", "http", 8080, "/")
    await world.call("raw", "http", 8080, "/memory/300")
    assert await world.outcome("raw") == exited(137)
    [instance] = world.instances("Raw")
    ended = await world.ended(instance.id)
    assert (ended.state, ended.oom_killed) == (InstanceState.FAILED, True)
    assert ended.reason == "killed for using too much memory (its limit is 64 MiB)"


async def test_tcp_both_ways_with_half_close(world: World) -> None:
    await world.call("raw", "start", {})
    await world.call("raw", "http", 8080, "/")
    assert await world.call("raw", "tcp", 8081, 1_000_000) == "received 1000000"


async def test_a_closed_port_is_distinguished_from_a_stopped_container(make_world: MakeWorld) -> None:
    async with make_world(hold_seconds=0.5) as world:
        await world.call("raw", "start", {})
        await world.call("raw", "http", 8080, "/")
        closed = await world.call("raw", "http", 7, "/")
        assert "not listening" in closed["error"]


async def test_exec_runs_beside_the_program_and_leaves_the_container_well(world: World) -> None:
    await world.call("raw", "start", {})
    await world.call("raw", "http", 8080, "/")
    done = await world.call("raw", "exec", ["sh", "-c", "echo out; exit 7"])
    assert done == {"exitCode": 7, "stdout": "out\n"}
    assert (await world.call("raw", "http", 8080, "/"))["status"] == 200
    await world.call("raw", "destroy")
    assert world.in_engine() == []


async def test_a_second_life_follows_at_once(world: World) -> None:
    for number in range(3):
        await world.call("raw", "start", {"env": {"NUMBER": str(number)}})
        assert f'"NUMBER": "{number}"' in (await world.call("raw", "http", 8080, "/env"))["text"]
        await world.call("raw", "destroy")
    assert [instance.state for instance in world.instances("Raw")] == [InstanceState.STOPPED] * 3


async def test_start_may_name_an_image_of_its_own(world: World) -> None:
    await world.call("raw", "start", {"image": "busybox:1.35", "entrypoint": ["sh", "-c", "sleep 60"]})
    instance = await world.running("Raw")
    assert instance.image == docker("image", "inspect", "--format", "{{.Id}}", "busybox:1.35")
    await world.call("raw", "destroy")
    await world.call("raw", "start", {"image": "no.such/image:1"})
    message = (await world.outcome("raw"))["rejected"]["message"]
    assert "the image no.such/image:1, with which the Worker starts an instance" in message


async def test_an_inactivity_timeout_may_be_set(world: World) -> None:
    await world.call("raw", "start", {})
    await world.call("raw", "http", 8080, "/")
    assert await world.call("raw", "inactivity", 60_000) is None
    assert await world.call("raw", "running") is True
