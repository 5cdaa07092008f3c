"""The implementation of the REST API's `Operations`, with Workers, gateways and the ledger."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from pywrangler.engine.address import EngineAddress
from pywrangler.engine.calls import EngineCalls
from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.turns import ClusterTurns
from pywrangler.local.daemon.class_starter import ClassStarter
from pywrangler.local.daemon.cleanup.prune import Pruner
from pywrangler.local.daemon.cleanup.snapshots import SnapshotKeeper
from pywrangler.local.daemon.cluster.others import ADDRESS, FORGET_APPLICATION, STOP_CONTAINERS, OtherNodes
from pywrangler.local.daemon.cluster.places import ClusterPlaces
from pywrangler.local.daemon.cluster.streams import CONTAINER_LINES, WORKER_LINES, in_order, with_others
from pywrangler.local.daemon.health import find_problems
from pywrangler.local.daemon.images import PlatformImages
from pywrangler.local.daemon.instance_control import InstanceController
from pywrangler.local.daemon.logs.events import Event, Events
from pywrangler.local.daemon.logs.logbooks import LogBooks
from pywrangler.local.daemon.products.runtimes import ProductRuntimes
from pywrangler.local.daemon.rollouts.canaries import CanaryRunner
from pywrangler.local.daemon.rollouts.egress_check import EgressCheck
from pywrangler.local.daemon.rollouts.replacing import Replacer
from pywrangler.local.daemon.rollouts.rollouts import RolloutRunner
from pywrangler.local.daemon.sleep.sleeper import Sleeper
from pywrangler.local.daemon.terminals import InstanceTerminals
from pywrangler.local.daemon.usage import UsageMeter
from pywrangler.local.daemon.workers.control import ControlError
from pywrangler.local.daemon.workers.flow_instances import find_instances
from pywrangler.local.daemon.workers.hosted import PlatformServices
from pywrangler.local.daemon.workers.object_names import ObjectNames
from pywrangler.local.daemon.workers.workers import Workers
from pywrangler.local.gateway.reconcile import sweep
from pywrangler.local.instances.records import Instance, canary_object_name
from pywrangler.local.registry.server import RegistryServer
from pywrangler.local.rest.context import turn_of
from pywrangler.local.rest.operations import (
    BringUp,
    ContainerLogLine,
    ContainerLogQuery,
    CronRun,
    EngineStatus,
    ImageListing,
    ListedImage,
    LogLine,
    PlatformStatus,
    Pruned,
    WorkerStatus,
    WorkflowRefused,
)
from pywrangler.local.store import Store
from pywrangler.local.store.records import Share

log = logging.getLogger(__name__)

ENGINE_TIMEOUT_SECONDS = 2.0
STOP_GRACE_SECONDS = 5.0
"""The grace period of containers when the platform stops."""
WORKERS_END_SECONDS = 20.0
PART_ENDS_SECONDS = 10.0
OTHERS_SECONDS = 60.0
"""How long other nodes may take to end what is here ended."""


class Platform:
    """Implements `pywrangler.local.rest.operations.Operations`, where each method is described."""

    def __init__(
        self,
        store: Store,
        machine: PlatformServices,
        process: PlatformStatus,
        logs: LogBooks,
        first_port: int,
        registry: RegistryServer,
        idle_seconds: float | None = None,
        turns: ClusterTurns | None = None,
    ) -> None:
        self.stopping = asyncio.Event()
        """Set when the platform has to stop."""
        self._store = store
        self._machine = machine
        self._process = process
        self._logs = logs
        node = machine.node
        self.products = products = ProductRuntimes(
            store,
            machine,
            first_port,
            lambda worker: self._workers.status(worker).state == "failed",
            logs.platform,
        )
        self._places: ClusterPlaces | None = None
        if node is not None:
            places = ClusterPlaces(products.kv.call_places, node.members.own.run, node.members.live_runs)
            machine.ledger.subscribe(places.instance_changed)
            self._places = places
            machine = replace(machine, node=replace(node, places=places))
        self._machine = machine = replace(machine, object_storage=products.object_storage)
        self.usage = UsageMeter(machine.engine, machine.ledger)
        self.terminals = InstanceTerminals(machine.engine, machine.ledger)
        self._events = Events()
        self._workers = Workers(store, machine, products.by_binding, logs, self._events, first_port)
        self._names = ObjectNames(machine.directories.storage, machine.ledger, machine.applications)
        stop = self._workers.fleet.stop
        self._canaries = canaries = CanaryRunner(
            machine.ledger,
            machine.applications,
            self._workers.running,
            stop,
            canary_object_name(node.name if node else ""),
        )
        self.instances = InstanceController(machine, self._workers, canaries)
        self._pruner = Pruner(store, machine)
        self._snapshots = SnapshotKeeper(store.snapshots, machine)
        self._images = PlatformImages(store, machine.engine, registry)
        self._replacer = Replacer(machine, self._workers)
        self._turns = turns
        self.others = OtherNodes(node) if node else None
        self._rollouts = RolloutRunner(
            store,
            machine.ledger,
            self._replacer.replace,
            canaries,
            turns=turns.hold if turns else None,
            replace_elsewhere=self.others.replace if self.others else None,
        )
        self._egress_check = EgressCheck(machine.ledger, canaries, stop, self.say)
        self._workers.changed = self._egress_check.begin
        self._class_starter = ClassStarter(
            store,
            machine.ledger,
            self._workers.running,
            self.follow_events,
            canaries,
            self._egress_check,
            is_alone=node is None,
        )
        self._sleeper = Sleeper(self._workers.all, idle_seconds)

    async def start(self) -> None:
        """Run the Workers that ran before, and continue rollouts."""
        self._machine.output.start()
        self._snapshots.start()
        await self._workers.start_all()
        self._sleeper.start()
        await self.products.start()
        await self._rollouts.resume()

    def dismiss_followers(self) -> None:
        """End all endless responses, so that their clients see an end and not a broken line."""
        self._logs.close()
        self._events.close()
        self.terminals.dismiss()
        self._machine.output.logs.close()

    async def close(self) -> None:
        """End everything that runs, including containers.

        A part that does not end is logged, and the rest still ends: the directory may be gone, and the engine
        may hang.
        """
        await self._sleeper.close()
        self._rollouts.close()
        self._replacer.close()
        self._pruner.close()
        self._egress_check.close()
        await self._snapshots.close()
        await _ended("the Workers", self._workers.close(STOP_GRACE_SECONDS), WORKERS_END_SECONDS)
        if self._places is not None:
            self._places.close()
        for what, ending in self.products.endings():
            await _ended(what, ending, PART_ENDS_SECONDS)
        await _ended("the measuring of instances", self.usage.close(), PART_ENDS_SECONDS)
        await _ended("the terminals", self.terminals.close(), PART_ENDS_SECONDS)
        await _ended("the logs of containers", self._machine.output.close(), PART_ENDS_SECONDS)
        self._names.close()
        sweeping = sweep(self._machine.engine, self._machine.platform_id)
        await _ended("containers that are left", sweeping, PART_ENDS_SECONDS)

    def say(self, worker: str, text: str) -> None:
        """Write a line of the platform's into a Worker's log."""
        self._logs.of(worker).add("platform", text)

    async def activate(self, worker: str, version_id: str, beside: Share | None = None) -> None:
        await self._workers.activate(worker, version_id, beside)
        if self.others is not None:
            try:
                await self.others.activate(worker, version_id, beside)
            except PywranglerError:
                await self._workers.run_version(worker, None, None)
                raise

    async def run_version(self, worker: str, version_id: str | None, beside: Share | None) -> None:
        """Run a version here that another node deploys; None: the active one again. Raises
        `PywranglerError`.
        """
        await self._workers.run_version(worker, version_id, beside)

    async def replace_instances(self, application_id: str, version: int, percentage: int) -> None:
        """Replace this share of the instances here, for a rollout on another node."""
        await self._rollouts.replace_share(application_id, version, percentage)

    async def tell_nodes(self) -> None:
        """Let other nodes of the cluster know that the state has changed."""
        if self.others is not None:
            await self.others.tell()

    async def others_changed(self, tables: frozenset[str]) -> None:
        """Run what the state says, after other nodes changed these tables; without any: as far as
        possible.
        """
        turns = self._turns
        await self._workers.reconcile(
            lambda name: turns is not None and turns.is_taken(turn_of(name)), again=not tables
        )
        await self.products.changed(tables)
        if "rollouts" in tables or not tables:
            self._rollouts.resume_waiting()

    async def refresh_bindings(self, worker: str) -> None:
        await self._workers.restart(worker)

    async def release_classes(self, worker: str, namespace_ids: Collection[str]) -> None:
        await self._workers.release_classes(worker, namespace_ids)

    async def remove_objects(self, namespace_ids: Collection[str]) -> None:
        await self._workers.remove_objects(namespace_ids)

    async def refresh_links(self, worker: str) -> None:
        await self._workers.refresh_links(worker)

    async def remove_worker(self, worker: str) -> None:
        await self._workers.remove(worker)

    async def stop_worker(self, worker: str) -> None:
        await self._workers.stop(worker, STOP_GRACE_SECONDS)

    async def stop_containers(self, worker: str) -> None:
        await self.stop_own_containers(worker)
        await self._have_others(STOP_CONTAINERS, {"worker": worker})

    async def stop_own_containers(self, worker: str) -> None:
        """End the Worker's containers on this machine."""
        await self._workers.stop_containers(worker, STOP_GRACE_SECONDS)

    async def set_address(self, worker: str, port: int | None, ip: str | None) -> str | None:
        problem = await self.set_own_address(worker, port, ip)
        await self._have_others(ADDRESS, {"worker": worker, "port": port, "ip": ip})
        return problem

    async def set_own_address(self, worker: str, port: int | None, ip: str | None) -> str | None:
        """Where the Worker listens on this machine."""
        return await self._workers.set_address(worker, port, ip)

    async def _have_others(self, call: str, body: Mapping[str, Any]) -> None:
        """Let the other nodes of the cluster do the same."""
        if self.others is not None:
            await self.others.ask_all(call, body, OTHERS_SECONDS)

    @property
    def engine(self) -> EngineAddress:
        """The engine of this machine."""
        return self._machine.engine

    def alive_instances(self) -> list[Instance]:
        """The instances of this machine that hold a place."""
        return self._machine.ledger.alive()

    def wake(self, worker: str) -> None:
        """Start the Worker's runtime if it sleeps."""
        self._workers.wake(worker)

    def worker_status(self, worker: str) -> WorkerStatus:
        return self._workers.status(worker)

    async def bring_up(self, worker: str, class_name: str) -> BringUp:
        return await self._class_starter.bring_up(worker, class_name)

    async def trigger_cron(self, worker: str, cron: str) -> CronRun:
        hosted = await self._workers.running(worker)
        begin = time.time()
        outcome = await hosted.control.run_scheduled(cron, round(begin * 1000))
        return CronRun(cron, outcome, round(time.time() - begin, 3))

    async def call_workflow(self, worker: str, call: str, request: Mapping[str, Any]) -> dict[str, Any]:
        hosted = await self._workers.running(worker)
        try:
            return await hosted.control.workflow(call, request)
        except ControlError as error:
            raise WorkflowRefused(error.message) from error
        except TimeoutError as error:
            raise WorkflowRefused("The engine did not answer in time.") from error

    async def workflow_instances(self, worker: str, workflow: str) -> Sequence[Mapping[str, Any]]:
        known = await asyncio.to_thread(find_instances, self._machine.directories.storage, workflow)
        request = {"workflow": workflow, "names": known.names, "ids": known.nameless}
        found: list[Mapping[str, Any]] = (await self.call_workflow(worker, "list", request))["instances"]
        return found

    async def remove_application(self, application_id: str) -> None:
        await self.forget_application(application_id)
        await self._have_others(FORGET_APPLICATION, {"application_id": application_id})

    async def forget_application(self, application_id: str) -> None:
        """End the application's instances on this machine."""
        # In a loop, because a request may start another one while these end.
        while alive := self._machine.ledger.alive(application_id):
            await self._workers.fleet.stop_all(alive, 0, "its application was deleted")
        self._machine.output.logs.forget(application_id)
        await self._snapshots.forget_application(application_id)
        self._pruner.release(application_id)

    async def start_rollout(self, rollout_id: str, *, is_proved: bool = False) -> None:
        self._rollouts.start(rollout_id, is_proved=is_proved)

    async def durable_object_names(self, namespace_id: str) -> Mapping[str, str]:
        return await self._names.of_namespace(namespace_id)

    def follow_logs(self, worker: str | None, tail: int, follow: bool) -> AsyncIterator[LogLine]:
        own = self.own_logs(worker, tail, follow)
        if worker is None or self.others is None:
            return own
        body = {"worker": worker, "tail": tail, "follow": follow}
        lines = with_others(own, self.others, WORKER_LINES, body, lambda told: LogLine(**told))
        return lines if follow else in_order(lines, lambda line: line.time, tail)

    def own_logs(self, worker: str | None, tail: int, follow: bool) -> AsyncIterator[LogLine]:
        """The lines of this machine's log of a Worker, or the platform's."""
        return self._logs.read(worker, tail, follow)

    async def follow_events(self, worker: str) -> AsyncIterator[Event]:
        events = self._events.follow(worker)
        await self._workers.show_events(worker)
        return events

    def tell_events(self, worker: str, events: list[Event]) -> None:
        """Pass on the events that a Worker's runtime reports."""
        hosted = self._workers.get(worker)
        self._events.tell(worker, events if hosted is None else map(hosted.with_source_places, events))

    def follow_container_logs(self, query: ContainerLogQuery) -> AsyncIterator[ContainerLogLine]:
        own = self.own_container_logs(query)
        if self.others is None:
            return own
        lines = with_others(
            own, self.others, CONTAINER_LINES, asdict(query), lambda told: ContainerLogLine(**told)
        )
        return lines if query.follow else in_order(lines, lambda line: line.time, query.tail)

    def own_container_logs(self, query: ContainerLogQuery) -> AsyncIterator[ContainerLogLine]:
        """The lines of containers of this machine."""
        return self._machine.output.logs.read(query)

    async def share_images(self, references: Collection[str]) -> None:
        if self._machine.images is not None:
            await self._machine.images.share(references)

    async def missing_images(self, references: Collection[str]) -> Sequence[str]:
        return await self._images.missing(references)

    def drop_old_images(self) -> None:
        self._pruner.begin_dropping()

    async def remove_snapshot(self, snapshot_id: str) -> bool:
        return await self._snapshots.remove(snapshot_id)

    async def prune(self, *, dry_run: bool) -> Pruned:
        return await self._pruner.prune(dry_run=dry_run)

    async def images(self) -> ImageListing:
        return await self._images.find_all()

    async def remove_image(self, name: str, tag: str) -> ListedImage:
        return await self._images.remove(name, tag)

    def platform_status(self) -> PlatformStatus:
        return self._process

    async def engine_status(self) -> EngineStatus:
        engine, url = EngineCalls(self._machine.engine), self._machine.engine.url
        try:
            async with asyncio.timeout(ENGINE_TIMEOUT_SECONDS):
                info = await engine.info()
        except TimeoutError:
            return EngineStatus(url, reachable=False, error=f"no response in {ENGINE_TIMEOUT_SECONDS:.0f} s")
        except PywranglerError as error:
            return EngineStatus(url, reachable=False, error=error.message)
        finally:
            await engine.close()
        return EngineStatus(url, reachable=True, version=info.get("ServerVersion"))

    async def problems(self) -> Sequence[str]:
        return [*self.products.problems(), *await find_problems(self._machine.directories)]

    async def stop(self) -> None:
        self.stopping.set()


async def _ended(what: str, ending: Awaitable[object], seconds: float) -> None:
    """Wait for the end of a part; errors and timeouts are logged."""
    try:
        async with asyncio.timeout(seconds):
            await ending
    except PywranglerError as error:
        log.warning("%s did not end: %s", what, error.message)
    except TimeoutError:
        log.warning("%s did not end in %.0f s.", what, seconds)
    except Exception as error:
        log.warning("%s did not end: %s: %s", what, type(error).__name__, error)
