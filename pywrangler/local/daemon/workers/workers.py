"""The Workers that run on this machine, the addresses on which they listen, and the change from one version
to another.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.logs.events import Events
from pywrangler.local.daemon.logs.logbooks import LogBooks
from pywrangler.local.daemon.steps import worker_step
from pywrangler.local.daemon.workers.files import paths_of, remove_all
from pywrangler.local.daemon.workers.fleet import Fleet
from pywrangler.local.daemon.workers.hosted import HostedWorker, PlatformServices
from pywrangler.local.daemon.workers.location import place_of
from pywrangler.local.daemon.workers.moves import Move
from pywrangler.local.daemon.workers.port_holders import describe_holder
from pywrangler.local.daemon.workers.ports import Listeners, PortError, open_listeners
from pywrangler.local.daemon.workers.specs import (
    is_other_code,
    lost_secrets,
    named_classes,
    remote_classes,
    spec_of,
    split_of,
)
from pywrangler.local.daemon.workers.start_errors import (
    as_sentence,
    lost_file,
    lost_secrets_note,
    start_error,
)
from pywrangler.local.gateway.gateway import Gateway
from pywrangler.local.instances.records import Instance
from pywrangler.local.rest.operations import WorkerStartError, WorkerStatus
from pywrangler.local.store import Store
from pywrangler.local.store.records import Share, Version, Worker
from pywrangler.local.workerd.failures import UnsupportedBindingError, WorkerdStartError
from pywrangler.local.workerd.records import WorkerSpec

log = logging.getLogger(__name__)

DOWNLOAD_SECONDS = 900.0
"""Finding installed programs is quick. Downloads over a slow line take minutes."""
STOP_GRACE_SECONDS = 5.0
PRODUCT_SECONDS = 90.0
"""For the runtime of a product, such as KV."""


class BindingRuntime(NamedTuple):
    """The runtime behind a type of binding."""

    what: str
    ensure_running: Callable[[], Awaitable[None]]
    seconds: float = PRODUCT_SECONDS
    """How long its start may take."""


class Workers:
    """Owns every `HostedWorker`. Changes of one Worker happen one after the other."""

    def __init__(
        self,
        store: Store,
        machine: PlatformServices,
        products: Mapping[str, BindingRuntime],
        logs: LogBooks,
        events: Events,
        first_port: int,
    ) -> None:
        self.fleet = Fleet(machine, self.gateway_of)
        self._store = store
        self._machine = machine
        self._products = products
        """Starts the runtimes behind types of bindings."""
        self._logs = logs
        self._events = events
        self._first_port = first_port
        self._hosted: dict[str, HostedWorker] = {}
        self._failures: dict[str, str] = {}
        """Why Workers are not hosted."""
        self._failed: dict[str, WorkerSpec] = {}
        """What another node of the cluster wants to run and does not start here."""
        self._notes: dict[str, str] = {}
        """Notes for users about hosted Workers."""
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.changed: Callable[[str], None] = lambda _: None
        """Called with the name of a Worker whose code or bindings have changed."""

    def get(self, name: str) -> HostedWorker | None:
        """The Worker, if it is hosted."""
        return self._hosted.get(name)

    def all(self) -> list[HostedWorker]:
        """The Workers that are hosted."""
        return list(self._hosted.values())

    def wake(self, name: str) -> None:
        """Start the Worker's runtime if it sleeps."""
        if hosted := self._hosted.get(name):
            hosted.supervisor.wake()

    def gateway_of(self, name: str) -> Gateway | None:
        """The Worker's gateway, if it has one."""
        hosted = self._hosted.get(name)
        return hosted.gateway if hosted else None

    def status(self, name: str) -> WorkerStatus:
        """The Worker's address and state."""
        if hosted := self._hosted.get(name):
            error = hosted.supervisor.error or self._notes.get(name)
            where = hosted.listeners
            return WorkerStatus(where.port, hosted.supervisor.state, error, where.ip)
        found, failure = self._store.workers.get(name), self._failures.get(name)
        if found and found.is_stopped:
            failure = STOPPED
        port = (found.port if found else None) or self._first_port
        return WorkerStatus(port, "failed" if failure else "starting", failure, found.ip if found else None)

    async def start_all(self) -> None:
        """Run every Worker that has an active version. If one does not start, its status says so."""
        workers = self._store.workers.all()
        wanted = (each.name for each in workers if each.active_version_id and not each.is_stopped)
        await asyncio.gather(*map(self._start, wanted))

    async def running(self, name: str) -> HostedWorker:
        """The Worker with its runtime started. Calls through its `control` wait until it accepts them.

        Waits for a start in progress, as after every start of the platform, and retries a failed start.
        Raises `WorkerStartError` with the reason if it does not start.
        """
        lock = self._locks[name]
        is_starting = lock.locked()
        async with lock:
            found = self._store.workers.get(name)
            version_id = found.active_version_id if found and not found.is_stopped else None
            if name not in self._hosted and version_id is not None and not is_starting:
                await self._activate(name, version_id, self._share_beside(name, version_id))
            hosted = self._hosted.get(name)
        if hosted is None:
            raise WorkerStartError(self._failures.get(name) or f'The Worker "{name}" does not run.')
        return hosted

    async def activate(self, name: str, version_id: str, beside: Share | None = None) -> None:
        """Run this version of the Worker; `beside` gets its share of the requests.

        Raises `WorkerStartError`; what ran before then continues.
        """
        async with self._locks[name]:
            await self._activate(name, version_id, beside)

    def _share_beside(self, name: str, version_id: str) -> Share | None:
        """The version that shares the requests with the active one, as the store has it."""
        shares = self._store.workers.split(name)
        return next((share for share in shares if share.version_id != version_id), None)

    async def _activate(self, name: str, version_id: str, beside: Share | None) -> None:
        version = self._store.versions.get(version_id)
        if version is None:
            raise WorkerStartError(f'The Worker "{name}" has no version {version_id}.')
        hosted = self._hosted.get(name) or self._host(name)
        try:
            await self._bring_files(version, beside)
            try:
                spec = self._spec(version, beside)
            except OSError as error:
                raise lost_file(name, error) from error
            async with worker_step(name, "looking for workerd", DOWNLOAD_SECONDS):
                await self._machine.find_workerd()
            for kind, runtime in self._products.items():
                if spec.has_binding(kind) or (spec.split and spec.split.other.has_binding(kind)):
                    async with worker_step(name, f"starting {runtime.what}", runtime.seconds):
                        await runtime.ensure_running()
            before = hosted.spec
            if lost := lost_secrets(version, spec):
                self._note(name, lost_secrets_note(name, lost))
            await hosted.run(spec)
        except PywranglerError as error:
            await self._drop_if_dead(hosted, error)
            if isinstance(error, (WorkerdStartError, UnsupportedBindingError)):
                raise start_error(name, error) from error
            raise
        classless = self._without_class(name, spec)
        await self.fleet.stop_all(classless, 0, "its class has no container any more")
        if before is not None and is_other_code(before, spec):
            self.changed(name)

    async def _bring_files(self, version: Version, beside: Share | None) -> None:
        """Get the files that came through another node of the cluster."""
        other = self._store.versions.get(beside.version_id) if beside else None
        for each in (version, other) if other else (version,):
            await self._store.versions.bring_files(each)
            manifest = (each.metadata.get("assets") or {}).get("manifest") or {}
            await self._store.assets.bring_files({*manifest.values()})

    async def reconcile(self, is_changing: Callable[[str], bool], *, again: bool) -> None:
        """Run what the store says, after another node of the cluster changed it, and nothing else.

        Workers that a node is changing are left alone until it has done so. `again`: try also what did not
        start when it was tried before.
        """
        if again:
            self._failed.clear()
        known = {each.name: each for each in self._store.workers.all()}
        wanted = [each for each in known.values() if each.active_version_id and not each.is_stopped]
        for name in self._hosted.keys() - {each.name for each in wanted}:
            if name not in known and not is_changing(name):
                await self.remove(name)
            elif name in known and known[name].is_stopped and not is_changing(name):
                async with self._locks[name]:
                    await self._end(name, STOP_GRACE_SECONDS)
        for worker in wanted:
            if not is_changing(worker.name):
                await self._renew(worker.name)

    async def _renew(self, name: str) -> None:
        """Run the active version, unless it runs with its current settings and bindings."""
        async with self._locks[name]:
            version, hosted = self._store.versions.active(name), self._hosted.get(name)
            if version is None:
                return
            beside = self._share_beside(name, version.id)
            try:
                await self._bring_files(version, beside)
                wanted = self._spec(version, beside)
                if (hosted and hosted.wanted == wanted) or self._failed.get(name) == wanted:
                    return
                self._failed[name] = wanted
                await self._activate(name, version.id, beside)
                del self._failed[name]
            except (PywranglerError, OSError) as error:
                log.warning("Worker %s does not run as another node changed it: %s", name, error)

    def _spec(self, version: Version, beside: Share | None) -> WorkerSpec:
        """What to run. Raises `OSError` if a file of it is lost."""
        directories = self._machine.directories
        spec = spec_of(version, self._store, directories)
        split = split_of(beside, version, self._store, directories) if beside else None
        # `dev` follows it as soon as it runs, and would have it started again.
        followed = version.is_of_dev or self._events.is_followed(version.worker)
        place = place_of(self._machine.location)
        node = self._machine.node
        membership = node.membership(f"workers/{version.worker}") if node else None
        if split is not None:
            other = replace(split.other, is_followed=followed, place=place)
            split = replace(split, other=other)
        return replace(spec, is_followed=followed, place=place, split=split, membership=membership)

    async def set_address(self, name: str, port: int | None, ip: str | None) -> str | None:
        """Make the Worker listen there. If that is not possible, returns the reason; the Worker then has its
        former port or the next free one, and loopback instead of an address that this machine lacks.
        """
        async with self._locks[name]:
            hosted, found = self._hosted.get(name), self._store.workers.get(name)
            if hosted is None or found is None or found.active_version_id is None:
                return None  # it failed, and its deploy reports that
            before = hosted.listeners
            move = Move(before, self._owners_of_others(name), self._first_port)
            if not await asyncio.to_thread(move.open_beside, port, ip):
                await hosted.stop_runtime()
                before.close()
                move.open_in_place()
            if move.after is not before:
                hosted.listeners = move.after
                self._notes.pop(name, None)
                self._store.workers.set_address(name, move.after.port, move.after.ip)
                try:
                    active = found.active_version_id
                    await self._activate(name, active, self._share_beside(name, active))
                finally:
                    before.close()
            return move.problem

    async def restart(self, name: str) -> None:
        """Restart the active version with its current bindings."""
        found = self._store.workers.get(name)
        if found and found.active_version_id:
            active = found.active_version_id
            await self.activate(name, active, self._share_beside(name, active))

    async def show_events(self, name: str) -> None:
        """Restart the Worker if its runtime does not report events. Raises `WorkerStartError`."""
        hosted = await self.running(name)
        if hosted.spec is not None and not hosted.spec.is_followed:
            await self.restart(name)

    async def release_classes(self, name: str, namespace_ids: Collection[str]) -> None:
        """End the Worker's runtime and the containers of these namespaces; `restart` starts it again."""
        async with self._locks[name]:
            if hosted := self._hosted.get(name):
                await hosted.stop_runtime()
            served = [
                each for each in self.fleet.of_worker(name) if self._namespace_of(each) in namespace_ids
            ]
            await self.fleet.stop_all(served, 0, "its class was transferred to another Worker")

    async def remove_objects(self, namespace_ids: Collection[str]) -> None:
        """Remove the storage of namespaces that no Worker serves any longer."""
        directories = [self._machine.directories.storage / namespace_id for namespace_id in namespace_ids]
        await asyncio.to_thread(remove_all, directories)

    async def refresh_links(self, name: str) -> None:
        """Restart the Worker if classes of other Workers have changed since its start."""
        async with self._locks[name]:  # a start in progress may have read the former ones
            hosted = self._hosted.get(name)
        spec, version = hosted.spec if hosted else None, self._store.versions.active(name)
        if spec is None or version is None:
            return
        named = spec.remote_classes, named_classes(spec.bindings)
        if named != (remote_classes(version.bindings, self._store), named_classes(version.bindings)):
            await self.restart(name)

    async def remove(self, name: str) -> None:
        """End the Worker and its containers, remove its log and the storage of its Durable Objects."""
        async with self._locks[name]:
            await self._end(name, 0, "its Worker was deleted")
            self._logs.forget(name)
            self._events.forget(name)
            paths = paths_of(name, self._store, self._machine.directories)
            await asyncio.to_thread(remove_all, paths)

    async def stop(self, name: str, grace_seconds: float) -> None:
        """End the Worker and its containers, and keep what they stored. It stays stopped until its next
        version.
        """
        async with self._locks[name]:
            await self._end(name, grace_seconds)
            store = self._store
            await store.change(lambda: store.workers.set_stopped(name, is_stopped=True))

    async def _end(self, name: str, grace_seconds: float, reason: str = "its Worker was stopped") -> None:
        hosted = self._hosted.get(name)
        if hosted is not None:
            await hosted.end_runtime()
        await self.fleet.stop_all(self.fleet.of_worker(name), grace_seconds, reason)
        if hosted is not None:
            await hosted.close()
        self._hosted.pop(name, None)
        self._failures.pop(name, None)
        self._notes.pop(name, None)

    async def run_version(self, name: str, version_id: str | None, beside: Share | None) -> None:
        """Run a version that a node deploys; None: the active one again, if there is one. Raises
        `PywranglerError`.
        """
        if version_id is not None:
            await self.activate(name, version_id, beside)
            return
        found = self._store.workers.get(name)
        if found and found.active_version_id and not found.is_stopped:
            await self.restart(name)
            return
        async with self._locks[name]:
            await self._end(name, 0)

    async def stop_containers(self, name: str, grace_seconds: float) -> None:
        """End the Worker's containers. Their Durable Objects start them again when they are called."""
        await self.fleet.stop_all(self.fleet.of_worker(name), grace_seconds, "it was restarted")

    async def close(self, grace_seconds: float) -> None:
        """End all runtimes, then the containers, which have this long to stop, then the gateways."""
        hosted = list(self._hosted.values())
        await _all_ended(each.end_runtime() for each in hosted)
        alive, reason = self._machine.ledger.alive(), "the platform stopped"
        await _all_ended(self.fleet.stop(each, grace_seconds, reason) for each in alive)
        await _all_ended(each.close() for each in hosted)

    async def _start(self, name: str) -> None:
        try:
            await self.running(name)
        except PywranglerError as error:
            log.warning("Worker %s does not run: %s", name, error.message)
        except Exception as error:  # or the error would be lost
            log.exception("Worker %s does not run.", name)
            self._failures[name] = f"{type(error).__name__}: {error}"

    def _host(self, name: str) -> HostedWorker:
        found = self._store.workers.get(name)
        listeners = self._open_listeners(name, found)
        hosted = HostedWorker(name, listeners, self._machine, self._logs.of(name))
        self._hosted[name] = hosted
        self._failures.pop(name, None)
        return hosted

    def _open_listeners(self, name: str, found: Worker | None) -> Listeners:
        """Open the Worker's former address if it is free. A change is logged, because users rely on the
        address.
        """
        if found is not None and found.dispatch_namespace:
            return Listeners(None, 0, ())  # only other Workers call it
        kept, ip = (found.port, found.ip) if found else (None, None)
        reserved = self._owners_of_others(name)
        try:
            listeners = open_listeners(kept, self._first_port, reserved, ip)
        except PortError as error:
            if ip is None:
                raise
            listeners = open_listeners(kept, self._first_port, reserved)
            self._note(name, f"{as_sentence(error.message)} The Worker is on loopback now.")
        if kept is not None and kept != listeners.port:
            holder = describe_holder(kept)
            self._note(name, f"Port {kept} is used by {holder}. The Worker is on {listeners.port} now.")
        if kept != listeners.port:
            self._store.workers.set_address(name, listeners.port, ip)
        return listeners

    def _owners_of_others(self, name: str) -> dict[int, str]:
        """The ports of all other Workers that run, each with its Worker."""
        others = (each for each in self._store.workers.all() if each.name != name and not each.is_stopped)
        return {each.port: each.name for each in others if each.port}

    def _note(self, name: str, text: str) -> None:
        self._notes[name] = text
        self._logs.of(name).add("platform", text)
        log.warning("Worker %s: %s", name, text)

    async def _drop_if_dead(self, hosted: HostedWorker, error: PywranglerError) -> None:
        """Without a runtime, close the sockets: connections would wait for ever."""
        if not hosted.supervisor.is_alive:
            self._failures[hosted.name] = error.message
            del self._hosted[hosted.name]
            await hosted.close()

    def _without_class(self, name: str, spec: WorkerSpec) -> list[Instance]:
        """Instances of classes that the new version no longer has. Their containers outlived its start."""
        namespaces = {None} | {entry.namespace_id for entry in spec.classes if entry.has_container}
        return [each for each in self.fleet.of_worker(name) if self._namespace_of(each) not in namespaces]

    def _namespace_of(self, instance: Instance) -> str | None:
        """The Durable Object namespace that an instance serves; None if its application is gone."""
        application = self._machine.applications.by_id(instance.application_id)
        return application.namespace_id if application else None


STOPPED = "It was stopped."
"""The state of a Worker that is not to run."""


async def _all_ended(endings: Iterable[Awaitable[None]]) -> None:
    """Wait for all. A failure is logged, and does not stop the others from ending."""
    for error in await asyncio.gather(*endings, return_exceptions=True):
        if isinstance(error, Exception):
            log.warning("A Worker did not end as it should: %s: %s", type(error).__name__, error)
