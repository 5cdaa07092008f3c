"""One Worker on this machine: its listening sockets, its `workerd`, its gateway to the engine, its log."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from aiohttp import ClientConnectorError

from pywrangler.engine.address import EngineAddress
from pywrangler.engine.pulling import FindSource, bring_nothing
from pywrangler.errors import MissingError
from pywrangler.local.daemon.beside import Beside
from pywrangler.local.daemon.cluster.images import ClusterImages
from pywrangler.local.daemon.cluster.node import ClusterNode
from pywrangler.local.daemon.directories import Directories
from pywrangler.local.daemon.logs.capture import ContainerCapture
from pywrangler.local.daemon.logs.events import Event
from pywrangler.local.daemon.sleep.idleness import find_rest
from pywrangler.local.daemon.steps import worker_step
from pywrangler.local.daemon.workers.caches import open_cache
from pywrangler.local.daemon.workers.connections import connections_to, is_busy, is_in_use
from pywrangler.local.daemon.workers.control import Control, ControlError
from pywrangler.local.daemon.workers.ports import Listeners
from pywrangler.local.gateway.gateway import Gateway
from pywrangler.local.gateway.outbound.object_storage import ObjectStorage
from pywrangler.local.gateway.settings import GatewaySettings
from pywrangler.local.instances.ledger import ApplicationLookup, Ledger
from pywrangler.local.instances.records import Location
from pywrangler.local.instances.snapshots import SnapshotRecords
from pywrangler.local.workerd.bindings.products.needs import needs_workers
from pywrangler.local.workerd.cluster.membership import CONTAINER_GRACE_SECONDS
from pywrangler.local.workerd.config import plan_config
from pywrangler.local.workerd.failures import WorkerdStartError, newest_supported_date
from pywrangler.local.workerd.logs import LogBook
from pywrangler.local.workerd.process import (
    AWAITED_SECONDS,
    READY_TIMEOUT_SECONDS,
    STOP_TIMEOUT_SECONDS,
    Launch,
)
from pywrangler.local.workerd.records import ProductWorkers, WorkerSpec
from pywrangler.local.workerd.source_maps import SourceMaps
from pywrangler.local.workerd.supervisor import RuntimeSupervisor


@dataclass(frozen=True)
class PlatformServices:
    """The parts that all Workers of one platform share."""

    directories: Directories
    engine: EngineAddress
    ledger: Ledger
    applications: ApplicationLookup
    platform_id: str
    find_workerd: Callable[[], Awaitable[Path]]
    """Finds `workerd`; it may have to be downloaded first."""
    find_product_workers: Callable[[], Awaitable[ProductWorkers]]
    """The same for the Workers that serve static assets and caches."""
    output: ContainerCapture
    find_source: FindSource
    fingerprint: Callable[[str], str | None] = lambda _: None
    """A keyed hash of a text, for comparing; None without a key."""
    location: Location = field(default_factory=Location)
    """The location that containers get in variables."""
    may_mount_fuse: Callable[[str], bool] = lambda _: False
    """Whether containers of the application of this name may mount with FUSE."""
    snapshots: SnapshotRecords | None = None
    """Snapshots of containers; None: they last as long as the process."""
    object_storage: ObjectStorage | None = None
    """R2's S3 interface, as containers reach it."""
    images: ClusterImages | None = None
    """Images of all nodes of a cluster."""
    node: ClusterNode | None = None
    """This node of a cluster; None: the platform is on this machine alone."""


DOWNLOAD_SECONDS = 900.0
"""Time for a download: the Workers that serve static assets may be missing."""
GATEWAY_SECONDS = 20.0
REPLACE_SECONDS = 3 * READY_TIMEOUT_SECONDS
"""Time for three steps: the former runtime ends, the new one starts, and if that fails the former one starts
again.
"""
CRON_SECONDS = 5.0
"""workerd fires cron triggers at the beginning of a minute, and reports them when they are over."""


class HostedWorker:
    """The parts of one Worker. Do not call `run` and `close` at the same time."""

    def __init__(self, name: str, listeners: Listeners, machine: PlatformServices, log: LogBook) -> None:
        self.name = name
        self.listeners = listeners
        self.log = log
        self.supervisor = RuntimeSupervisor(log)
        self.spec: WorkerSpec | None = None
        """The latest spec that ran."""
        self.wanted: WorkerSpec | None = None
        """The same, as `run` got it."""
        self.gateway: Gateway | None = None
        self.sockets = machine.directories.sockets(name)
        self.control = Control(self.sockets.control, self.supervisor.ready)
        self._machine = machine
        self._beside = Beside(name, machine.directories, log)
        self._source_maps: dict[str, SourceMaps] = {}
        """By version."""
        self._has_starts = False
        self.supervisor.may_end_early = self._may_end_early
        self.supervisor.needs_longer = self._needs_longer
        self.supervisor.ended = self._runtime_ended

    async def run(self, spec: WorkerSpec) -> None:
        """Run `spec` instead of the current one. Returns when it accepts requests.

        Raises `WorkerdStartError` or `UnsupportedBindingError`; the current one then continues.
        """
        if self.spec is None and self._machine.node is not None:
            # What a platform had that was killed; its containers are gone since the start of this one.
            await self._machine.node.forget_leases(f"workers/{self.name}")
        if spec.has_containers:
            async with worker_step(self.name, "opening the way to the engine", GATEWAY_SECONDS):
                await self._open_gateway()
        former_maps, self._source_maps = self._source_maps, {}
        wanted = spec
        try:
            async with worker_step(self.name, "starting the version beside it", REPLACE_SECONDS):
                spec = await self._beside.begin(spec, self._start)
            await self._start(spec, self._replace)
        except BaseException:
            self._source_maps = former_maps
            await self._beside.abandon()
            raise
        self.spec, self.wanted = spec, wanted
        await self._beside.commit()

    async def _start(self, spec: WorkerSpec, run: Callable[[Launch], Awaitable[None]]) -> WorkerSpec:
        """Run `spec` by `run`, with the nearest compatibility date that `workerd` has; the given spec."""
        async with worker_step(self.name, "writing its configuration", DOWNLOAD_SECONDS):
            launch = await self._launch(spec)
        try:
            await run(launch)
        except WorkerdStartError as error:
            supported = nearest_date(spec.compatibility_date, error.detail or "", _today())
            if supported is None:
                raise
            self.log.add(
                "platform",
                f"The compatibility date {spec.compatibility_date} is newer than this workerd. "
                f"The Worker runs with {supported}.",
            )
            launch = await self._launch(replace(spec, compatibility_date=supported))
            await run(launch)
        self._source_maps[spec.version_id] = launch.source_maps
        for complaint in launch.config.complaints:
            self.log.add("platform", f"Left out: {complaint}")
        return spec

    async def _replace(self, launch: Launch) -> None:
        async with worker_step(self.name, "starting its runtime", REPLACE_SECONDS):
            await self.supervisor.replace(launch, self._planned_restart)

    def with_source_places(self, event: Event) -> Event:
        """The event with the Worker's name, and with stack traces that name places in the sources."""
        maps = self._source_maps.get(str((event.get("scriptVersion") or {}).get("id")), SourceMaps({}))
        exceptions = [
            {**each, "stack": maps.translate(str(each["stack"]))} if each.get("stack") else each
            for each in event.get("exceptions") or ()
        ]
        return {**event, "scriptName": self.name, "exceptions": exceptions}

    async def is_called(self) -> bool:
        """Whether a client, another Worker or a cron trigger calls the Worker now; True if unknown."""
        connections = connections_to(self.listeners.port)
        if connections is None or is_in_use(connections) or self.control.is_running_scheduled:
            return True
        if self.spec is not None and self.spec.crons and time.time() % 60 < CRON_SECONDS:
            return True
        with contextlib.suppress(ControlError, ClientConnectorError, TimeoutError):
            return await self.control.calls() > 0
        return False

    async def sleep(self) -> bool:
        """End an idle runtime until it is needed; whether it sleeps now.

        Nothing is lost: it sleeps only without a connection, a container and an alarm that is due. Two
        versions that share requests stay awake, and what holds Durable Objects of a cluster.
        """
        spec = self.spec
        if spec is None or spec.split is not None or spec.membership is not None or self._is_needed():
            return False
        return await self.supervisor.sleep(partial(find_rest, spec), self._is_needed)

    def _is_needed(self) -> bool:
        alive = self._machine.ledger.alive()
        return self.control.is_calling or any(each.worker == self.name for each in alive)

    async def end_runtime(self) -> None:
        """End `workerd` for good; its containers continue."""
        self.control.close()
        await self.stop_runtime()

    async def stop_runtime(self) -> None:
        """End `workerd`, which another one will follow; its containers continue."""
        async with self._planned_restart():
            await self.supervisor.stop()
        await self._beside.stop()

    async def close(self) -> None:
        """End the runtime and the gateway, and stop listening. Containers continue."""
        await self.end_runtime()
        if self.gateway is not None:
            await self.gateway.close()
        self.listeners.close()

    async def _launch(self, spec: WorkerSpec) -> Launch:
        directories = self._machine.directories
        products = await self._find_products(spec)
        if spec.cache is not None:
            await asyncio.to_thread(open_cache, spec.cache)
        return Launch(
            what=f"Version {spec.version_id} of the Worker `{self.name}`",
            config=plan_config(spec, () if spec.is_beside else self.listeners.public, products),
            binary=await self._machine.find_workerd(),
            config_file=directories.config_file(self.name),
            pid_file=directories.pid_file(self.name),
            sockets=self.sockets,
            listeners=self.listeners.descriptors,
            source_maps=SourceMaps(spec.source_maps),
        )

    async def _find_products(self, spec: WorkerSpec) -> ProductWorkers | None:
        """The product Workers, if the Worker needs them. Static assets and bindings require them, caches do
        not.
        """
        cannot_do_without = spec.assets is not None or any(map(needs_workers, spec.bindings))
        if not cannot_do_without and spec.cache is None:
            return None
        try:
            return await self._machine.find_product_workers()
        except MissingError as error:
            if cannot_do_without:
                raise
            self.log.add("platform", f"The Cache API finds nothing and keeps nothing: {error.message}")
            return None

    async def _open_gateway(self) -> None:
        if self.gateway is not None:
            return
        machine = self._machine
        gateway = Gateway(
            self.name,
            machine.engine,
            machine.ledger,
            machine.applications,
            machine.platform_id,
            settings=GatewaySettings(
                location=machine.location,
                may_mount_fuse=machine.may_mount_fuse,
                fingerprint=machine.fingerprint,
                object_storage=machine.object_storage,
                node=machine.node.name if machine.node else "",
                removal_grace_seconds=CONTAINER_GRACE_SECONDS if machine.node else None,
                places=machine.node.places if machine.node else None,
            ),
            output_kept=machine.output.output_kept,
            find_source=machine.find_source,
            bring_image=machine.images.bring if machine.images else bring_nothing,
            home=str(machine.directories.home),
            is_called=self.is_called,
            snapshots=machine.snapshots,
        )
        await gateway.start(self.sockets.gateway)
        self.gateway = gateway

    def _may_end_early(self) -> bool:
        """Whether an ending runtime only starts containers for the platform, and serves no client."""
        if self._machine.node is not None:
            return False  # until its lease is over, no other node would take its Durable Objects
        connections = connections_to(self.listeners.port) if self._has_starts else None
        return connections is not None and not is_busy(connections) and not self.control.is_running_scheduled

    @asynccontextmanager
    async def _planned_restart(self) -> AsyncIterator[None]:
        """Calls from other Workers end first, and requests that wait for the next instance have it.
        Containers continue, except on a node of a cluster.
        """
        async with contextlib.AsyncExitStack() as stack:
            if self.supervisor.is_alive:
                if self.gateway is not None and not self.control.is_closed:
                    await stack.enter_async_context(self.gateway.without_successions())
                # workerd would not end before the containers have started, whether or not a client waits.
                self._has_starts = stack.enter_context(self.control.starts_held())
                with contextlib.suppress(ControlError, ClientConnectorError, TimeoutError):
                    await self._drain()
            if self.gateway is not None and self._machine.node is None:
                await stack.enter_async_context(self.gateway.planned_restart())
            yield

    async def _drain(self) -> None:
        end = time.monotonic() + AWAITED_SECONDS
        while await self.control.drain(STOP_TIMEOUT_SECONDS):
            if not self._starts_containers() or time.monotonic() > end:
                return

    def _starts_containers(self) -> bool:
        """Whether containers are being started in a runtime that another one will follow."""
        return self.gateway is not None and not self.control.is_closed and self.gateway.is_starting

    def _needs_longer(self) -> bool:
        """Whether a client of the ending runtime waits for a container. Nodes of a cluster have their own
        time.
        """
        if self._machine.node is not None or not self._starts_containers():
            return False
        connections = connections_to(self.listeners.port)
        is_waiting = connections is None or is_in_use(each for each in connections if each.is_accepted)
        return is_waiting or self.control.is_running_scheduled

    async def _runtime_ended(self) -> None:
        if self.gateway is not None:
            await self.gateway.runtime_ended()
        if self._machine.node is not None:
            await self._machine.node.forget_leases(f"workers/{self.name}")


def nearest_date(wanted: str, complaint: str, today: str) -> str | None:
    """The compatibility date to use instead of `wanted`, if `workerd` complained that it is too new.

    None for another complaint, and for a date in the future, which Cloudflare also refuses. Dates are
    `YYYY-MM-DD`.
    """
    newest = newest_supported_date(complaint)
    return min(newest, today) if newest is not None and wanted <= today else None


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
