"""A gateway between a client that speaks as workerd does and a small engine: starts, ends, restarts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from pywrangler.engine import labels
from pywrangler.local.gateway.docker_api.create_body import FUSE
from pywrangler.local.instances.records import InstanceState
from tests.local.gateway.world import Records
from tests.support.engine import FakeEngine, Program
from tests.unit.gateway.bench import IMAGE, PLATFORM, SETTINGS, Bench, opened

IGNORES_SIGTERM = Program(ignores=frozenset({"SIGTERM", "15"}))


async def test_a_start_creates_a_container_of_the_application(bench: Bench) -> None:
    container_id = await bench.run()
    container = bench.engine.containers[container_id]
    assert container.state == "running"
    assert container.body["Labels"][labels.INSTANCE] == bench.only().id
    assert container.body["HostConfig"]["Memory"] == 256 << 20
    assert "COLOR=red" in container.body["Env"]
    assert bench.only().state is InstanceState.RUNNING


async def test_an_exit_is_recorded_with_its_code_and_last_lines(bench: Bench, engine: FakeEngine) -> None:
    bench.change(image="loud:1")
    engine.add_image("loud:1", Program(output=("hello", "out of ideas")))
    container_id = await bench.run()
    waiting = asyncio.ensure_future(bench.wait())
    engine.exit(container_id, 3)
    assert await waiting == (200, {"StatusCode": 3})
    await bench.gone()
    assert (bench.only().state, bench.only().exit_code) == (InstanceState.FAILED, 3)
    assert await bench.gateway.log_tail(bench.only().id) == ["hello", "out of ideas"]


async def test_above_max_instances_the_wait_tells_why(bench: Bench, engine: FakeEngine) -> None:
    await bench.run(1)
    await bench.run(2)
    await bench.run(3)
    assert len(engine.running()) == 2
    status, told = await bench.wait(3)
    assert status == 500
    assert "maximum number of running container instances (2)" in told["message"]

    assert (await bench.call("DELETE", f"/containers/{bench.name(1)}?force=true"))[0] == 204
    await bench.call("DELETE", f"/containers/{bench.name(3)}?force=true")
    await bench.run(3)
    assert len(engine.running()) == 2


async def test_the_engines_reason_reaches_who_waits(bench: Bench, engine: FakeEngine) -> None:
    bench.change(image="broken:1")
    engine.add_image("broken:1", Program(start_error='exec: "serve": executable file not found in $PATH'))
    await bench.run()
    status, told = await bench.wait()
    assert status == 500
    assert "executable file not found" in told["message"]
    assert bench.only().state is InstanceState.FAILED
    assert not engine.containers


async def test_a_create_that_the_engine_refuses_is_reported_by_the_wait(
    bench: Bench, engine: FakeEngine
) -> None:
    engine.refuse("POST /containers/create", 500, "no space left on device")
    await bench.run()
    assert (await bench.wait())[1]["message"].endswith("no space left on device")
    assert bench.only().state is InstanceState.FAILED


async def test_an_image_that_is_not_there_is_named(bench: Bench) -> None:
    bench.change(image="gone:7")
    await bench.run()
    assert "gone:7" in (await bench.wait())[1]["message"]


async def test_what_ignores_sigterm_is_killed(bench: Bench, engine: FakeEngine) -> None:
    bench.change(image="deaf:1")
    engine.add_image("deaf:1", IGNORES_SIGTERM)
    container = engine.containers[await bench.run()]
    assert (await bench.call("POST", f"/containers/{bench.name()}/kill?signal=SIGTERM"))[0] == 204
    assert await bench.wait() == (200, {"StatusCode": 137})
    assert container.signals[0] in ("SIGTERM", "15")
    assert container.signals[-1] == "SIGKILL"


async def test_what_is_created_and_never_started_gives_its_slot_back(
    home: Path, engine: FakeEngine, records: Records
) -> None:
    async with opened(home, engine, records, replace(SETTINGS, abandon_seconds=0.1)) as bench:
        await bench.create()
        await bench.gone()
        assert bench.only().state is InstanceState.FAILED


async def test_a_leftover_of_this_platform_under_the_name_is_replaced(
    bench: Bench, engine: FakeEngine
) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(engine.socket))) as docker:
        body = {"Image": IMAGE, "Labels": {labels.PLATFORM: PLATFORM}}
        await docker.post(f"http://docker/containers/create?name={bench.name()}", json=body)
    await bench.run()
    (container,) = engine.containers.values()
    assert container.state == "running"


async def test_a_strangers_container_under_the_name_stays(bench: Bench, engine: FakeEngine) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(engine.socket))) as docker:
        await docker.post(f"http://docker/containers/create?name={bench.name()}", json={"Image": IMAGE})
    await bench.run()
    assert "already in use" in (await bench.wait())[1]["message"]
    assert len(engine.containers) == 1


async def test_a_planned_restart_of_workerd_ends_no_container(bench: Bench, engine: FakeEngine) -> None:
    await bench.run()
    async with bench.gateway.planned_restart():
        assert (await bench.call("POST", f"/containers/{bench.name()}/kill?signal=SIGKILL"))[0] == 204
        assert (await bench.call("POST", f"/containers/{bench.name()}/stop"))[0] == 204
        assert (await bench.call("DELETE", f"/containers/{bench.name()}?force=true"))[0] == 204
    assert len(engine.running()) == 1
    await bench.call("POST", f"/containers/{bench.name()}/stop")
    await bench.gone()


async def test_the_next_process_adopts_what_runs(home: Path, engine: FakeEngine, records: Records) -> None:
    async with opened(home, engine, records, SETTINGS) as bench:
        container_id = await bench.run()
    async with opened(home, engine, records, SETTINGS) as bench:
        waiting = asyncio.ensure_future(bench.wait())
        engine.exit(container_id, 0)
        assert await waiting == (200, {"StatusCode": 0})
        await bench.gone()
        assert bench.only().state is InstanceState.STOPPED


async def test_the_next_process_removes_what_no_instance_owns(
    home: Path, engine: FakeEngine, records: Records
) -> None:
    async with opened(home, engine, records, SETTINGS) as bench:
        await bench.run()
    records.instances.clear()
    async with opened(home, engine, records, SETTINGS):
        assert not engine.containers


@pytest.mark.parametrize("has_fuse", [False, True])
async def test_only_applications_that_are_named_may_mount_with_fuse(
    home: Path, engine: FakeEngine, records: Records, has_fuse: bool
) -> None:
    allowed = records.applications["Box"].name if has_fuse else "other"
    settings = replace(SETTINGS, may_mount_fuse=lambda name: name == allowed)
    async with opened(home, engine, records, settings) as bench:
        container = engine.containers[await bench.run()]
    assert ("CapAdd" in container.body["HostConfig"]) is has_fuse
    assert (container.body["HostConfig"].get("CapAdd") == FUSE["CapAdd"]) is has_fuse


async def test_the_sockets_are_only_for_this_user(bench: Bench) -> None:
    assert (bench.directory / "gateway.sock").stat().st_mode & 0o777 == 0o600
