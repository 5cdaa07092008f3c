"""The way out of containers: which network they join, and what stands before they may."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pywrangler.local.gateway.reconcile import sweep
from pywrangler.local.gateway.sidecars import INGRESS_PORT
from pywrangler.local.gateway.tunnels.reach import PublishedPorts
from tests.local.gateway.world import Records
from tests.support.engine import FakeEngine
from tests.unit.gateway.bench import PLATFORM, SETTINGS, Bench, FakeFirewall, opened

HANDLES = {"port": 8, "internet": {"enabled": True}, "dns": {"allowHostnames": ["*"]}}
OPEN = {"internet": {"enabled": True}}
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8 on loopback")


@pytest.fixture
async def guarded(
    home: Path, engine: FakeEngine, records: Records, firewall: FakeFirewall
) -> AsyncIterator[Bench]:
    """A gateway that may change the packet filter."""
    async with opened(home, engine, records, replace(SETTINGS, uses_firewall=True)) as bench:
        yield bench


async def tell(bench: Bench, egress: Any, number: int = 1) -> tuple[int, str]:
    """Tell the companion of a container its way out, as workerd does before every start."""
    await bench.call("POST", f"/containers/create?name={bench.name(number)}-proxy", {})
    _, described = await bench.call("GET", f"/containers/{bench.name(number)}-proxy/json")
    entrance = int(described["NetworkSettings"]["Ports"][f"{INGRESS_PORT}/tcp"][0]["HostPort"])
    reader, writer = await asyncio.open_connection("127.0.0.1", entrance)
    body = json.dumps(egress).encode()
    writer.write(b"PUT /egress HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    answer = (await reader.read()).decode()
    writer.close()
    return int(answer.split()[1]), answer


def network(engine: FakeEngine, container_id: str) -> dict[str, Any]:
    return engine.networks[engine.containers[container_id].body["HostConfig"]["NetworkMode"]]


async def test_a_container_with_internet_joins_the_open_network(bench: Bench, engine: FakeEngine) -> None:
    assert (await tell(bench, OPEN))[0] == 200
    joined = network(engine, await bench.run())
    assert joined["Name"] == f"pywrangler-{PLATFORM[:8]}"
    assert not joined["Internal"]
    assert joined["Options"]["com.docker.network.bridge.enable_icc"] == "false"
    assert bench.only().egress == "internet"


async def test_without_settings_nothing_is_reached(
    guarded: Bench, engine: FakeEngine, firewall: FakeFirewall
) -> None:
    joined = network(engine, await guarded.run())
    assert joined["Internal"]
    (rule,) = firewall.rules[joined["Name"]]
    assert (rule.chain, rule.target) == ("INPUT", ("REJECT",))
    assert guarded.only().egress == "no internet"


async def test_where_the_filter_refuses_no_container_starts(
    guarded: Bench, engine: FakeEngine, firewall: FakeFirewall
) -> None:
    firewall.refuses = True
    await guarded.run()
    assert "The packet filter refused a rule" in (await guarded.wait())[1]["message"]
    assert not engine.containers


@pytest.mark.parametrize("reach", [None, PublishedPorts()], ids=["no filter", "published ports"])
async def test_handlers_that_cannot_be_had_keep_the_container_from_starting(
    home: Path,
    engine: FakeEngine,
    records: Records,
    firewall: FakeFirewall,
    reach: PublishedPorts | None,
) -> None:
    settings = SETTINGS if reach is None else replace(SETTINGS, uses_firewall=True, reach=reach)
    async with opened(home, engine, records, settings) as bench:
        await tell(bench, HANDLES)
        await bench.run()
        status, told = await bench.wait()
        assert status == 500
        assert "the Worker handles what its containers send (to *)" in told["message"]
        assert "would leave unseen" in told["message"]
        assert not engine.containers


@linux
async def test_handled_connections_are_led_to_the_gateway(
    guarded: Bench, engine: FakeEngine, firewall: FakeFirewall
) -> None:
    assert (await tell(guarded, HANDLES))[0] == 200
    container_id = await guarded.run()
    joined = network(engine, container_id)
    assert "-outbound-" in joined["Name"]
    gateway = joined["IPAM"]["Config"][0]["Gateway"]
    assert engine.containers[container_id].body["HostConfig"]["Dns"] == [gateway]
    redirected = [rule.target[-1] for rule in firewall.rules[joined["Name"]] if rule.target[0] == "REDIRECT"]
    _, writer = await asyncio.open_connection(gateway, int(redirected[0]))
    writer.close()
    assert guarded.only().egress == "internet, with outbound handlers"
    status, answer = await tell(guarded, {"dns": {"allowHostnames": ["api.example"]}})
    assert status == 200, answer


@linux
async def test_the_network_goes_with_the_gateway_unless_a_container_is_on_it(
    home: Path, engine: FakeEngine, records: Records, firewall: FakeFirewall
) -> None:
    settings = replace(SETTINGS, uses_firewall=True)
    async with opened(home, engine, records, settings) as bench:
        await tell(bench, HANDLES)
        await bench.run()
        engine.refuse("DELETE /networks/.*", 403, "network has active endpoints")
    assert [name for name in engine.networks if "-outbound-" in name]
    assert firewall.rules
    async with opened(home, engine, records, settings) as bench:
        # A new process listens again before anything is asked of it.
        (name,) = firewall.rules
        redirected = [rule for rule in firewall.rules[name] if rule.target[0] == "REDIRECT"]
        gateway = engine.networks[name]["IPAM"]["Config"][0]["Gateway"]
        _, writer = await asyncio.open_connection(gateway, int(redirected[0].target[-1]))
        writer.close()
        await bench.gateway.stop_instance(bench.only().id, 0)
    assert not firewall.rules
    assert not [name for name in engine.networks if "-outbound-" in name]


@linux
@pytest.mark.parametrize("internet", [True, False])
async def test_a_running_container_changes_its_network_when_handlers_come(
    guarded: Bench, engine: FakeEngine, internet: bool
) -> None:
    await tell(guarded, {"internet": {"enabled": internet}})
    container_id = await guarded.run()
    before = set(engine.containers[container_id].networks)
    assert (await tell(guarded, HANDLES))[0] == 200
    [joined] = engine.containers[container_id].networks - before
    assert "-outbound-" in joined
    # Without internet the engine sends it out by the other network.
    assert before.isdisjoint(engine.containers[container_id].networks) is internet
    assert len(engine.running()) == 1
    assert guarded.only().egress == "internet, with outbound handlers"
    assert (await tell(guarded, {"dns": {"allowHostnames": ["api.example"]}}))[0] == 200


@linux
async def test_handlers_that_cannot_be_set_up_are_refused(
    guarded: Bench, engine: FakeEngine, firewall: FakeFirewall
) -> None:
    await tell(guarded, OPEN)
    await guarded.run()
    firewall.refuses = True
    status, answer = await tell(guarded, HANDLES)
    assert (status, "The packet filter refused a rule" in answer) == (501, True)
    assert len(engine.running()) == 1
    assert (await tell(guarded, OPEN))[0] == 200


async def test_the_engine_is_asked_for_a_network_once_however_many_start(
    bench: Bench, engine: FakeEngine
) -> None:
    bench.change(max_instances=9)
    await asyncio.gather(*(bench.run(number) for number in range(1, 6)))
    assert len(engine.running()) == 5
    names = [name for name in engine.networks if name.endswith("-internal")]
    assert names == [f"pywrangler-{PLATFORM[:8]}-internal"]


async def test_a_sweep_takes_the_rules_with_the_networks(
    guarded: Bench, engine: FakeEngine, firewall: FakeFirewall
) -> None:
    await guarded.run()
    assert firewall.rules
    await guarded.gateway.close()
    engine.refuse("DELETE /networks/.*", 403, "network has active endpoints", times=1)
    await sweep(engine.address, PLATFORM)
    assert not firewall.rules
    assert not engine.networks
