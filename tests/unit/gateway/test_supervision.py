"""What the gateway knows of containers: ends and their reasons, signals, an engine that comes and goes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pywrangler.engine import labels
from pywrangler.engine.address import EngineAddress
from pywrangler.errors import MissingError
from pywrangler.local.gateway import reconcile
from pywrangler.local.gateway.reconcile import sweep
from pywrangler.local.instances.ledger import LOST_REASON, Ledger
from pywrangler.local.instances.records import InstanceState
from tests.local.gateway.world import Records
from tests.support.engine import FakeEngine, Program
from tests.support.waiting import eventually_async
from tests.unit.gateway.bench import IMAGE, PLATFORM, SETTINGS, Bench, opened

DEAF = Program(ignores=frozenset({"SIGTERM", "15"}))


@pytest.mark.parametrize(
    ("exit_code", "out_of_memory", "state", "reason"),
    [
        (0, False, InstanceState.STOPPED, "exited with code 0"),
        (1, False, InstanceState.FAILED, "exited with code 1"),
        (137, True, InstanceState.FAILED, "256 MiB"),
    ],
)
async def test_an_end_is_recorded_with_its_reason(
    bench: Bench, engine: FakeEngine, exit_code: int, out_of_memory: bool, state: InstanceState, reason: str
) -> None:
    container_id = await bench.run()
    waiting = asyncio.ensure_future(bench.wait())
    engine.exit(container_id, exit_code, out_of_memory=out_of_memory)
    assert await waiting == (200, {"StatusCode": exit_code})
    await bench.gone()
    ended = bench.only()
    assert (ended.state, ended.exit_code, ended.oom_killed) == (state, exit_code, out_of_memory)
    assert reason in str(ended.reason)


async def test_the_end_of_a_removed_container_is_known_until_the_next_start(
    bench: Bench, engine: FakeEngine
) -> None:
    assert (await bench.wait())[0] == 404
    engine.exit(await bench.run(), 7)
    await bench.gone()
    assert await bench.wait() == (200, {"StatusCode": 7})
    again = await bench.run()
    waiting = asyncio.ensure_future(bench.wait())
    engine.exit(again, 0)
    assert await waiting == (200, {"StatusCode": 0})


async def test_a_container_that_someone_removed_is_lost(bench: Bench, engine: FakeEngine) -> None:
    container_id = await bench.run()
    container = engine.containers.pop(container_id)
    container.ended.set()
    engine.refuse("POST /containers/.*/wait", 404, "No such container", times=9)
    await engine.stop()
    await engine.start()

    async def is_over() -> bool:
        return bench.only().state.is_final

    await eventually_async(is_over, what="the end on record")
    assert (bench.only().state, bench.only().reason) == (InstanceState.STOPPED, LOST_REASON)


async def test_an_engine_that_restarts_costs_no_instance(bench: Bench, engine: FakeEngine) -> None:
    container_id = await bench.run()
    waiting = len([call for call in engine.calls if call.endswith("/wait")])
    await engine.stop()
    await engine.start()

    async def is_watched() -> bool:
        return len([call for call in engine.calls if call.endswith("/wait")]) > waiting

    await eventually_async(is_watched, what="the next look at the container")
    assert bench.only().state is InstanceState.RUNNING
    engine.exit(container_id, 4)
    await bench.gone()
    assert bench.only().exit_code == 4


async def test_an_end_during_an_absence_of_the_engine_is_seen_afterwards(
    bench: Bench, engine: FakeEngine
) -> None:
    container_id = await bench.run()
    await engine.stop()
    engine.exit(container_id, 5)
    await engine.start()
    await bench.gone()
    assert (bench.only().state, bench.only().exit_code) == (InstanceState.FAILED, 5)


async def test_without_an_engine_a_start_says_so(bench: Bench, engine: FakeEngine) -> None:
    await engine.stop()
    await bench.run()
    status, told = await bench.wait()
    assert status == 500
    assert "Docker" in told["message"]
    assert bench.only().state is InstanceState.FAILED
    await engine.start()
    await bench.run()
    assert len(engine.running()) == 1


async def test_what_cannot_be_removed_is_forgotten_all_the_same(bench: Bench, engine: FakeEngine) -> None:
    engine.refuse("DELETE /containers/.*", 500, "device is busy")
    engine.exit(await bench.run(), 0)

    async def is_gone() -> bool:
        return (await bench.call("GET", f"/containers/{bench.name()}/json"))[0] == 404

    await eventually_async(is_gone, what="the container's end for workerd")

    async def is_stopped() -> bool:
        return bench.only().state is InstanceState.STOPPED

    await eventually_async(is_stopped, what="the record of its end")


async def test_a_second_start_of_what_runs_changes_nothing(bench: Bench, engine: FakeEngine) -> None:
    await bench.run()
    assert (await bench.call("POST", f"/containers/{bench.name()}/start"))[0] == 304
    assert (await bench.call("POST", f"/containers/create?name={bench.name()}", {}))[0] == 409
    assert len(engine.containers) == 1


@pytest.mark.parametrize(
    ("query", "status"), [("?signal=SIGUSR1", 204), ("?signal=10", 204), ("?signal=SIGNO", 400)]
)
async def test_signals_reach_the_process(bench: Bench, engine: FakeEngine, query: str, status: int) -> None:
    container = engine.containers[await bench.run()]
    assert (await bench.call("POST", f"/containers/{bench.name()}/kill{query}"))[0] == status
    assert container.signals == ([] if status == 400 else ["10"])
    assert bench.only().state is InstanceState.RUNNING


async def test_what_does_not_run_takes_no_signal(bench: Bench) -> None:
    assert (await bench.call("POST", f"/containers/{bench.name()}/kill?signal=9"))[0] == 409
    assert (await bench.call("POST", f"/containers/{bench.name()}/start"))[0] == 404
    assert (await bench.call("GET", f"/containers/{bench.name()}/json"))[0] == 404
    assert (await bench.call("DELETE", f"/containers/{bench.name()}"))[0] == 404
    assert (await bench.call("POST", f"/containers/{bench.name()}/stop"))[0] == 204
    assert (await bench.wait())[0] == 404


@pytest.mark.parametrize("grace_seconds", [0, 0.05])
async def test_stopping_an_instance_returns_when_it_is_gone(
    bench: Bench, engine: FakeEngine, grace_seconds: float
) -> None:
    engine.add_image("deaf:1", DEAF)
    bench.change(image="deaf:1")
    container = engine.containers[await bench.run()]
    await bench.gateway.stop_instance(bench.only().id, grace_seconds, "makes room")
    assert not engine.containers
    assert container.signals == (["SIGKILL"] if grace_seconds == 0 else ["SIGTERM", "SIGKILL"])
    assert (bench.only().state, bench.only().reason) == (InstanceState.STOPPED, "makes room")


async def test_one_asked_to_stop_by_a_former_process_is_killed_when_its_time_is_over(
    home: Path, engine: FakeEngine, records: Records
) -> None:
    engine.add_image("deaf:1", DEAF)
    async with opened(home, engine, records, SETTINGS) as bench:
        bench.change(image="deaf:1")
        container = engine.containers[await bench.run()]
        bench.ledger.stopping(bench.only().id, time=1.0)
    async with opened(home, engine, records, SETTINGS) as bench:
        await bench.gone()
    assert container.signals == ["SIGKILL"]
    assert bench.only().state is InstanceState.STOPPED


async def test_the_output_of_an_instance_is_read_before_its_container_goes(
    home: Path, engine: FakeEngine, records: Records
) -> None:
    engine.add_image("loud:1", Program(output=("hello",)))
    async with opened(home, engine, records, SETTINGS) as bench:
        bench.change(image="loud:1")
        container_id = await bench.run()
        assert await bench.gateway.log_tail(bench.only().id) == ["hello"]
        engine.refuse("GET /containers/.*/logs", 500, "cannot be read")
        engine.exit(container_id, 1)
        await bench.gone()
        assert await bench.gateway.log_tail(bench.only().id) == []
        assert bench.only().exit_code == 1
    assert await bench.gateway.log_tail("unknown") == []


async def test_other_calls_of_workerd_are_answered_or_refused(bench: Bench) -> None:
    assert (await bench.call("GET", "/networks/bridge"))[1]["IPAM"]["Config"][0]["Gateway"] == "127.0.0.1"
    status, told = await bench.call("POST", "/containers/prune")
    assert status in (403, 404, 501)
    assert told["message"]
    async with bench.client.post(
        f"http://docker/containers/create?name={bench.name()}", data=b"{"
    ) as response:
        assert response.status == 400


async def test_an_image_that_the_worker_chose_itself_is_run_or_named(
    bench: Bench, engine: FakeEngine
) -> None:
    own = engine.add_image("own:2")
    status, created = await bench.call("POST", f"/containers/create?name={bench.name()}", {"Image": "own:2"})
    assert status == 201
    assert engine.containers[created["Id"]].body["Image"] == own
    await bench.call("POST", f"/containers/create?name={bench.name(2)}", {"Image": "absent:1"})
    assert "the image absent:1, with which the Worker starts" in (await bench.wait(2))[1]["message"]


async def test_a_digest_names_an_image_that_was_built_here(bench: Bench, engine: FakeEngine) -> None:
    image_id = engine.add_image("built:1")
    bench.change(image=f"pywrangler.local/box@{image_id}")
    container = engine.containers[await bench.run()]
    assert container.body["Image"] == image_id
    assert bench.only().image == image_id


async def test_a_namespace_without_an_application_starts_nothing(bench: Bench, engine: FakeEngine) -> None:
    name = f"workerd-{'f' * 32}-{1:064x}"
    await bench.call("POST", f"/containers/create?name={name}", {})
    status, told = await bench.call("POST", f"/containers/{name}/wait")
    assert (status, "no container application belongs" in told["message"]) == (500, True)
    assert not engine.containers


async def test_reconciling_needs_the_engine(home: Path) -> None:
    address = EngineAddress(f"unix://{home}/absent.sock", "the test")
    with pytest.raises(MissingError):
        await reconcile(address, Ledger(Records({})), Records({}), PLATFORM)


async def test_the_end_of_a_platform_leaves_nothing_of_its_own_and_all_else(
    bench: Bench, engine: FakeEngine
) -> None:
    await bench.run()
    await bench.gateway.close()
    assert engine.networks
    other = {"Image": IMAGE, "Labels": {labels.PLATFORM: "f" * 32}}
    kept = engine.add_container("other", other)
    assert await sweep(engine.address, PLATFORM) == 1
    assert list(engine.containers) == [kept]
    assert not engine.networks


async def test_of_two_creations_at_once_one_makes_a_container(bench: Bench, engine: FakeEngine) -> None:
    body = {"Image": f"application-of/{bench.application.namespace_id}"}
    path = f"/containers/create?name={bench.name(1)}"
    found = await asyncio.gather(*(bench.call("POST", path, body) for _ in range(2)))
    assert sorted(status for status, _ in found) == [201, 409]
    assert len(engine.containers) == 1


async def test_a_start_that_is_under_way_is_waited_for(bench: Bench, engine: FakeEngine) -> None:
    await bench.create(1)
    begun = asyncio.ensure_future(bench.gateway.may_follow(bench.name(1)))
    await asyncio.sleep(0)
    assert not begun.done()
    assert (await bench.call("POST", f"/containers/{bench.name(1)}/start"))[0] == 204
    await begun
    await bench.gateway.may_follow("unknown")
