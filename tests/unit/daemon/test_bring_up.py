"""Bring-ups, proofs and stops: Durable Objects that do as the test says, a gateway and a small engine."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pywrangler.local.daemon.bring_up import bring_up
from pywrangler.local.daemon.bring_up.bring_up import BringUpRun, choose_object
from pywrangler.local.daemon.rollouts.canaries import CanaryRunner
from pywrangler.local.daemon.workers.control import BringUpCall, BringUpResponse, Control, ControlError
from pywrangler.local.daemon.workers.fleet import Fleet
from pywrangler.local.daemon.workers.hosted import HostedWorker, PlatformServices
from pywrangler.local.gateway.sidecars import INGRESS_PORT
from pywrangler.local.instances.ledger import LOST_REASON
from pywrangler.local.instances.records import BRING_UP_OBJECT_NAME, CANARY_OBJECT_NAME, InstanceState
from pywrangler.local.rest.operations import BringUpFailed
from pywrangler.local.workerd.failures import WorkerdStartError
from tests.local.gateway.world import Records, make_application
from tests.support.engine import FakeEngine, Program, fake_engine
from tests.support.ports import free_port
from tests.unit.gateway.bench import IMAGE, SETTINGS, Bench, opened

Behaviour = Callable[["Objects", BringUpCall], Awaitable[BringUpResponse]]


def id_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


@dataclass
class Objects:
    """The Durable Objects of a class, which do as the test says when they are to start their container."""

    bench: Bench
    behave: Behaviour
    calls: list[BringUpCall] = field(default_factory=list)

    async def durable_object_id(self, class_name: str, name: str) -> str:
        return id_of(name)

    async def bring_up(self, call: BringUpCall) -> BringUpResponse:
        self.calls.append(call)
        return await self.behave(self, call)

    # What objects do

    async def start(self, call: BringUpCall) -> None:
        number = int(call.durable_object_id, 16)
        await self.bench.run(number)

    async def ask(self, call: BringUpCall, port: int) -> bytes:
        """Connect to a port of the container, as a `fetch()` to it does."""
        proxy = f"/containers/{self.bench.name(int(call.durable_object_id, 16))}-proxy/json"
        _, described = await self.bench.call("GET", proxy)
        entrance = described["NetworkSettings"]["Ports"][f"{INGRESS_PORT}/tcp"][0]["HostPort"]
        reader, writer = await asyncio.open_connection("127.0.0.1", int(entrance))
        writer.write(f"CONNECT :{port} HTTP/1.1\r\n\r\n".encode())
        try:
            return await reader.readuntil(b"\r\n\r\n")
        finally:
            writer.close()


@dataclass
class Scene:
    """A class whose containers run on the small engine."""

    bench: Bench
    engine: FakeEngine

    def objects(self, behave: Behaviour) -> Objects:
        return Objects(self.bench, behave)

    def run(self, behave: Behaviour | Objects, **options: Any) -> BringUpRun:
        objects = behave if isinstance(behave, Objects) else self.objects(behave)
        return BringUpRun(
            self.bench.application,
            "Box",
            cast("Control", objects),
            self.bench.gateway,
            self.bench.ledger,
            **options,
        )

    def canaries(self, behave: Behaviour, *, has_gateway: bool = True) -> CanaryRunner:
        objects = self.objects(behave)

        async def get_worker(name: str) -> HostedWorker:
            gateway = self.bench.gateway if has_gateway else None
            return cast("HostedWorker", SimpleNamespace(control=objects, gateway=gateway))

        return CanaryRunner(self.bench.ledger, self.bench.records, get_worker, self.fleet().stop)

    def fleet(self, *, has_gateway: bool = True) -> Fleet:
        machine = cast(
            "PlatformServices", SimpleNamespace(ledger=self.bench.ledger, engine=self.engine.address)
        )
        return Fleet(machine, lambda _: self.bench.gateway if has_gateway else None)


@pytest.fixture
async def scene(home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr(bring_up, "WATCH_INTERVAL_SECONDS", 0.01)
    monkeypatch.setattr(bring_up, "ASK_AGAIN_SECONDS", 0.02)
    home.mkdir()  # noqa: ASYNC240 - a moment, before anything else runs
    records = Records({"Box": replace(make_application("Box", IMAGE), worker="web", max_instances=2)})
    async with fake_engine(home / "engine.sock") as engine:
        engine.add_image(IMAGE)
        settings = replace(SETTINGS, hold_seconds=0.05)
        async with opened(home, engine, records, settings) as bench:
            yield Scene(bench, engine)


@asynccontextmanager
async def listening(engine: FakeEngine, port: int) -> AsyncIterator[None]:
    """The program of the only container that runs listens."""
    (container,) = engine.running()
    async with await asyncio.start_server(lambda _, writer: writer.close(), container.address, port):
        yield


async def starts_and_waits(objects: Objects, call: BringUpCall) -> BringUpResponse:
    """A class with `startAndWaitForPorts()`."""
    await objects.start(call)
    return BringUpResponse("startAndWaitForPorts")


async def throws(objects: Objects, call: BringUpCall) -> BringUpResponse:
    await objects.start(call)
    await objects.bench.wait(int(call.durable_object_id, 16))
    raise ControlError("the container ended")


async def test_a_class_that_waits_for_its_ports_is_up_when_it_says_so(scene: Scene) -> None:
    objects = scene.objects(starts_and_waits)
    up = await scene.run(objects).run()
    instance = scene.bench.only()
    assert (up.instance_id, up.state) == (instance.id, "running")
    assert up.durable_object_name == BRING_UP_OBJECT_NAME
    assert up.durable_object_id == id_of(BRING_UP_OBJECT_NAME)
    assert (instance.is_bring_up, instance.durable_object_name) == (True, BRING_UP_OBJECT_NAME)
    assert scene.bench.ledger.may_give_way(instance.id)
    assert [call.may_fetch for call in objects.calls] == [True]


async def test_a_container_that_ends_is_reported_with_code_and_last_lines(scene: Scene) -> None:
    scene.engine.add_image("loud:1", Program(output=("no database",), exits_at_once=7))
    scene.bench.change(image="loud:1")
    with pytest.raises(BringUpFailed) as caught:
        await scene.run(throws).run()
    failure = caught.value.failure
    assert (failure.exit_code, failure.log_tail) == (7, ("no database",))
    assert "exited with code 7" in failure.reason
    assert caught.value.message.startswith("No instance of the application gateway-test-box came up: ")


async def test_a_start_that_is_refused_has_the_engines_reason(scene: Scene) -> None:
    scene.engine.add_image(
        "broken:1", Program(start_error='exec: "serve": executable file not found in $PATH')
    )
    scene.bench.change(image="broken:1")
    with pytest.raises(BringUpFailed, match="executable file not found"):
        await scene.run(throws).run()


async def test_what_the_object_throws_is_the_reason_where_nothing_else_is(scene: Scene) -> None:
    async def throws_first(objects: Objects, call: BringUpCall) -> BringUpResponse:
        raise ControlError("this.env.KEY is undefined")

    with pytest.raises(BringUpFailed, match=r"this.env.KEY is undefined"):
        await scene.run(throws_first).run()
    assert scene.bench.records.load() == []


async def test_a_fetch_shows_a_port_that_answers(scene: Scene) -> None:
    port = free_port()

    async def fetches(objects: Objects, call: BringUpCall) -> BringUpResponse:
        await objects.start(call)
        async with listening(scene.engine, port):
            assert (await objects.ask(call, port)).startswith(b"HTTP/1.1 200")
        return BringUpResponse("fetch")

    up = await scene.run(fetches).run()
    assert up.state == "running"


async def test_a_class_is_asked_again_until_its_program_listens(scene: Scene) -> None:
    port = free_port()

    async def fetches(objects: Objects, call: BringUpCall) -> BringUpResponse:
        if len(objects.calls) == 1:
            await objects.start(call)
        if len(objects.calls) < 3:
            assert (await objects.ask(call, port)).startswith(b"HTTP/1.1 503")
            return BringUpResponse("fetch", error="not listening")
        async with listening(scene.engine, port):
            await objects.ask(call, port)
        return BringUpResponse("fetch")

    objects = scene.objects(fetches)
    assert (await scene.run(objects).run()).state == "running"
    assert len(objects.calls) == 3


async def test_a_port_that_stays_closed_is_named(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bring_up, "CLOSED_PORT_SECONDS", 0.2)
    port = free_port()

    async def waits_for_ports(objects: Objects, call: BringUpCall) -> BringUpResponse:
        await objects.start(call)
        while True:
            await objects.ask(call, port)

    with pytest.raises(BringUpFailed) as caught:
        await scene.run(waits_for_ports).run()
    assert caught.value.failure.reason == f"nothing in the container listens on port {port}"
    assert caught.value.failure.refused_ports == (port,)


async def test_a_class_without_ports_is_up_when_its_container_runs_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bring_up, "PORTLESS_SECONDS", 0.1)

    async def waits_for_any_port(objects: Objects, call: BringUpCall) -> BringUpResponse:
        await objects.start(call)
        while True:
            await objects.ask(call, 33)

    assert (await scene.run(waits_for_any_port).run()).state == "running"


async def test_an_object_that_starts_twice_is_asked_once_more_when_its_container_ended(scene: Scene) -> None:
    async def starts_anyway(objects: Objects, call: BringUpCall) -> BringUpResponse:
        if len(objects.calls) == 1:
            await objects.start(call)
            (container,) = scene.engine.running()
            container.finish(0)
            raise ControlError("start() cannot be called on a container that is already running.")
        return await starts_and_waits(objects, call)

    objects = scene.objects(starts_anyway)
    assert (await scene.run(objects).run()).state == "running"
    assert len(objects.calls) == 2


async def test_when_requests_have_all_slots_one_of_theirs_is_taken(scene: Scene) -> None:
    await scene.bench.run(1)
    scene.bench.change(version=2)
    await scene.bench.run(2)

    async def says_up(objects: Objects, call: BringUpCall) -> BringUpResponse:
        return BringUpResponse("startAndWaitForPorts")

    objects = scene.objects(says_up)
    up = await scene.run(objects).run()
    assert int(up.durable_object_id, 16) == 2, "of the current version"
    assert [call.may_fetch for call in objects.calls] == [False], "its user sent no request"
    assert up.durable_object_name == ""
    assert not any(scene.bench.ledger.may_give_way(each.id) for each in scene.bench.records.load())


async def test_an_object_whose_container_stops_for_someone_is_left_alone(scene: Scene) -> None:
    own = int(id_of(BRING_UP_OBJECT_NAME), 16)
    await scene.bench.run(own)
    run = scene.run(starts_and_waits)
    assert not await run.has_to_be_aside(), "it runs"
    scene.bench.ledger.stopping(scene.bench.only().id, time=1.0)
    assert await run.has_to_be_aside()
    await scene.bench.run(2)
    assert not await run.has_to_be_aside(), "another one runs"
    named = id_of(BRING_UP_OBJECT_NAME)
    assert choose_object(scene.bench.application, scene.bench.ledger, named) == f"{2:064x}"


async def test_an_unused_container_that_stops_is_ended(scene: Scene) -> None:
    await scene.run(starts_and_waits).run()
    scene.bench.ledger.stopping(scene.bench.only().id, time=1.0)
    assert not await scene.run(starts_and_waits).has_to_be_aside()
    assert not scene.engine.containers


async def test_a_canary_takes_no_slot_and_leaves_nothing(scene: Scene) -> None:
    scene.bench.change(max_instances=1)
    await scene.bench.run(1)
    proved = await scene.canaries(starts_and_waits).run(scene.bench.application.id)
    assert proved is not None
    assert proved.durable_object_id == id_of(CANARY_OBJECT_NAME)
    assert len(scene.engine.running()) == 1
    canary = scene.bench.ledger.get(str(proved.instance_id))
    assert canary is not None
    assert (canary.is_canary, canary.state, canary.reason) == (
        True,
        InstanceState.STOPPED,
        "its version was tried",
    )


async def test_a_canary_that_a_killed_platform_left_is_not_taken_for_the_new_one(scene: Scene) -> None:
    left = await scene.run(starts_and_waits, canary_object_name=CANARY_OBJECT_NAME).run()
    assert len(scene.engine.running()) == 1
    proved = await scene.canaries(starts_and_waits).run(scene.bench.application.id)
    assert proved is not None
    assert proved.instance_id != left.instance_id
    assert not scene.engine.running()


async def test_a_canary_that_fails_says_so_and_leaves_nothing(scene: Scene) -> None:
    scene.engine.add_image("bad:1", Program(exits_at_once=7))
    scene.bench.change(image="bad:1")
    canaries = scene.canaries(throws)
    with pytest.raises(BringUpFailed, match="exited with code 7"):
        await canaries.run(scene.bench.application.id)
    assert not await canaries.does_come_up(scene.bench.application.id)
    assert not scene.engine.containers


async def test_what_cannot_be_tried_is_no_canary(scene: Scene) -> None:
    application = scene.bench.application.id

    async def does_nothing(objects: Objects, call: BringUpCall) -> BringUpResponse:
        return BringUpResponse(None)

    async def no_worker(name: str) -> HostedWorker:
        raise WorkerdStartError("the runtime does not run")

    assert await scene.canaries(starts_and_waits).run("unknown") is None
    assert await scene.canaries(starts_and_waits, has_gateway=False).run(application) is None
    canaries = CanaryRunner(scene.bench.ledger, scene.bench.records, no_worker, scene.fleet().stop)
    assert await canaries.run(application) is None
    assert not await canaries.does_come_up(application)


async def test_the_canaries_of_one_application_come_one_after_the_other(scene: Scene) -> None:
    running: list[str] = []
    most = 0

    async def counts(objects: Objects, call: BringUpCall) -> BringUpResponse:
        nonlocal most
        running.append("a canary")
        most = max(most, len(running))
        answer = await starts_and_waits(objects, call)
        running.pop()
        return answer

    canaries = scene.canaries(counts)
    proved = await asyncio.gather(*(canaries.run(scene.bench.application.id) for _ in range(3)))
    assert len({each.instance_id for each in proved if each}) == 3
    assert most == 1


async def test_the_fleet_stops_an_instance_through_its_gateway(scene: Scene) -> None:
    await scene.bench.run()
    await scene.fleet().stop(scene.bench.only(), 0, "its Worker was deleted")
    assert not scene.engine.containers
    assert scene.bench.only().reason == "its Worker was deleted"
    assert scene.fleet().of_worker("web") == []


async def test_the_fleet_stops_what_is_just_being_created_as_soon_as_it_can(scene: Scene) -> None:
    ledger = scene.bench.ledger
    made = ledger.reserve(scene.bench.application, durable_object_id="1", container_name="c", time=1.0)
    assert made is not None
    stopping = asyncio.ensure_future(scene.fleet().stop(made, 0, "deleted"))
    await asyncio.sleep(0)
    assert not stopping.done()
    ledger.failed(made.id, reason="could not be created", time=2.0)
    await asyncio.wait_for(stopping, 5)
    assert scene.bench.only().reason == "could not be created"


async def test_without_a_gateway_the_fleet_removes_the_container_itself(scene: Scene) -> None:
    await scene.bench.run()
    scene.bench.gateway._supervisor.close()  # its Worker does not run
    assert [each.id for each in scene.fleet().of_worker("web")] == [scene.bench.only().id]
    await scene.fleet(has_gateway=False).stop_all(scene.bench.records.load(), 0, "deleted")
    assert not scene.engine.containers
    assert (scene.bench.only().state, scene.bench.only().reason) == (InstanceState.STOPPED, LOST_REASON)
