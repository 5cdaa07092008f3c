"""A Worker's gateway to the Docker Engine, as the platform's process uses it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Set
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from pathlib import Path

from pywrangler.engine.address import EngineAddress
from pywrangler.engine.calls import EngineCalls
from pywrangler.engine.pulling import BringImage, FindSource, bring_nothing, no_source
from pywrangler.errors import MissingError
from pywrangler.local.gateway.containers.succession import Succession
from pywrangler.local.gateway.containers.supervisor import ContainerSupervisor
from pywrangler.local.gateway.context import GatewayContext, OutputKept, nobody_keeps_output
from pywrangler.local.gateway.engine_facts import FactFinder
from pywrangler.local.gateway.exec.execs import Execs
from pywrangler.local.gateway.ingress import PORTLESS_PORT, Ingress
from pywrangler.local.gateway.launcher import Launcher
from pywrangler.local.gateway.outbound.egress_networks import EgressNetworks
from pywrangler.local.gateway.server import DockerServer
from pywrangler.local.gateway.settings import GatewaySettings
from pywrangler.local.gateway.sidecars import Sidecars
from pywrangler.local.gateway.snapshots.requests import SnapshotRequests
from pywrangler.local.gateway.snapshots.snapshots import Snapshots
from pywrangler.local.gateway.tunnels.callers import Callers
from pywrangler.local.gateway.tunnels.first_use import IsCalled, always_called
from pywrangler.local.gateway.tunnels.listening import (
    ListeningPorts,
    cpu_seconds,
    is_reachable,
    look_inside,
)
from pywrangler.local.instances.ledger import ApplicationLookup, Ledger
from pywrangler.local.instances.snapshots import SnapshotRecords, SnapshotsInMemory


class Gateway:
    """Stands between one Worker's workerd and the Docker Engine.

    It lives in the process that supervises workerd, because a workerd that outlives its gateway takes its
    containers for ended. The reverse is fine. Containers outlive both, and a later gateway with the same
    ledger adopts them.
    """

    def __init__(
        self,
        worker: str,
        engine: EngineAddress,
        ledger: Ledger,
        applications: ApplicationLookup,
        platform_id: str,
        clock: Callable[[], float] = time.time,
        settings: GatewaySettings | None = None,
        output_kept: OutputKept = nobody_keeps_output,
        find_source: FindSource = no_source,
        home: str = "",
        is_called: IsCalled = always_called,
        snapshots: SnapshotRecords | None = None,
        bring_image: BringImage = bring_nothing,
    ) -> None:
        settings = settings or GatewaySettings()
        self.worker = worker
        self._node = settings.node
        self._engine = EngineCalls(engine)
        self._ledger = ledger
        context = GatewayContext(
            self._engine,
            ledger,
            applications,
            platform_id,
            settings,
            clock,
            output_kept,
            find_source,
            home,
            is_called,
            bring_image,
            snapshots or SnapshotsInMemory(),
        )
        kept = Snapshots(self._engine, context.snapshots, platform_id, home, clock)
        self._facts = facts = FactFinder(self._engine, settings.reach)
        self._supervisor = ContainerSupervisor(context)
        self._egress_networks = EgressNetworks(context, worker, self._supervisor)
        self._launcher = launcher = Launcher(context, self._supervisor, facts, self._egress_networks, kept)
        self._warm_up: asyncio.Task[None] | None = None
        self._ingress = Ingress(context, self._supervisor, launcher, facts)
        callers = Callers()
        self._sidecars = Sidecars(self._ingress, self._egress_networks, callers)
        self._server = DockerServer(
            engine,
            self._supervisor,
            launcher,
            self._sidecars,
            callers,
            Execs(self._engine),
            SnapshotRequests(kept, ledger, applications),
            removal_grace_seconds=settings.removal_grace_seconds,
        )

    async def start(self, socket_path: Path) -> None:
        """Adopt the instances that are alive in the ledger, then listen on `socket_path` (below 108 bytes).

        Call `reconcile` first, so that the ledger is correct. A node of a cluster has removed its containers
        before, and adopts none.
        """
        for instance in self._ledger.alive():
            if instance.worker == self.worker:
                self._supervisor.adopt(instance)
        await self._egress_networks.reopen()
        await self._server.open(socket_path)
        self._warm_up = asyncio.get_running_loop().create_task(self._launcher.warm_up())

    async def close(self) -> None:
        """Stop serving and watching. Containers continue and can be adopted."""
        if self._warm_up is not None:
            self._warm_up.cancel()
            await asyncio.gather(self._warm_up, return_exceptions=True)
        self._server.close()
        self._sidecars.close()
        self._ingress.close()
        self._supervisor.close()
        await self._egress_networks.close()
        await self._engine.close()

    @asynccontextmanager
    async def planned_restart(self) -> AsyncIterator[None]:
        """While the context is open, one workerd can replace another without losing containers.

        A workerd that stops asks for the removal of all its containers. The gateway answers that it is done,
        and keeps them.
        """
        self._server.is_restart_planned = True
        try:
            yield
        finally:
            self._server.is_restart_planned = False
            # The workerd that could ask for the reason is gone.
            self._supervisor.refusals.clear()

    async def runtime_ended(self) -> None:
        """On a node of a cluster, remove every container: its Durable Object continues elsewhere, or here in
        the next runtime, with another container. Returns when they are gone.
        """
        if self._node:
            reason = "the runtime of its Durable Object ended"
            containers = self._supervisor.containers()
            await asyncio.gather(*(self._supervisor.remove(each, reason) for each in containers))

    async def stop_instance(self, instance_id: str, grace_seconds: float, reason: str | None = None) -> None:
        """SIGTERM, and SIGKILL after `grace_seconds`. Returns when the container is gone. `reason` is
        recorded.
        """
        if (container := self._supervisor.of_instance(instance_id)) is not None:
            await self._supervisor.stop(container, grace_seconds, reason)

    @property
    def is_starting(self) -> bool:
        """Whether a container is being started for its Durable Object, up to its first open port."""
        return self._server.is_creating or any(
            each.is_coming_up(PORTLESS_PORT) for each in self._supervisor.containers()
        )

    def without_successions(self) -> AbstractAsyncContextManager[None]:
        """A context that opens when no request waits for a container that follows another one, or after a
        limited time. While it is open, `may_follow` waits.
        """
        return self._supervisor.successions.paused()

    async def may_follow(self, container_name: str) -> None:
        """Returns when the container may be replaced: its workerd is not being replaced, and a start that is
        under way is over, or takes seconds. Call `succession` at once then.
        """
        await self._supervisor.begun(container_name)
        while await self._supervisor.successions.resumed():
            await self._supervisor.begun(container_name)

    def succession(self, container_name: str) -> AbstractContextManager[Succession]:
        """While the context is open, requests to the container wait for the next one of this name."""
        return self._supervisor.successions.of(container_name)

    async def remove_instance(self, instance_id: str, reason: str | None = None) -> None:
        """Kill it; returns when the container is gone."""
        await self.stop_instance(instance_id, 0, reason)

    def last_activity(self, instance_id: str) -> float | None:
        """The time when bytes last went to or from an instance, in seconds since the epoch; None if it has no
        container.
        """
        container = self._supervisor.of_instance(instance_id)
        return container.last_activity if container else None

    def refused_ports(self, instance_id: str) -> frozenset[int]:
        """Requested ports of an instance on which nothing listened at the latest attempt."""
        container = self._supervisor.of_instance(instance_id)
        return frozenset(container.refused_ports if container else ())

    async def closed_ports(self, instance_id: str) -> frozenset[int] | None:
        """The ports for which requests asked while nothing listens on any of them; none if one is open. None
        if no port was asked for, and nothing listens.
        """
        container = self._supervisor.of_instance(instance_id)
        if container is None or container.open_ports:
            return frozenset()
        asked = self._launcher.ports_asked(container.application_id) - {PORTLESS_PORT}
        listening = await self.listening(instance_id)
        if any(is_reachable(listening, port) for port in asked or {each.port for each in listening}):
            return frozenset()
        return asked or None

    async def locate(self, instance_id: str, port: int) -> tuple[str, int]:
        """The address at which this machine reaches a port of a running instance. Raises `MissingError`."""
        container = self._supervisor.of_instance(instance_id)
        inspected = await self._supervisor.describe(container) if container else None
        if inspected is None:
            raise MissingError("It does not run.")
        address = (await self._facts.facts()).reach.locate(inspected, port)
        if address is None:
            raise MissingError(
                f"Port {port} was not published when it started, and the engine's containers have no address"
                " that this machine reaches.",
                hint="Write `EXPOSE` with the port into the Dockerfile and deploy.",
            )
        return address

    def refusal(self, container_name: str) -> str | None:
        """The reason why the latest start of a container was refused; None if it was not."""
        return self._supervisor.refusals.get(container_name)

    def asked_ports(self, container_name: str) -> AbstractContextManager[Set[int]]:
        """The ports of a container that are requested while the context is open, even after its end."""
        return self._ingress.asked_ports(container_name)

    async def log_tail(self, instance_id: str) -> list[str]:
        """The last lines (at most 200) of an instance's output, also after its end, as long as this process
        lives.
        """
        return await self._supervisor.log_tail(instance_id)

    async def listening(self, instance_id: str) -> list[ListeningPorts]:
        """The addresses on which a running instance listens, by port; empty if they are unknown."""
        container = self._supervisor.of_instance(instance_id)
        inspected = await self._supervisor.describe(container) if container else None
        return await look_inside(self._engine, inspected) if inspected else []

    async def cpu_seconds(self, instance_id: str) -> float | None:
        """How long the processes of a running instance have computed; None if that is not known."""
        container = self._supervisor.of_instance(instance_id)
        inspected = await self._supervisor.describe(container) if container else None
        return await asyncio.to_thread(cpu_seconds, inspected) if inspected else None
