"""What a container may use and reach, asked from inside and of the engine."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from pywrangler.local.gateway.tunnels.reach import PublishedPorts
from tests.local.gateway.conftest import MakeWorld
from tests.local.gateway.world import World
from tests.support.containers import docker
from tests.support.waiting import eventually_async

pytestmark = [pytest.mark.docker, pytest.mark.workerd]


def inspect(container_id: str | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(docker("inspect", str(container_id)))[0]
    return found


async def test_size_privileges_and_labels_are_those_of_the_application(world: World) -> None:
    await world.get("/box/one/")
    [instance] = world.alive("Box")
    found = inspect(instance.container_id)
    host = found["HostConfig"]
    assert (host["Memory"], host["MemorySwap"], host["NanoCpus"]) == (256 << 20, 256 << 20, 1_000_000_000)
    assert (host["PidMode"], host["Privileged"], host["CapAdd"], host["Binds"]) == ("", False, None, None)
    assert host["RestartPolicy"]["Name"] in ("", "no")
    assert (
        found["Config"]["Labels"].items()
        >= {
            "pywrangler.platform": world.platform_id,
            "pywrangler.instance": instance.id,
            "pywrangler.worker": "gateway-test",
            "pywrangler.durable-object": instance.durable_object_id,
            "pywrangler.image": found["Image"],
        }.items()
    )
    assert instance.image == found["Image"]
    _, limits = await world.get("/box/one/limits")
    assert limits["memory"] == str(256 << 20)
    assert limits["capabilities"] == "00000000a80425fb", "Docker's default set"


async def test_without_internet_there_is_no_way_out_but_requests_are_answered(world: World) -> None:
    await world.call("closed", "configure", {"enableInternet": False})
    await world.call("open", "configure", {"enableInternet": True})
    assert (await world.get("/box/closed/"))[0] == 200
    assert (await world.get("/box/open/"))[0] == 200
    networks = {
        name: inspect(instance.container_id)["NetworkSettings"]["Networks"]
        for name, instance in zip(("closed", "open"), world.alive("Box"), strict=True)
    }
    short = f"pywrangler-{world.platform_id[:8]}"
    assert list(networks["closed"]) == [f"{short}-internal"]
    assert list(networks["open"]) == [short]
    assert json.loads(docker("network", "inspect", f"{short}-internal"))[0]["Internal"] is True
    # A documentation address: unreachable either way, but only the closed one has no route at all.
    answer = await world.get("/box/closed/dial/192.0.2.1/80")
    assert answer == (200, "no: OSError")


async def test_no_namespace_is_shared_with_the_host(world: World) -> None:
    await world.get("/box/one/")
    host = inspect(world.alive("Box")[0].container_id)["HostConfig"]
    modes = {host[mode] for mode in ("PidMode", "UTSMode", "UsernsMode")} | {host["IpcMode"]}
    assert modes <= {"", "private"}
    assert host["NetworkMode"] == f"pywrangler-{world.platform_id[:8]}"
    assert host["Devices"] in ([], None)


@pytest.mark.skipif(not Path("/dev/fuse").exists(), reason="this machine has no FUSE")
async def test_fuse_only_for_the_application_that_may(make_world: MakeWorld) -> None:
    async with make_world(may_mount_fuse=lambda name: name == "gateway-test-box") as world:
        await asyncio.gather(world.get("/box/one/"), world.call("raw", "start", {}))
        raw = await world.running("Raw")
        _, limits = await world.get("/box/one/limits")
        assert int(limits["capabilities"], 16) & (1 << 21), "SYS_ADMIN"
        docker("exec", str(world.alive("Box")[0].container_id), "test", "-c", "/dev/fuse")
        assert inspect(raw.container_id)["HostConfig"]["CapAdd"] is None


async def test_containers_do_not_reach_each_other(world: World) -> None:
    await world.get("/box/one/")
    await world.get("/box/two/")
    other = inspect(world.alive("Box")[1].container_id)
    [network] = other["NetworkSettings"]["Networks"].values()
    assert (await world.get(f"/box/one/dial/{network['IPAddress']}/8080"))[1].startswith("no: ")
    assert (await world.get(f"/box/two/dial/{network['IPAddress']}/8080"))[1] == "yes"


async def test_an_engine_in_a_virtual_machine_is_reached_through_published_ports(
    make_world: MakeWorld,
) -> None:
    async with make_world(reach=PublishedPorts(), hold_seconds=1) as world:
        await world.call("one", "configure", {"envVars": {"LISTEN_AFTER": "0.5"}})
        assert (await world.get("/box/one/"))[0] == 200
        [instance] = world.alive("Box")
        ports = inspect(instance.container_id)["NetworkSettings"]["Ports"]
        assert [entry["HostIp"] for entry in ports["8080/tcp"]] == ["127.0.0.1"]
        await world.call("raw", "start", {})

        async def listens() -> bool:
            return bool((await world.call("raw", "http", 8080, "/")).get("status") == 200)

        await eventually_async(listens, what="a response of the port")
        assert await world.call("raw", "tcp", 8081, 1000) == "received 1000"
        assert "not listening" in (await world.call("raw", "http", 3000, "/"))["error"]
        assert "not listening" in (await world.call("raw", "http", 1234, "/"))["error"]


STRANGER = """
import socket, sys
request = sys.argv[2].encode().decode("unicode_escape").encode()
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
    connection.settimeout(10)
    connection.sendall(request)
    print(connection.recv(65536).decode().splitlines()[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose a connection is")
@pytest.mark.parametrize(
    "request_text",
    [
        r'PUT /egress HTTP/1.1\r\nHost: localhost\r\nContent-Length: 13\r\n\r\n{"port": 999}',
        r"GET /ca HTTP/1.1\r\nHost: localhost\r\n\r\n",
        r"CONNECT 127.0.0.1:8080 HTTP/1.1\r\nX-Dst-Addr: 127.0.0.1:8080\r\n\r\n",
    ],
)
async def test_no_other_program_gets_through_the_port_of_an_instance(world: World, request_text: str) -> None:
    await world.get("/box/one/")
    name = f"workerd-{world.records.applications['Box'].namespace_id}-{await world.text('/id/one')}"
    connector = aiohttp.UnixConnector(str(world.directory / "gateway.sock"))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(f"http://engine/v1.40/containers/{name}-proxy/json") as response,
    ):
        ports = (await response.json())["NetworkSettings"]["Ports"]
    arguments = ["-c", STRANGER, ports["39001/tcp"][0]["HostPort"], request_text]
    stranger = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=subprocess.PIPE)
    said, _ = await stranger.communicate()
    assert said == b"HTTP/1.1 403 Forbidden\n"
    assert (await world.get("/box/one/"))[0] == 200
