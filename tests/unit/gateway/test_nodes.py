"""A gateway on a node of a cluster: containers end with their runtime, and all nodes share the places."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from pywrangler.engine import labels
from pywrangler.errors import MissingError
from pywrangler.local.cluster.bucket import BucketAddress
from pywrangler.local.cluster.identity import make_key, node_platform_id
from pywrangler.local.cluster.settings import ClusterSettings, write_settings
from pywrangler.local.daemon.cleanup.clean_up import clean_up
from pywrangler.local.gateway.launcher import NO_INSTANCE
from pywrangler.local.instances.records import Application, InstanceState
from pywrangler.sensitive import Sensitive
from tests.local.gateway.world import Records
from tests.support.engine import FakeEngine, Program
from tests.unit.gateway.bench import IMAGE, PLATFORM, SETTINGS, Bench, opened

NODE = "0123abcd"


@dataclass
class FakePlaces:
    """Counts as the cluster does; `others` are the places of other nodes."""

    others: int = 0
    taken: set[str] = field(default_factory=set)
    is_unknown: bool = False

    async def take(self, application: Application, durable_object_id: str) -> bool:
        if self.is_unknown:
            raise MissingError("No node answers.")
        if len(self.taken - {durable_object_id}) + self.others >= application.max_instances:
            return False
        self.taken.add(durable_object_id)
        return True

    def leave(self, application_id: str, durable_object_id: str) -> None:
        self.taken.discard(durable_object_id)


@pytest.fixture
def places() -> FakePlaces:
    return FakePlaces()


@pytest.fixture
async def node(home: Path, engine: FakeEngine, records: Records, places: FakePlaces) -> AsyncIterator[Bench]:
    settings = replace(SETTINGS, node=NODE, places=places, removal_grace_seconds=0.5)
    async with opened(home, engine, records, settings) as bench:
        yield bench


async def test_the_engine_tells_nodes_apart(node: Bench, engine: FakeEngine) -> None:
    container = engine.containers[await node.run()]
    assert container.name == f"{node.name()}-{NODE}"
    assert container.body["Labels"][labels.NODE] == NODE
    status, told = await node.call("GET", f"/containers/{node.name()}/json")
    assert (status, told["Id"]) == (200, container.id)


async def test_no_container_outlives_its_runtime(node: Bench, engine: FakeEngine) -> None:
    await node.run(1)
    await node.run(2)
    await node.gateway.runtime_ended()
    assert engine.containers == {}
    assert {each.state for each in node.records.load()} == {InstanceState.STOPPED}
    await node.run(1)  # the next runtime starts its own
    assert len(engine.running()) == 1


async def test_without_a_cluster_containers_continue(bench: Bench, engine: FakeEngine) -> None:
    await bench.run()
    await bench.gateway.runtime_ended()
    assert len(engine.running()) == 1


async def test_a_container_may_end_by_itself_when_its_object_leaves(node: Bench, engine: FakeEngine) -> None:
    await node.run()
    status, _ = await node.call("DELETE", f"/containers/{node.name()}?force=true")
    assert (status, engine.containers) == (204, {})
    ended = node.only()
    assert (ended.state, ended.reason) == (InstanceState.STOPPED, "its Durable Object left this node")
    assert [call for call in engine.calls if "/kill" in call and "SIGKILL" in call] == []


async def test_a_container_that_was_never_started_is_removed_at_once(node: Bench, engine: FakeEngine) -> None:
    await node.create()
    assert (await node.call("DELETE", f"/containers/{node.name()}?force=true"))[0] == 204
    assert engine.containers == {}


async def test_a_place_is_taken_before_the_start_and_given_back_by_who_counts(
    node: Bench, places: FakePlaces
) -> None:
    await node.run(1)
    assert places.taken == {f"{1:064x}"}
    places.others = 1
    await node.run(2)
    status, told = await node.wait(2)
    assert status == 500
    assert NO_INSTANCE in told["message"]
    assert [each.durable_object_id for each in node.records.load()] == [f"{1:064x}"]
    places.others = 0
    await node.run(2)
    assert len(places.taken) == 2


async def test_a_place_that_is_taken_here_by_others_is_given_back(node: Bench, places: FakePlaces) -> None:
    await node.run(1)
    await node.run(2)
    places.taken.clear()  # the cluster knows of none
    await node.run(3)
    assert NO_INSTANCE in (await node.wait(3))[1]["message"]
    assert places.taken == set()


async def test_without_an_answer_no_container_starts(
    node: Bench, places: FakePlaces, engine: FakeEngine
) -> None:
    places.is_unknown = True
    await node.run()
    status, told = await node.wait()
    assert status == 500
    assert "cannot be counted: No node answers." in told["message"]
    assert engine.containers == {}
    places.is_unknown = False
    await node.run()
    assert len(engine.running()) == 1


async def test_a_canary_needs_no_place(node: Bench, places: FakePlaces) -> None:
    places.others = 2
    node.ledger.expect_canary(f"{1:064x}")
    await node.run()
    assert (node.only().is_canary, places.taken) == (True, set())


async def test_a_deaf_container_is_killed_when_its_object_leaves(node: Bench, engine: FakeEngine) -> None:
    engine.add_image(IMAGE, Program(ignores=frozenset({"SIGTERM", "15"})))
    await node.run()
    assert (await node.call("DELETE", f"/containers/{node.name()}?force=true"))[0] == 204
    assert node.only().exit_code == 137


async def test_what_a_killed_node_left_is_removed_without_its_bucket(
    node: Bench, engine: FakeEngine, tmp_path: Path
) -> None:
    await node.run()
    (foreign,) = engine.containers.values()
    nothing = BucketAddress.parse("s3://shared/lab", "http://127.0.0.1:1", "us-east-1", "id", Sensitive("x"))
    settings = ClusterSettings(
        nothing, make_key(), PLATFORM, NODE, "10.0.0.1", 8743, Sensitive("none"), Sensitive("none")
    )
    write_settings(tmp_path, settings)
    own = {"Image": IMAGE, "Labels": {labels.PLATFORM: node_platform_id(PLATFORM, NODE)}}
    engine.add_container("left", own)
    environment = {"DOCKER_HOST": f"unix://{engine.address.socket_path}"}
    found = await asyncio.to_thread(clean_up, tmp_path, environment)
    assert found == {"processes": 0, "containers": 1, "complaint": None}
    assert list(engine.containers) == [foreign.id]
