"""The unmodified `@cloudflare/containers` on real workerd, with containers on the real engine."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from pywrangler.local.instances.records import InstanceState
from tests.local.gateway.conftest import MakeWorld
from tests.local.gateway.world import World
from tests.support.containers import docker
from tests.support.waiting import eventually_async

pytestmark = [pytest.mark.docker, pytest.mark.workerd]


async def test_a_cold_request_is_answered_from_inside_the_container(world: World) -> None:
    status, body = await world.get("/box/one/hello?x=1")
    assert (status, body["target"], body["pid"]) == (200, "/hello?x=1", 1)
    [instance] = world.alive("Box")
    assert instance.state is InstanceState.RUNNING
    assert world.in_engine() == [instance.container_id]
    assert instance.durable_object_id == await world.text("/id/one")


async def test_warm_requests_use_the_same_container_and_other_names_another(world: World) -> None:
    await asyncio.gather(*(world.get(f"/box/{name}/") for name in ("one", "two")))
    answers = await asyncio.gather(*(world.get(f"/box/{name}/env") for name in ["one", "two"] * 20))
    ids = [body["CLOUDFLARE_DEPLOYMENT_ID"] for _, body in answers]
    assert len(set(ids[::2])) == len(set(ids[1::2])) == 1
    assert set(ids) == {instance.id for instance in world.alive("Box")}


async def test_an_idle_container_is_stopped_and_the_next_request_starts_it_again(world: World) -> None:
    await world.call("one", "configure", {"sleepAfter": "1s"})
    await world.get("/box/one/")
    [instance] = world.alive("Box")
    stopped = await world.ended(instance.id)
    assert (stopped.state, stopped.exit_code) == (InstanceState.STOPPED, 0)

    async def events() -> bool:
        return ["stop", 0, "exit"] in await world.call("one", "events")

    await eventually_async(events, what="onStop")
    assert (await world.get("/box/one/"))[0] == 200
    assert len(world.instances("Box")) == 2


async def test_destroy_removes_the_container_and_calls_on_stop(world: World) -> None:
    await world.get("/box/one/")
    [instance] = world.alive("Box")
    await world.call("one", "destroy")
    assert (await world.ended(instance.id)).state is InstanceState.STOPPED
    assert world.in_engine() == []

    async def events() -> bool:
        return [event[:2] for event in await world.call("one", "events")] == [["start"], ["stop", 137]]

    await eventually_async(events, what="onStop")


async def test_a_crash_under_a_request_is_reported_and_the_next_request_recovers(world: World) -> None:
    await world.get("/box/one/")
    [instance] = world.alive("Box")
    status, text = await world.get("/box/one/exit/42")
    assert (status, "disconnected" in text) == (500, True)
    failed = await world.ended(instance.id)
    assert (failed.state, failed.exit_code, failed.reason) == (
        InstanceState.FAILED,
        42,
        "exited with code 42",
    )

    async def answers() -> bool:
        return (await world.get("/box/one/"))[0] == 200

    await eventually_async(answers, what="a response from a new container")


async def test_an_image_that_exits_at_once_leaves_exit_code_and_log_lines(world: World) -> None:
    await world.call("one", "configure", {"envVars": {"EXIT_AT_ONCE": "3"}})
    status, text = await world.get("/box/one/")
    assert (status, "unexpected exit code: 3" in text) == (500, True)
    [instance] = world.instances("Box")
    ended = await world.ended(instance.id)
    assert (ended.exit_code, ended.reason) == (3, "exited with code 3")
    # Two pipes: the engine may read the later line first.
    lines = await world.gateway.log_tail(instance.id)
    assert sorted(lines) == ["cannot go on", "hello from the container"]


async def test_a_missing_image_is_named_to_the_worker_and_on_record(world: World) -> None:
    world.change("Box", image="pywrangler-gateway-test:absent")
    status, text = await world.get("/box/one/")
    assert status == 500
    assert "pywrangler-gateway-test:absent" in text
    [instance] = world.instances("Box")
    assert instance.state is InstanceState.FAILED
    assert "the image pywrangler-gateway-test:absent" in (instance.reason or "")


async def test_an_entrypoint_the_engine_cannot_run_is_explained(world: World) -> None:
    await world.call("one", "configure", {"entrypoint": ["/no/such/program"]})
    status, text = await world.get("/box/one/")
    assert status == 500
    assert "/no/such/program" in text
    [instance] = world.instances("Box")
    assert instance.state is InstanceState.FAILED
    assert "/no/such/program" in (instance.reason or "")
    assert docker("ps", "-aq", "--filter", f"label=pywrangler.platform={world.platform_id}") == ""


async def test_an_entrypoint_replaces_that_of_the_image_with_its_arguments(world: World) -> None:
    assert await world.get("/box/one/argv") == (200, ["from-the-image"])
    await world.call("two", "configure", {"entrypoint": ["python3", "/server.py", "mine"]})
    assert await world.get("/box/two/argv") == (200, ["mine"])


async def test_cloudflares_variables_are_set_and_win(world: World) -> None:
    variables = {"HELLO": "a=b", "CLOUDFLARE_APPLICATION_ID": "mine", "CLOUDFLARE_LOCATION": "mine"}
    await world.call("one", "configure", {"envVars": variables})
    _, found = await world.get("/box/one/env")
    [instance] = world.alive("Box")
    assert found["HELLO"] == "a=b"
    assert {name: value for name, value in found.items() if name.startswith("CLOUDFLARE_")} == {
        "CLOUDFLARE_APPLICATION_ID": world.records.applications["Box"].id,
        "CLOUDFLARE_DEPLOYMENT_ID": instance.id,
        "CLOUDFLARE_DURABLE_OBJECT_ID": await world.text("/id/one"),
        "CLOUDFLARE_LOCATION": "loc01",
        "CLOUDFLARE_REGION": "REGN",
        "CLOUDFLARE_COUNTRY_A2": "XX",
    }


async def test_a_program_that_listens_late_is_reached_as_soon_as_it_does(world: World) -> None:
    await world.call("one", "configure", {"envVars": {"LISTEN_AFTER": "1"}})
    assert (await world.get("/box/one/"))[0] == 200


async def test_a_port_that_never_opens_is_known_with_what_is_open_instead(world: World) -> None:
    await world.call("one", "configure", {"envVars": {"PORT": "9999", "LISTEN_ON": "127.0.0.1"}})
    request = asyncio.ensure_future(world.get("/box/one/"))

    async def refused() -> bool:
        return any(8080 in world.gateway.refused_ports(instance.id) for instance in world.alive("Box"))

    await eventually_async(refused, what="a refused port")
    [instance] = world.alive("Box")
    open_ports = await world.gateway.listening(instance.id)
    assert [entry.port for entry in open_ports] == [8081, 8082, 8083, 9999]
    assert {entry.address for entry in open_ports} == {"127.0.0.1"}
    await world.gateway.remove_instance(instance.id)
    request.cancel()


async def test_sigterm_ignored_ends_in_sigkill(make_world: MakeWorld) -> None:
    async with make_world(kill_after_seconds=1) as world:
        await world.call("one", "configure", {"envVars": {"TERM_CODE": "ignore"}})
        await world.get("/box/one/")
        [instance] = world.alive("Box")
        await world.call("one", "stop")
        ended = await world.ended(instance.id)
        assert (ended.exit_code, ended.state) == (137, InstanceState.STOPPED)
        assert ended.stopped_at is not None
        assert ended.stopping_at is not None
        assert 0.9 < ended.stopped_at - ended.stopping_at < 5


async def test_websockets_carry_text_binary_pings_and_close_codes(world: World) -> None:
    async with world.session.ws_connect(world.url("/box/one/ws")) as socket:
        await socket.send_str("hello")
        assert (await socket.receive_str()) == "hello"
        for size in (1, 1000, 60_000):
            await socket.send_bytes(b"\xff" * size)
            assert await socket.receive_bytes() == b"\xff" * size
        await socket.close(code=4001)
        assert socket.close_code == 4001


async def test_random_instances_spread_over_a_fixed_number(world: World) -> None:
    answers = await asyncio.gather(*(world.get("/random") for _ in range(12)))
    assert {status for status, _ in answers} == {200}
    assert 1 < len(world.alive("Box")) <= 3


async def test_a_client_that_goes_away_leaves_the_container_usable(world: World) -> None:
    await world.get("/box/one/")
    with pytest.raises(TimeoutError):
        await world.get("/box/one/events/1000", timeout=aiohttp.ClientTimeout(total=0.5))
    assert (await world.get("/box/one/"))[0] == 200
