"""Outgoing connections: through the Worker's handlers, refused without them, and never silently open."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pywrangler.local.gateway import sweep
from pywrangler.local.gateway.outbound.firewall import find_firewall
from tests.local.gateway.conftest import MakeWorld
from tests.local.gateway.world import World
from tests.support.containers import docker
from tests.support.waiting import eventually_async

pytestmark = [pytest.mark.docker, pytest.mark.workerd]

needs_firewall = pytest.mark.skipif(find_firewall() is None, reason="needs root on Linux, and iptables")


def rules() -> str:
    return "".join(
        subprocess.run(
            ["iptables", "-w", "5", "-t", table, "-S"], capture_output=True, text=True, check=True
        ).stdout
        for table in ("filter", "nat")
    )


def own_address() -> str:
    """An address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(("192.0.2.1", 9))
        return str(asking.getsockname()[0])


@asynccontextmanager
async def service(text: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ndirect") -> AsyncIterator[int]:
    """A server on all addresses of this machine; its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(text)
        writer.close()

    server = await asyncio.start_server(serve, "0.0.0.0")
    async with server:
        yield int(server.sockets[0].getsockname()[1])


@needs_firewall
async def test_a_workers_handler_answers_what_its_container_sends(world: World) -> None:
    assert (await world.get("/box/guarded1/"))[0] == 200
    for scheme, port in (("http", 80), ("https", 443)):
        status, answer = await world.get(f"/box/guarded1/get/{scheme}/my.kv/{port}")
        assert (status, answer) == (200, {"status": 200, "text": f"kv {scheme}:/from-inside Guarded"})


@needs_firewall
async def test_everything_else_is_shut_where_a_worker_filters_and_allows_no_internet(world: World) -> None:
    await world.get("/box/guarded1/")
    async with service() as port:
        address = own_address()
        _, answer = await world.get(f"/box/guarded1/get/http/{address}/{port}")
        assert "error" in answer
        assert "error" in (await world.get("/box/guarded1/get/http/other.name/80"))[1]
        assert (await world.get(f"/box/guarded1/ask/{address}/{port}"))[1].startswith("no: ")


@needs_firewall
async def test_a_denied_host_is_refused_and_the_rest_passes(world: World) -> None:
    await world.call("one", "setDeniedHosts", ["evil.example"])
    assert (await world.get("/box/one/"))[0] == 200
    async with service() as port:
        passed = await world.get(f"/box/one/get/http/{own_address()}/{port}")
    assert passed == (200, {"status": 200, "text": "direct"})
    _, denied = await world.get("/box/one/get/http/evil.example/80")
    assert denied["status"] == 520, denied


@needs_firewall
async def test_what_is_allowed_may_change_while_a_filtered_container_runs(world: World) -> None:
    await world.call("guarded1", "setAllowedHosts", ["my.kv"])
    await world.get("/box/guarded1/")
    for path, status in (("my.kv/80", 200), ("other.name/80", 520)):
        assert (await world.get(f"/box/guarded1/get/http/{path}"))[1]["status"] == status
    await world.call("guarded1", "denyHost", "my.kv")
    assert (await world.get("/box/guarded1/get/https/my.kv/443"))[1]["status"] == 520


@needs_firewall
async def test_interception_survives_a_new_workerd_and_a_new_platform(world: World) -> None:
    await world.get("/box/guarded1/")
    await world.end_workerd(kill=True)
    await world.gateway.close()
    world.new_life()
    await world.start_gateway()
    await world.start_workerd()

    async def answers() -> bool:
        _, answer = await world.get("/box/guarded1/get/https/my.kv/443")
        return isinstance(answer, dict) and answer.get("status") == 200

    await eventually_async(answers, what="a response of the handler")
    assert len(world.alive("Guarded")) == 1


async def test_where_it_cannot_be_done_no_container_starts_and_the_reason_is_reported(
    make_world: MakeWorld,
) -> None:
    async with make_world(uses_firewall=False) as world:
        status, text = await world.get("/box/guarded1/")
        assert status == 500
        assert "the Worker handles what its containers send (to my.kv)" in text
        assert world.in_engine() == []


async def test_a_container_that_runs_without_gets_none_where_it_cannot_be_done(
    make_world: MakeWorld,
) -> None:
    async with make_world(uses_firewall=False) as world:
        await world.get("/box/one/")
        with pytest.raises(RuntimeError, match="The container runs without them") as caught:
            await world.call("one", "setDeniedHosts", ["evil.example"])
        assert "takes iptables and a local platform run by root" in str(caught.value)
        assert len(world.in_engine()) == 1


@needs_firewall
async def test_a_container_of_the_code_before_gets_the_handlers_of_the_code_of_now(world: World) -> None:
    await world.get("/box/one/")
    [before] = world.alive("Box")
    async with world.gateway.planned_restart():
        await world.end_workerd()
        await world.start_workerd()
    await world.call("one", "setDeniedHosts", ["evil.example"])
    assert (await world.get("/box/one/get/http/evil.example/80"))[1]["status"] == 520
    assert [after.id for after in world.alive("Box")] == [before.id]


async def answers(world: World, path: str) -> bool:
    return (await world.get(path))[0] == 200


@needs_firewall
async def test_without_internet_this_machine_is_out_of_reach_too(world: World) -> None:
    await world.call("closed", "configure", {"enableInternet": False})
    await asyncio.gather(world.get("/box/closed/"), world.get("/box/open/"))
    async with service() as port:
        addresses = (own_address(), gateway_of(f"pywrangler-{world.platform_id[:8]}-internal"))
        for address in addresses:
            assert (await world.get(f"/box/open/dial/{address}/{port}"))[1] == "yes"
            assert (await world.get(f"/box/closed/dial/{address}/{port}"))[1].startswith("no: ")
    assert (await world.get("/box/closed/"))[0] == 200


@needs_firewall
async def test_no_rule_stays_behind(world: World) -> None:
    await world.call("closed", "configure", {"enableInternet": False})
    await asyncio.gather(world.get("/box/closed/"), world.get("/box/guarded1/"))
    name = f"pywrangler-{world.platform_id[:8]}"
    assert f"{name}-internal" in rules()
    assert f"{name}-outbound" in rules()
    await world.end_workerd(kill=True)
    await world.gateway.close()
    await sweep(world.engine, world.platform_id)
    assert name not in rules()
    assert name not in docker("network", "ls", "--format", "{{.Name}}")


def gateway_of(network: str) -> str:
    found = subprocess.run(
        ["docker", "network", "inspect", network, "--format", "{{(index .IPAM.Config 0).Gateway}}"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    return found.stdout.strip()
