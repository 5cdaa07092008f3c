"""A small world around a gateway: real workerd, the real engine, records in memory, and a Worker to talk
to.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any

import aiohttp

from pywrangler.engine.address import EngineAddress, find_engine
from pywrangler.local.gateway import Gateway, GatewaySettings, reconcile
from pywrangler.local.gateway.snapshots.images import REPOSITORY
from pywrangler.local.instances.ledger import Ledger
from pywrangler.local.instances.records import Application, Instance, InstanceState
from pywrangler.local.instances.snapshots import SnapshotsInMemory
from tests.support.containers import remove_containers, remove_images
from tests.support.ports import free_port
from tests.support.waiting import eventually_async

HERE = Path(__file__).parent
CLASSES = ("Raw", "Box", "Guarded")
WORKER = "gateway-test"

CONFIGURATION = """\
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "index.js", esModule = embed "index.js")],
      compatibilityDate = "2026-11-01",
      bindings = [(name = "RAW", durableObjectNamespace = "Raw"),
                  (name = "BOX", durableObjectNamespace = "Box"),
                  (name = "GUARDED", durableObjectNamespace = "Guarded"),
                  (name = "CODE", unsafeEval = void),
                  (name = "pywrangler: refused calls", wrapped = (moduleName = "pywrangler:refused-calls",
                    innerBindings = [(name = "name", text = "pywrangler: refused calls"),
                      (name = "gateway", service = "gateway")]))],
      durableObjectNamespaces = [
        (className = "Raw", uniqueKey = "{raw}", enableSql = true,
         container = (imageName = "application-of/{raw}")),
        (className = "Box", uniqueKey = "{box}", enableSql = true,
         container = (imageName = "application-of/{box}")),
        (className = "Guarded", uniqueKey = "{guarded}", enableSql = true,
         container = (imageName = "application-of/{guarded}"))],
      durableObjectStorage = (localDisk = "do"),
      containerEngine = (localDocker = (socketPath = "unix:gateway.sock",
                                        containerEgressInterceptorImage = "virtual")))),
    (name = "gateway", external = (address = "unix:gateway.sock", http = ())),
    (name = "do", disk = (path = "do", writable = true))],
  extensions = [(modules = [
    (name = "pywrangler:refused-calls", internal = true, esModule = embed "refused_calls.js")])],
  sockets = [(name = "http", address = "127.0.0.1:{port}", http = (), service = "main")]);
"""


@dataclass
class Records:
    """Applications and instances in memory; outlives gateways, as the store does."""

    applications: dict[str, Application]
    instances: dict[str, Instance] = field(default_factory=dict)

    def by_namespace(self, namespace_id: str) -> Application | None:
        return next((a for a in self.applications.values() if a.namespace_id == namespace_id), None)

    def by_id(self, application_id: str) -> Application | None:
        return next((a for a in self.applications.values() if a.id == application_id), None)

    def save(self, instance: Instance) -> None:
        self.instances[instance.id] = instance

    def load(self) -> list[Instance]:
        return list(self.instances.values())

    def forget_before(self, time: float) -> None:
        pass

    def forget(self, instance_ids: Collection[str]) -> None:
        pass


def make_application(class_name: str, image: str) -> Application:
    """An application of the test Worker, of the smallest documented size but for its CPU."""
    return Application(
        id=f"00000000-0000-4000-8000-00000000000{CLASSES.index(class_name)}",
        name=f"{WORKER}-{class_name.lower()}",
        worker=WORKER,
        class_name=class_name,
        # Of its own in every world: container names are made of it, and worlds may run side by side.
        namespace_id=os.urandom(16).hex(),
        image=image,
        version=1,
        max_instances=10,
        vcpu=1,
        memory_mib=256,
        disk_mb=2000,
    )


class World:
    """One Worker with its gateway."""

    def __init__(
        self,
        directory: Path,
        workerd: Path,
        script: bytes,
        image: str,
        settings: GatewaySettings,
        platform_id: str,
    ) -> None:
        self.directory = directory
        self.workerd = workerd
        self.settings = settings
        self.platform_id = platform_id
        self.engine: EngineAddress = find_engine(os.environ)
        self.records = Records({name: make_application(name, image) for name in CLASSES})
        self.port = free_port()
        self.process: asyncio.subprocess.Process | None = None
        directory.mkdir(parents=True)
        (directory / "do").mkdir()
        (directory / "index.js").write_bytes(script)
        calls = resources.files("pywrangler.local.workerd.scripts").joinpath("refused_calls.js").read_bytes()
        (directory / "refused_calls.js").write_bytes(calls)
        text = CONFIGURATION.format(
            port=self.port,
            **{name.lower(): found.namespace_id for name, found in self.records.applications.items()},
        )
        (directory / "config.capnp").write_text(text)
        self.snapshots = SnapshotsInMemory()
        self.is_called = True
        """What the gateway believes about calls from outside."""
        self.new_life()

    # Parts

    def new_life(self) -> None:
        """A gateway and a ledger as a new process of the platform would make them."""
        self.ledger = Ledger(self.records)
        self.gateway = Gateway(
            WORKER,
            self.engine,
            self.ledger,
            self.records,
            self.platform_id,
            settings=self.settings,
            home=str(self.directory),
            is_called=self._is_called,
            snapshots=self.snapshots,
        )

    async def _is_called(self) -> bool:
        return self.is_called

    async def start_gateway(self) -> None:
        await reconcile(self.engine, self.ledger, self.records, self.platform_id)
        await self.gateway.start(self.directory / "gateway.sock")

    async def start_workerd(self) -> None:
        """Returns when the Worker answers."""
        arguments = ("serve", "config.capnp", "--experimental")
        with (self.directory / "workerd.log").open("ab") as errors:
            self.process = await asyncio.create_subprocess_exec(
                self.workerd, *arguments, cwd=self.directory, stderr=errors
            )

        async def answers() -> bool:
            assert self.process.returncode is None, (self.directory / "workerd.log").read_text()
            try:
                return bool(await self.text("/id/raw"))
            except aiohttp.ClientError:
                return False

        await eventually_async(answers, what="workerd's first response")

    async def end_workerd(self, *, kill: bool = False) -> None:
        process, self.process = self.process, None
        if process is not None:
            (process.kill if kill else process.terminate)()
            await process.wait()

    # Talking to the Worker

    async def text(self, path: str, **options: Any) -> str:
        async with self.session.get(self.url(path), **options) as response:
            return await response.text()

    async def get(self, path: str, **options: Any) -> tuple[int, Any]:
        """Status, and the body as JSON where it is that."""
        async with self.session.get(self.url(path), **options) as response:
            body = await response.read()
            try:
                return response.status, await response.json(content_type=None)
            except ValueError:
                return response.status, body.decode()

    async def call(self, name: str, operation: str, *arguments: object) -> Any:
        """Call a method of a Durable Object: `raw...` of Raw, `guarded...` of Guarded, others of Box.

        Raises RuntimeError with what it throws.
        """
        async with self.session.post(self.url(f"/call/{name}/{operation}"), json=arguments) as response:
            answer = await response.json(content_type=None)
        if "error" in answer:
            raise RuntimeError(answer["error"]["message"])
        return answer["result"]

    async def run(self, name: str, code: str, *arguments: object) -> Any:
        """Run JavaScript in a Raw object; the value that it returns. `c` is `ctx.container`, `args` are the
        arguments; for the other names see worker/index.js. Raises RuntimeError with what it throws.
        """
        return await self.call(name, "run", code, list(arguments))

    async def outcome(self, name: str) -> Any:
        """What monitor() of a Raw object ended with."""
        return await eventually_async(lambda: self.call(name, "monitored"), what="monitor()'s end")

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    # Looking

    def change(self, class_name: str, **changes: Any) -> None:
        """Change an application, as a deploy would."""
        self.records.applications[class_name] = replace(self.records.applications[class_name], **changes)

    def instances(self, class_name: str) -> list[Instance]:
        return self.ledger.of_application(self.records.applications[class_name].id)

    def alive(self, class_name: str) -> list[Instance]:
        return self.ledger.alive(self.records.applications[class_name].id)

    async def running(self, class_name: str) -> Instance:
        """The class's only instance alive, once it runs."""

        def look() -> Instance | None:
            found = self.alive(class_name)
            return found[0] if len(found) == 1 and found[0].state is InstanceState.RUNNING else None

        async with asyncio.timeout(15):
            return await self.ledger.wait_for(look)

    async def ended(self, instance_id: str, timeout_seconds: float = 15) -> Instance:
        """The instance once it has ended."""

        def look() -> Instance | None:
            instance = self.ledger.get(instance_id)
            return instance if instance and instance.state.is_final else None

        async with asyncio.timeout(timeout_seconds):
            return await self.ledger.wait_for(look)

    def in_engine(self) -> list[str]:
        """Ids of this world's running containers, asked of Docker itself."""
        label = f"label=pywrangler.platform={self.platform_id}"
        done = subprocess.run(
            ["docker", "ps", "-q", "--no-trunc", "--filter", label],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split()


@asynccontextmanager
async def open_world(
    directory: Path, workerd: Path, script: bytes, image: str, settings: GatewaySettings, platform_id: str
) -> AsyncIterator[World]:
    """A world that runs; afterwards nothing of it is left but the platform's networks."""
    world = World(directory, workerd, script, image, settings, platform_id)
    async with aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=60), max_field_size=65536
    ) as world.session:
        try:
            await world.start_gateway()
            await world.start_workerd()
            yield world
        finally:
            await world.end_workerd(kill=True)
            await world.gateway.close()
            remove_containers(f"pywrangler.platform={platform_id}")
            remove_images(f"{REPOSITORY}/{platform_id[:8]}")
    assert world.in_engine() == []
