"""Removes what has no owner: containers, networks with their packet filter rules, names of images, `workerd`
processes.

There are two kinds: leftovers of a crash of this platform, and leftovers of platforms whose directory was
removed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from pathlib import Path

from pywrangler.engine.address import EngineAddress
from pywrangler.engine.labels import machine_id
from pywrangler.engine.records import ContainerSummary, TaggedImage
from pywrangler.errors import BuildError, PywranglerError
from pywrangler.image_names import BUILT
from pywrangler.local import processes
from pywrangler.local.daemon.cleanup.former import end_former, find_former
from pywrangler.local.daemon.cleanup.leftovers import (
    Ownership,
    Seen,
    find_dead_platforms,
    homes,
    plan_prune,
    shared_names,
    superseded_images,
)
from pywrangler.local.daemon.workers.hosted import PlatformServices
from pywrangler.local.gateway.outbound.firewall import Standing, find_firewall
from pywrangler.local.rest.operations import Leftover, Pruned
from pywrangler.local.store import Store
from pywrangler.local.workerd.leftovers import find_orphans, find_runtimes

log = logging.getLogger(__name__)

KILL_SECONDS = 3.0
DROP_AFTER_SECONDS = 2.0
"""After the deploy that made a version too old, so that it does not wait for the engine."""
BUILT_IMAGES = f"{BUILT}/*"
"""The names that deploys to a local platform give to images. Other names belong to the user."""


class Pruner:
    """Finds and removes leftovers. It reads the store in the event loop, and the engine in a thread."""

    def __init__(self, store: Store, machine: PlatformServices) -> None:
        self._store = store
        self._machine = machine
        self._firewall = find_firewall()
        self._dropping: asyncio.Task[None] | None = None

    def begin_dropping(self) -> None:
        """Begin to remove the names of images that no version needs, unless that is under way."""
        if self._dropping is None or self._dropping.done():
            self._dropping = asyncio.create_task(self._drop_images())

    def close(self) -> None:
        """End what is under way."""
        if self._dropping is not None:
            self._dropping.cancel()

    async def _drop_images(self) -> None:
        await asyncio.sleep(DROP_AFTER_SECONDS)
        try:
            images, containers = await asyncio.to_thread(_look_for_images, self._machine.engine)
            owned = self._ownership(Seen(containers, (), images, (), (), (), (), (), (), ()))
            found = superseded_images(images, containers, owned)
            if found:
                await asyncio.to_thread(_remove, self._machine.engine, Pruned(images=tuple(found)))
        except PywranglerError as error:  # the next deploy, or `prune`, does it
            log.info("Old images stay: %s", error.message)

    async def prune(self, *, dry_run: bool) -> Pruned:
        """The things that were removed, or would be. Raises MissingError if the engine cannot be reached."""
        # The engine is read first: an instance is on record before it has a container, so every container
        # found has its record by then.
        rules = await self._firewall.standing() if self._firewall else set()
        seen = await asyncio.to_thread(_look, self._machine.engine, rules)
        found = plan_prune(seen, self._ownership(seen))
        shared = shared_names(seen.images, found.images)
        if dry_run:
            return _without(found, shared)
        removed = await asyncio.to_thread(_remove, self._machine.engine, found)
        self._machine.directories.released_images.unlink(missing_ok=True)
        left = {network.name for network in found.networks} - {network.name for network in removed.networks}
        rules_gone = await self._forget_rules(found.rules, unless=left)
        return _without(replace(removed, rules=rules_gone), shared)

    async def _forget_rules(self, rules: Iterable[Leftover], unless: Collection[str]) -> tuple[Leftover, ...]:
        gone = tuple(rule for rule in rules if rule.id not in unless)
        for rule in gone:
            assert self._firewall is not None  # noqa: S101 - it has reported them
            await self._firewall.forget(rule.id)
        return gone

    def release(self, application_id: str) -> None:
        """Remember the images of an application that is about to be deleted."""
        images = _ids(self._store.applications.images(application_id))
        with contextlib.suppress(OSError), self._machine.directories.released_images.open("a") as stream:
            stream.writelines(f"{image}\n" for image in sorted(images))

    def _ownership(self, seen: Seen) -> Ownership:
        return Ownership(
            platform_id=self._machine.platform_id,
            instances=frozenset(instance.id for instance in self._machine.ledger.alive()),
            dead_platforms=find_dead_platforms(
                (*seen.containers, *seen.networks, *seen.snapshots),
                machine_id(),
                seen.gone,
                replaced=(str(self._machine.directories.home), self._machine.platform_id),
            ),
            own_images=self._own_images(),
            kept_images=self._kept_images(),
            snapshots=self._snapshots(),
        )

    def _snapshots(self) -> frozenset[str]:
        existing = {record.id for record in self._store.applications.all()}
        return frozenset(each.id for each in self._store.snapshots.all() if each.application_id in existing)

    def _own_images(self) -> frozenset[str]:
        applications = self._store.applications
        named = (image for record in applications.all() for image in applications.images(record.id))
        started = (instance.image for instance in self._store.instances.load())
        return _ids([*named, *started, *self._released()])

    def _kept_images(self) -> frozenset[str]:
        """The images that start now, that a rollout or a Worker could go back to, and that run."""
        needed = (*self._store.applications.needed_images(), *self._store.versions.needed_images())
        named = (image for _, image in needed)
        running = (instance.image for instance in self._machine.ledger.alive())
        return _ids([*named, *running])

    def _released(self) -> list[str]:
        try:
            return self._machine.directories.released_images.read_text().split()
        except OSError:
            return []


def _without(found: Pruned, names: Collection[str]) -> Pruned:
    """The findings without these names of images: their images stay."""
    return replace(found, images=tuple(image for image in found.images if image.id not in names))


def _ids(references: Iterable[str]) -> frozenset[str]:
    """The image ids among references: `sha256:...` itself, or the part after the `@` of a name."""
    return frozenset(
        f"sha256:{digest}"
        for reference in references
        if (digest := reference.rpartition("sha256:")[2]) != reference
    )


def _look_for_images(address: EngineAddress) -> tuple[list[TaggedImage], list[ContainerSummary]]:
    from pywrangler.engine.client import connect

    engine = connect(address)
    try:
        return engine.tagged_images(BUILT_IMAGES), engine.all_containers()
    finally:
        engine.close()


def _look(address: EngineAddress, rules: Collection[Standing]) -> Seen:
    from pywrangler.engine.client import connect

    engine = connect(address)
    try:
        containers, networks = engine.all_containers(), engine.platform_networks()
        snapshots = engine.labelled_images()
        return Seen(
            containers=containers,
            networks=networks,
            images=engine.tagged_images(BUILT_IMAGES),
            pulled=engine.pinned_images(),
            snapshots=snapshots,
            processes=find_orphans(),
            former=find_former(),
            rules=rules,
            bridges={name for _, name in socket.if_nameindex()},
            gone={
                home
                for home in homes((*containers, *networks, *snapshots), machine_id())
                if not Path(home).exists()
            },
        )
    finally:
        engine.close()


def _remove(address: EngineAddress, found: Pruned) -> Pruned:
    """Remove them, processes first. Returns what could be removed."""
    wanted = {process.id for process in found.processes}
    end_former(each for each in find_former() if str(each.pid) in wanted)
    for runtime in find_runtimes(lambda file: not file.exists()):
        if str(runtime.pid) in wanted:
            processes.end(runtime.pid, runtime.begun, [(signal.SIGKILL, KILL_SECONDS)])
    from pywrangler.engine.client import connect

    engine = connect(address)
    try:
        return Pruned(
            containers=_each(found.containers, engine.remove_container),
            networks=_each(found.networks, engine.remove_network),
            images=_each(found.images, engine.remove_image),
            processes=found.processes,
        )
    finally:
        engine.close()


def _each(leftovers: Iterable[Leftover], remove: Callable[[str], None]) -> tuple[Leftover, ...]:
    """The ones that could be removed. A network may be in use by a container of another owner."""
    removed = []
    for leftover in leftovers:
        try:
            remove(leftover.id)
        except BuildError as error:
            log.warning("%s stays: %s", leftover.name, error.message)
        else:
            removed.append(leftover)
    return tuple(removed)
