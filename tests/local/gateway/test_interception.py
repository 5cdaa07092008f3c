"""`interceptOutboundHttp`, `interceptOutboundHttps` and `interceptAllOutboundHttp` of the bare API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pywrangler.local.gateway.outbound.firewall import find_firewall
from tests.local.gateway.world import World

pytestmark = [
    pytest.mark.docker,
    pytest.mark.workerd,
    pytest.mark.skipif(find_firewall() is None, reason="takes root and iptables"),
]

FROM_INSIDE = """const from = async (scheme, host, port) =>
  JSON.parse(await get(`/get/${scheme}/${host}/${port}`)).text ?? "no";
  const by = (id) => binding("Outside", { id });"""


async def ask(world: World, code: str, name: str = "raw") -> Any:
    return await world.run(name, FROM_INSIDE + code)


@pytest.mark.parametrize("internet", [True, False])
async def test_handlers_of_a_running_container(world: World, internet: bool) -> None:
    code = """await up({ enableInternet: args[0] });
      await c.interceptOutboundHttp("one.test", by("one"));
      const one = await from("http", "one.test", 80);
      await c.interceptOutboundHttp("one.test", by("again"));
      await c.interceptAllOutboundHttp(by("all"));
      const two = await from("http", "one.test", 80);
      return [one, two, await from("http", "192.0.2.7", 80), await get("/argv")];"""
    assert await world.run("raw", FROM_INSIDE + code, internet) == [
        "one GET http://one.test/from-inside",
        "again GET http://one.test/from-inside",
        "all GET http://192.0.2.7/from-inside",
        '["from-the-image"]',
    ]
    # The next start has the handlers, too.
    again = await ask(world, 'await c.destroy(); await up({}); return await from("http", "one.test", 80);')
    assert again == "again GET http://one.test/from-inside"


async def test_https_of_a_running_container(world: World) -> None:
    code = """await up({}); await c.interceptOutboundHttps("*.tls.test", by("tls"));
      return [await from("https", "a.tls.test", 443), await from("http", "a.tls.test", 80)];"""
    assert await ask(world, code) == ["tls GET https://a.tls.test/from-inside", "no"]


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("target", ["*", "192.0.2.7"])
async def test_https_to_an_address(world: World, target: str, order: str) -> None:
    handle, start = f'await c.interceptOutboundHttps("{target}", by("tls"));', "await up({});"
    steps = handle + start if order == "before" else start + handle
    got = await ask(world, steps + 'return await from("https", "192.0.2.7", 443);')
    assert got == "tls GET https://192.0.2.7/from-inside"


async def test_handlers_before_the_start(world: World) -> None:
    code = """await c.interceptOutboundHttp("one.test:8000", by("one"));
      await c.interceptOutboundHttp("192.0.2.0/24", by("range")); await up({});
      return [await from("http", "one.test", 8000), await from("http", "192.0.2.9", 80),
        await from("http", "198.51.100.1", 80)];"""
    assert await ask(world, code) == [
        "one GET http://one.test:8000/from-inside",
        "range GET http://192.0.2.9/from-inside",
        "no",
    ]


@pytest.mark.parametrize("order", ["before", "after"])
async def test_ipv6(world: World, order: str) -> None:
    firewall = find_firewall()
    if firewall is None or not firewall.has_ipv6:
        pytest.skip("takes ip6tables")
    handle, start = 'await c.interceptAllOutboundHttp(by("six"));', "await up({});"
    steps = handle + start if order == "before" else start + handle
    got = await ask(world, steps + 'return await from("http", "[2001:db8::7]", 80);')
    assert got == "six GET http://[2001:db8::7]/from-inside"
    dialled = await ask(world, 'return await get("/dial/2001:db8::7/9000");')
    assert json.loads(dialled) in ("yes", "no: ConnectionRefusedError", "no: OSError")
    assert await ask(world, 'return await from("http", "[2001:db8::7]", 9000);') == "no"
