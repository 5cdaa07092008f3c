"""R2's S3 interface from inside containers: by the address in a variable, and by R2's own host name."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pywrangler.local.gateway.docker_api.storage_hosts import (
    AUTHORITY_FILE,
    AUTHORITY_NAME,
    host_names,
)
from pywrangler.local.gateway.docker_api.storage_hosts import HOST as STORAGE_HOST
from pywrangler.local.gateway.outbound.certificates import Authority
from pywrangler.local.gateway.outbound.firewall import find_firewall
from pywrangler.local.gateway.outbound.object_storage import ObjectStorage, is_host_of
from tests.local.gateway.conftest import MakeWorld
from tests.local.gateway.test_interception import ask
from tests.local.gateway.test_outbound import own_address, service
from tests.local.gateway.world import World
from tests.support.ports import free_port

pytestmark = [pytest.mark.docker, pytest.mark.workerd]

needs_firewall = pytest.mark.skipif(find_firewall() is None, reason="needs root on Linux, and iptables")
needs_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux, to listen on port 443"
)
ACCOUNT = "0123456789abcdef0123456789abcdef"
HOST = f"{ACCOUNT}.r2.cloudflarestorage.com"
VARIABLE = "PYWRANGLER_R2_ENDPOINT"
S3 = {"status": 200, "text": "the S3"}


def authority_in(directory: Path) -> Authority:
    return Authority(directory, AUTHORITY_FILE, AUTHORITY_NAME, within=STORAGE_HOST)


async def test_it_listens_only_while_the_interface_runs(tmp_path: Path) -> None:
    port, serving, seen = free_port(), None, list[bool]()
    storage = ObjectStorage(ACCOUNT, lambda: port, lambda: serving, authority_in(tmp_path))
    assert await storage.open("127.0.0.1") == f"http://127.0.0.1:{port}"
    for each in (None, 1, None):
        serving = each
        await storage.refresh()
        with socket.socket() as client:
            seen.append(client.connect_ex(("127.0.0.1", port)) == 0)
    storage.close()
    assert seen == [False, True, False]


@asynccontextmanager
async def served(make_world: MakeWorld, directory: Path) -> AsyncIterator[World]:
    """A world whose S3 interface answers everything in two words. `directory` is for its authority."""
    port = free_port()
    async with service(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nthe S3") as serving:
        buckets = [("photos", "default"), ("letters", "eu")]
        storage = ObjectStorage(
            ACCOUNT, lambda: port, lambda: serving, authority_in(directory), lambda: buckets
        )
        try:
            async with make_world(object_storage=storage) as world:
                yield world
        finally:
            storage.close()


async def get(world: World, name: str, url: str) -> object:
    """What the container `name` gets from a URL."""
    scheme, _, rest = url.partition("://")
    host, _, port = rest.partition(":")
    return (await world.get(f"/box/{name}/get/{scheme}/{host}/{port}"))[1]


async def test_a_container_finds_the_interface_and_nobody_else_gets_in(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    async with served(make_world, tmp_path) as world:
        endpoint = (await world.get("/box/one/env"))[1][VARIABLE]
        assert await get(world, "one", endpoint) == S3
        host, _, port = endpoint.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await reader.read() == b""
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(own_address(), int(port))


async def test_the_worker_may_name_another_address_and_no_internet_means_none(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    async with served(make_world, tmp_path) as world:
        await world.call("two", "configure", {"envVars": {VARIABLE: "http://elsewhere"}})
        assert (await world.get("/box/two/env"))[1][VARIABLE] == "http://elsewhere"
        await world.call("three", "configure", {"enableInternet": False})
        assert VARIABLE not in (await world.get("/box/three/env"))[1]
        endpoint = (await world.get("/box/one/env"))[1][VARIABLE]
        assert "error" in await get(world, "three", endpoint)  # type: ignore[operator]


@needs_firewall
async def test_intercepted_containers_find_it_under_r2s_own_name(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    async with served(make_world, tmp_path) as world:
        await world.call("guarded1", "configure", {"enableInternet": True})
        endpoint = (await world.get("/box/guarded1/env"))[1][VARIABLE]
        for url in (
            endpoint,
            f"https://{HOST}:443",
            f"http://{HOST}:80",
            f"https://bucket.{ACCOUNT}.eu.r2.cloudflarestorage.com:443",
        ):
            assert await get(world, "guarded1", url) == S3, url
        await world.call("guarded2", "configure", {"enableInternet": False})
        assert VARIABLE not in (await world.get("/box/guarded2/env"))[1]
        for url in (endpoint, f"https://{HOST}:443"):
            assert "error" in await get(world, "guarded2", url)  # type: ignore[operator]


@needs_firewall
async def test_a_handler_comes_before_r2s_own_name(make_world: MakeWorld, tmp_path: Path) -> None:
    async with served(make_world, tmp_path) as world:
        await world.call("one", "setDeniedHosts", [HOST])
        assert (await world.get("/box/one/"))[0] == 200
        denied = await get(world, "one", f"http://{HOST}:80")
        assert denied == {"status": 520, "text": "Origin is disallowed"}


@needs_root
async def test_containers_without_handlers_find_and_trust_it_under_r2s_own_name(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    names = (HOST, f"photos.{HOST}", f"letters.{ACCOUNT}.eu.r2.cloudflarestorage.com")
    async with served(make_world, tmp_path) as world:
        assert (await world.get("/box/one/"))[0] == 200
        for name in names:
            assert await get(world, "one", f"https://{name}:443") == S3, name
        await world.call("three", "configure", {"enableInternet": False})
        assert "error" in await get(world, "three", f"https://{HOST}:443")  # type: ignore[operator]


@needs_firewall
async def test_a_container_that_gets_handlers_while_it_runs_still_trusts_it(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    code = f"""const storage = () => from("https", "{HOST}", 443);
      await up({{ enableInternet: true }}); const before = await storage();
      await c.interceptOutboundHttp("one.test", by("one"));
      return [before, await from("http", "one.test", 80), await storage()];"""
    async with served(make_world, tmp_path) as world:
        assert await ask(world, code) == ["the S3", "one GET http://one.test/from-inside", "the S3"]


def test_names_of_buckets_have_their_jurisdiction() -> None:
    found = host_names("a", [("x", "default"), ("y", "eu")])
    below = "r2.cloudflarestorage.com"
    assert found == (f"a.eu.{below}", f"a.{below}", f"x.a.{below}", f"y.a.eu.{below}")


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        (HOST, True),
        (HOST.upper() + ".", True),
        (f"bucket.{HOST}", True),
        (f"{ACCOUNT}.eu.r2.cloudflarestorage.com", True),
        ("f" * 32 + ".r2.cloudflarestorage.com", False),
        ("r2.cloudflarestorage.com", False),
        (f"{HOST}.example", False),
        (f"{ACCOUNT}r2.cloudflarestorage.com", False),
        (f"{ACCOUNT}.{'f' * 32}.r2.cloudflarestorage.com", False),
        (f"{ACCOUNT}.one.two.{HOST.partition('.')[2]}", False),
    ],
)
def test_hosts_of_the_account(host: str, is_own: bool) -> None:
    assert is_host_of(host, ACCOUNT) is is_own
