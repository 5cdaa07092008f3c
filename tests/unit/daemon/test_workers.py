"""The platform's Workers: versions, failures, crashes, ends. The runtime and the engine are small ones."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from pywrangler.errors import MissingError
from pywrangler.local.daemon.directories import open_directories
from pywrangler.local.daemon.logs.capture import ContainerCapture
from pywrangler.local.daemon.logs.container_logs import ContainerLogs
from pywrangler.local.daemon.logs.logbooks import LogBooks
from pywrangler.local.daemon.platform import Platform
from pywrangler.local.daemon.workers.hosted import PlatformServices
from pywrangler.local.gateway import reconcile
from pywrangler.local.instances.ledger import Ledger
from pywrangler.local.instances.records import InstanceState
from pywrangler.local.registry.server import RegistryServer
from pywrangler.local.rest.operations import BringUpFailed, PlatformStatus, WorkerStartError
from pywrangler.local.store import Store
from pywrangler.local.store.records import ApplicationRecord, Namespace, StoredModule
from pywrangler.local.store.versions import VersionDraft
from pywrangler.local.workerd.records import ProductWorkers
from tests.support.engine import FakeEngine, Program, fake_engine
from tests.support.ports import free_port
from tests.support.waiting import eventually_async
from tests.support.workerd import write_workerd

NOW = 1_790_000_000.0
NAMESPACE = "a" * 32
SIZE = {"vcpu": 0.0625, "memory_mib": 256, "disk": {"size_mb": 2000}}


@dataclass
class Scene:
    """A platform as its process has it, without the process."""

    home: Path
    engine: FakeEngine
    store: Store
    ledger: Ledger
    machine: PlatformServices
    platform: Platform
    logs: LogBooks
    port: int

    async def upload(
        self, source: str, worker: str = "chat", *, classes: tuple[str, ...] = (), **metadata: Any
    ) -> str:
        """Store a version; its id."""
        if self.store.workers.get(worker) is None:
            self.store.workers.create(worker, NOW)
        number = len(list(self.home.glob("sources/*"))) + 1
        path = self.home / "sources" / str(number) / "index.js"
        path.parent.mkdir(parents=True)
        path.write_text(source)
        draft = VersionDraft(
            id=f"v{number}",
            worker=worker,
            created_on=NOW + number,
            metadata={
                "main_module": "index.js",
                "containers": [{"class_name": name} for name in classes],
                "bindings": [],
                **metadata,
            },
            modules=(StoredModule("index.js", "application/javascript+module", path, str(number)),),
            namespaces=tuple(Namespace(NAMESPACE, worker, name, use_sqlite=True) for name in classes),
            migration_tag="v1",
            content_hash=str(number),
        )
        await self.store.versions.add(draft)
        return draft.id

    async def deploy(self, source: str, worker: str = "chat", **options: Any) -> str:
        """Store a version and run it, as an upload does."""
        version_id = await self.upload(source, worker, **options)
        await self.platform.activate(worker, version_id)
        version = self.store.versions.get(version_id)
        assert version is not None
        self.store.workers.activate(version, NOW, {}, "test")
        return version_id

    def create_application(self) -> None:
        spec = {
            "configuration": {"image": "box:1", **SIZE},
            "max_instances": 2,
            "rollout_active_grace_period": 0,
        }
        self.store.applications.create(
            ApplicationRecord("app", "chat-room", NAMESPACE, "chat", "Room", 1, 1, NOW, NOW, spec)
        )

    async def get(self, path: str = "/", worker: str = "chat") -> str:
        """What the Worker answers; connections wait while its runtime is being replaced."""
        port = self.platform.worker_status(worker).port
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session,
            session.get(f"http://127.0.0.1:{port}{path}") as answer,
        ):
            return await answer.text()

    async def start_container(self, number: int = 1) -> str:
        """Let a Durable Object start its container, as workerd does."""
        connector = aiohttp.UnixConnector(str(self.machine.directories.sockets("chat").gateway))
        name = f"workerd-{NAMESPACE}-{number:064x}"
        async with aiohttp.ClientSession(connector=connector) as workerd:
            request = {"Image": f"application-of/{NAMESPACE}"}
            async with workerd.post(f"http://docker/containers/create?name={name}", json=request) as answer:
                created = await answer.json()
            async with workerd.post(f"http://docker/containers/{name}/start"):
                return str(created["Id"])

    async def log(self, worker: str | None = "chat") -> list[str]:
        return [line.text async for line in self.platform.follow_logs(worker, 100, False)]


@asynccontextmanager
async def opened(home: Path, engine: FakeEngine, port: int) -> AsyncIterator[Scene]:
    """A platform from its start to its end."""
    directories = open_directories(home, {})
    store = Store.open(home, b"k" * 32)
    ledger = Ledger(store.instances)
    program = write_workerd(home / "workerd")

    async def find_workerd() -> Path:
        return program

    async def find_product_workers() -> ProductWorkers:
        raise MissingError("no Workers of the product can be fetched here")

    machine = PlatformServices(
        directories=directories,
        engine=engine.address,
        ledger=ledger,
        applications=store.applications,
        platform_id=store.account_id,
        find_workerd=find_workerd,
        find_product_workers=find_product_workers,
        output=ContainerCapture(engine.address, ledger, ContainerLogs(directories.container_logs, ledger)),
        find_source=lambda _: None,
        fingerprint=lambda _: None,
    )
    logs = LogBooks(directories)
    await reconcile(engine.address, ledger, store.applications, store.account_id)
    registry = RegistryServer(home / "registry", "127.0.0.1:1", store.account_id, lambda _: frozenset())
    platform = Platform(store, machine, PlatformStatus("1", 1, str(home), NOW), logs, port, registry)
    try:
        yield Scene(home, engine, store, ledger, machine, platform, logs, port)
    finally:
        platform.dismiss_followers()
        await platform.close()
        store.close()


@pytest.fixture
async def engine(home: Path) -> AsyncIterator[FakeEngine]:
    home.mkdir()  # noqa: ASYNC240 - a moment, before anything else runs
    async with fake_engine(home / "engine.sock") as engine:
        engine.add_image("box:1")
        yield engine


@pytest.fixture(autouse=True)
def no_firewall(monkeypatch: pytest.MonkeyPatch) -> None:
    """The packet filter takes root."""
    monkeypatch.setattr("shutil.which", lambda _: None)


@pytest.fixture
async def scene(home: Path, engine: FakeEngine) -> AsyncIterator[Scene]:
    async with opened(home, engine, free_port()) as scene:
        yield scene


async def test_a_version_answers_until_the_next_one_does(scene: Scene) -> None:
    await scene.deploy("one")
    status = scene.platform.worker_status("chat")
    assert (status.port, status.state, status.error) == (scene.port, "running", None)
    assert await scene.get() == "one"
    await scene.deploy("two")
    assert await scene.get() == "two"
    assert scene.platform.worker_status("chat").port == scene.port


async def test_code_that_throws_changes_nothing(scene: Scene) -> None:
    await scene.deploy("one")
    with pytest.raises(WorkerStartError) as caught:
        await scene.deploy("throw two")
    assert caught.value.message == "The code of the Worker `chat` threw an error while it was loaded."
    assert "throw two" in str(caught.value.detail)
    assert await scene.get() == "one"
    assert scene.platform.worker_status("chat").state == "running"


async def test_a_first_version_that_does_not_start_listens_nowhere(scene: Scene) -> None:
    with pytest.raises(WorkerStartError):
        await scene.deploy("throw")
    status = scene.platform.worker_status("chat")
    assert status.state == "failed"
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", scene.port)
    await scene.deploy("one")
    assert await scene.get() == "one"


async def test_a_version_that_is_not_there_is_named(scene: Scene) -> None:
    scene.store.workers.create("chat", NOW)
    with pytest.raises(WorkerStartError, match='Worker "chat" has no version v9'):
        await scene.platform.activate("chat", "v9")


async def test_a_runtime_that_crashes_is_started_again(scene: Scene) -> None:
    await scene.deploy("one")
    with pytest.raises(aiohttp.ClientError):
        await scene.get("/crash")
    assert await scene.get() == "one"

    async def is_running() -> bool:
        return scene.platform.worker_status("chat").state == "running"

    await eventually_async(is_running, what="the runtime")
    assert "workerd ended with status 9. It is started again." in await scene.log()


async def test_a_runtime_that_does_not_end_is_killed(scene: Scene) -> None:
    await scene.deploy("one hang")
    pid_file = scene.machine.directories.pid_file("chat")
    pid = int(pid_file.read_text())
    hosted = await scene.platform._workers.running("chat")
    await hosted.supervisor.stop(0.05)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not pid_file.exists()


async def test_a_runtime_has_longer_while_a_container_is_started_for_a_client(scene: Scene) -> None:
    await scene.deploy("one hang")
    pid = int(scene.machine.directories.pid_file("chat").read_text())
    hosted = await scene.platform._workers.running("chat")
    asked = list[int]()
    hosted.supervisor.needs_longer = lambda: asked.append(pid) or len(asked) < 5
    await hosted.supervisor.stop(0.2)
    assert len(asked) > 5
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_what_the_worker_writes_is_in_its_log(scene: Scene) -> None:
    await scene.deploy("one")
    await scene.get("/log")

    async def is_written() -> bool:
        return "from the Worker" in await scene.log()

    await eventually_async(is_written, what="the line")


async def test_workers_have_ports_of_their_own_and_keep_them(home: Path, engine: FakeEngine) -> None:
    first = free_port()
    async with opened(home, engine, first) as scene:
        await scene.deploy("a", "a")
        await scene.deploy("b", "b")
        assert [scene.platform.worker_status(name).port for name in ("a", "b")] == [first, first + 1]
    with socket.create_server(("127.0.0.1", first)):
        async with opened(home, engine, first) as scene:
            await scene.platform.start()
            assert [await scene.get(worker=name) for name in ("a", "b")] == ["a", "b"]
            status = scene.platform.worker_status("a")
            assert status.port == first + 2
            assert f"Port {first} is used by " in str(status.error)


async def test_a_worker_that_does_not_start_with_the_platform_keeps_no_other_back(
    home: Path, engine: FakeEngine
) -> None:
    async with opened(home, engine, free_port()) as scene:
        await scene.deploy("a", "a")
        await scene.deploy("b", "b")
        (module,) = scene.store.versions.get("v1").modules  # type: ignore[union-attr]
        module.path.chmod(0o600)
        module.path.write_text("throw now")
    async with opened(home, engine, free_port()) as scene:
        await scene.platform.start()
        assert await scene.get(worker="b") == "b"
        assert scene.platform.worker_status("a").state == "failed"


async def test_containers_outlive_a_new_version_of_their_worker(scene: Scene) -> None:
    await scene.deploy(f"one knows workerd-{NAMESPACE}-{1:064x}", classes=("Room",))
    scene.create_application()
    container_id = await scene.start_container()
    await scene.deploy("two", classes=("Room",))
    assert [each.id for each in scene.engine.running()] == [container_id]
    assert [each.state for each in scene.ledger.alive()] == [InstanceState.RUNNING]


async def test_containers_of_a_class_that_is_gone_are_stopped(scene: Scene) -> None:
    await scene.deploy("one", classes=("Room",))
    scene.create_application()
    await scene.start_container()
    await scene.deploy("two")
    assert not scene.engine.containers
    assert scene.ledger.of_application("app")[0].reason == "its class has no container any more"


async def test_a_deleted_worker_leaves_no_container_no_log_and_no_storage(scene: Scene) -> None:
    await scene.deploy("one", classes=("Room",))
    scene.create_application()
    await scene.start_container()
    await scene.get("/log")
    storage = scene.machine.directories.storage / NAMESPACE
    storage.mkdir(exist_ok=True)
    await scene.platform.remove_worker("chat")
    assert not scene.engine.containers
    assert not storage.exists()
    assert not scene.machine.directories.worker_log("chat").exists()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", scene.port)


async def test_a_deleted_application_ends_its_containers(scene: Scene) -> None:
    await scene.deploy("one", classes=("Room",))
    scene.create_application()
    await scene.start_container(1)
    await scene.start_container(2)
    await scene.platform.remove_application("app")
    assert not scene.engine.containers
    assert {each.reason for each in scene.ledger.of_application("app")} == {"its application was deleted"}
    assert await scene.get() == "one"


async def test_a_class_that_moves_to_another_worker_ends_here(scene: Scene) -> None:
    await scene.deploy("one", classes=("Room",))
    scene.create_application()
    await scene.start_container()
    await scene.platform.release_classes("chat", [NAMESPACE])
    assert not scene.engine.containers
    storage = scene.machine.directories.storage / NAMESPACE
    storage.mkdir(exist_ok=True)
    await scene.platform.remove_objects([NAMESPACE])
    assert not storage.exists()
    await scene.platform.refresh_bindings("chat")
    assert await scene.get() == "one"


async def test_the_end_of_the_platform_ends_all_it_runs(home: Path, engine: FakeEngine) -> None:
    async with opened(home, engine, free_port()) as scene:
        await scene.deploy("one", classes=("Room",))
        scene.create_application()
        await scene.start_container()
        assert engine.networks
        pid_file = scene.machine.directories.pid_file("chat")
        assert pid_file.exists()
    assert not engine.containers
    assert not engine.networks
    assert not pid_file.exists()
    ((_, ended),) = [(each.state, each.reason) for each in scene.ledger.of_application("app")]
    assert ended == "the platform stopped"


async def test_a_class_without_an_application_cannot_be_brought_up(scene: Scene) -> None:
    await scene.deploy("one", classes=("Room",))
    with pytest.raises(BringUpFailed, match="the class Room of the Worker chat has no container application"):
        await scene.platform.bring_up("chat", "Room")


async def test_a_class_that_starts_its_container_elsewhere_is_not_tried(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pywrangler.local.daemon.bring_up.verdicts.START_SECONDS", 0.05)
    await scene.deploy("one", classes=("Room",))
    scene.create_application()
    brought = await scene.platform.bring_up("chat", "Room")
    assert brought.instance_id is None
    assert "starts the container at another moment" in str(brought.note)


async def test_a_cron_trigger_can_be_fired(scene: Scene) -> None:
    await scene.deploy("one")
    run = await scene.platform.trigger_cron("chat", "* * * * *")
    assert (run.cron, run.outcome) == ("* * * * *", "ok")


async def test_the_engines_state_is_reported(scene: Scene) -> None:
    status = await scene.platform.engine_status()
    assert (status.reachable, status.address) == (True, scene.engine.address.url)
    await scene.engine.stop()
    status = await scene.platform.engine_status()
    assert not status.reachable
    assert status.error
    await scene.engine.start()


async def test_the_output_of_containers_is_kept(home: Path, engine: FakeEngine) -> None:
    engine.add_image("box:1", Program(output=("hello", "bye")))
    async with opened(home, engine, free_port()) as scene:
        await scene.platform.start()
        await scene.deploy("one", classes=("Room",))
        scene.create_application()
        engine.exit(await scene.start_container())

        async def is_kept() -> bool:
            files = scene.machine.directories.container_logs.rglob("*")
            return any(file.is_file() and "bye" in file.read_text(errors="replace") for file in files)

        await eventually_async(is_kept, what="the output on disk")
