"""The package's ways to start, look after and stop a container, one by one."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from pywrangler.local.instances.records import InstanceState
from tests.local.gateway.world import World
from tests.support.waiting import eventually_async

pytestmark = [pytest.mark.docker, pytest.mark.workerd]


async def noted(world: World, name: str, event: list[Any]) -> None:
    """Returns when the object has noted a hook's call."""

    async def happened() -> bool:
        return event in await world.call(name, "events")

    await eventually_async(happened, what=f"{event}")


async def test_start_takes_variables_entrypoint_and_internet_for_one_instance(world: World) -> None:
    options = {
        "envVars": {"FOR": "one instance"},
        "entrypoint": ["python3", "/server.py", "mine"],
        "enableInternet": False,
    }
    await world.call("one", "configure", {"envVars": {"FOR": "the class"}})
    await world.call("one", "start", options)
    await world.call("two", "startAndWaitForPorts", {"startOptions": options, "ports": [8080]})
    for name in ("one", "two"):
        assert (await world.get(f"/box/{name}/env"))[1]["FOR"] == "one instance"
        assert await world.get(f"/box/{name}/argv") == (200, ["mine"])
        assert (await world.get(f"/box/{name}/dial/192.0.2.1/80"))[1] == "no: OSError"


async def test_start_and_wait_returns_when_all_ports_answer(world: World) -> None:
    await world.call(
        "one", "configure", {"envVars": {"SECOND_AFTER": "1"}, "pingEndpoint": "health.local/up"}
    )
    await world.call("one", "startAndWaitForPorts", {"ports": [8080, 8082]})
    _, seen = await world.get("/box/one/seen")
    assert {entry for entry in seen if entry.endswith("/up")} == {
        "8080 health.local /up",
        "8082 health.local /up",
    }


async def test_a_request_waits_for_the_required_ports(world: World) -> None:
    await world.call("one", "configure", {"requiredPorts": [8080, 8082], "envVars": {"SECOND_AFTER": "0.7"}})
    began = time.monotonic()
    await world.call("one", "startAndWaitForPorts")
    assert time.monotonic() - began > 0.7
    assert (await world.get("/port/one/8082"))[1]["port"] == 8082


async def test_requests_choose_their_port(world: World) -> None:
    status, switched = await world.get("/port/one/8082")
    assert status == 200, switched
    assert (switched["port"], switched["target"]) == (8082, "/switched")
    assert (await world.call("one", "from", "/default"))["port"] == 8080
    assert (await world.call("one", "from", "/given", 8082))["port"] == 8082


async def test_activity_expires_and_may_be_renewed(world: World) -> None:
    await world.call("one", "configure", {"sleepAfter": 1, "staysUp": True})
    await world.get("/box/one/")
    await noted(world, "one", ["expired"])
    [instance] = world.alive("Box")
    assert instance.state is InstanceState.RUNNING


async def test_renewed_activity_keeps_a_container(world: World) -> None:
    await world.call("one", "configure", {"sleepAfter": "3s"})
    await world.get("/box/one/")
    [instance] = world.alive("Box")
    # For longer than `sleepAfter`, and each time long before it is over: machines can be slow.
    for _ in range(8):
        await world.call("one", "renew")
        await asyncio.sleep(0.5)
    assert world.alive("Box") == [instance]
    assert (await world.ended(instance.id)).exit_code == 0


@pytest.mark.parametrize(
    ("signal", "code", "reason"), [((), 0, "exit"), (("SIGKILL",), 137, "exit"), ((2,), 130, "exit")]
)
async def test_stop_sends_the_signal_asked_for(
    world: World, signal: tuple[object, ...], code: int, reason: str
) -> None:
    await world.get("/box/one/")
    [instance] = world.alive("Box")
    assert (await world.call("one", "getState"))["status"] == "healthy"
    await world.call("one", "stop", *signal)
    ended = await world.ended(instance.id)
    assert (ended.exit_code, ended.state) == (code, InstanceState.STOPPED)
    await noted(world, "one", ["stop", code, reason])
    assert (await world.call("one", "getState"))["status"] == "stopped"


async def test_a_scheduled_method_is_called_with_its_payload(world: World) -> None:
    assert await world.call("one", "later", 1) == "noted"
    await noted(world, "one", ["scheduled", "payload"])


async def test_a_failing_start_reaches_on_error(world: World) -> None:
    await world.call("one", "configure", {"envVars": {"EXIT_AT_ONCE": "3"}})
    assert (await world.get("/box/one/"))[0] == 500
    await noted(world, "one", ["error", "Container exited with unexpected exit code: 3"])


async def test_a_thousand_requests_by_ten_names_reach_ten_containers(world: World) -> None:
    names = [f"n{number % 10}" for number in range(1000)]
    room = asyncio.Semaphore(50)

    async def ask(name: str) -> tuple[str, str]:
        async with room:
            status, variables = await world.get(f"/box/{name}/env")
            assert status == 200
            return name, variables["CLOUDFLARE_DEPLOYMENT_ID"]

    found = set(await asyncio.gather(*map(ask, names)))
    assert len(found) == len({name for name, _ in found}) == len({instance for _, instance in found}) == 10
