"""The changes of an upload to other Workers: Durable Object classes that are transferred between them, and
names of classes that it changes.

A class's objects are never open in two processes at the same time: the source's process ends, or is replaced
by one without the class, before the target's begins. One transaction of the store changes the owner of the
class, so that after a crash exactly one of the two has it. The objects' files stay in the directory of the
namespace.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from pywrangler.errors import PywranglerError
from pywrangler.local.rest.context import ApiContext
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.scripts.classes.exports import declared_classes
from pywrangler.local.rest.scripts.classes.moves import forward, moves
from pywrangler.local.rest.scripts.classes.transfers import Holder, UploadContext
from pywrangler.local.store.records import (
    ClassName,
    Namespace,
    Transfer,
    Version,
    container_classes,
    tail_consumers,
)


@asynccontextmanager
async def hold_workers(context: ApiContext, names: Iterable[str]) -> AsyncIterator[None]:
    """The locks of several Workers, always taken in the same order, so that two uploads cannot wait for each
    other.
    """
    async with AsyncExitStack() as stack:
        for name in sorted(set(names)):
            await stack.enter_async_context(context.hold(name))
        yield


def bindings_to(context: ApiContext, name: str) -> Iterator[tuple[str, Any]]:
    """Bindings of other Workers to this one, each with the Worker that has it."""
    for other, version in context.store.versions.all_active().items():
        for binding in version.bindings if other != name else ():
            if name in (binding.get("service"), binding.get("script_name")):
                yield other, binding


def tail_producers(context: ApiContext, name: str) -> Iterator[str]:
    """Other Workers whose events this one consumes."""
    for other, version in context.store.versions.all_active().items():
        if other != name and name in tail_consumers(version.metadata):
            yield other


async def refresh_links(context: ApiContext, name: str) -> None:
    """Notify Workers that are bound to this one's Durable Objects. Call it without this Worker's lock,
    because it takes the lock of each of them.
    """
    bound = {other for other, binding in bindings_to(context, name) if binding.get("script_name")}
    for other in sorted(bound):
        async with context.hold(other):
            await context.operations.refresh_links(other)


def surroundings_of(context: ApiContext, script: str, metadata: Mapping[str, Any]) -> UploadContext:
    """The state that an upload of `script` with this metadata finds."""
    store = context.store
    active = store.versions.all_active()
    served = {each.namespace_id for each in store.applications.all()}
    namespaces: defaultdict[str, list[Namespace]] = defaultdict(list)
    for each in store.namespaces.all():
        namespaces[each.script].append(each)
    holders = {
        worker.name: _holder(namespaces[worker.name], active.get(worker.name), served)
        for worker in store.workers.all()
    }
    return UploadContext(script, holders, container_classes(metadata))


def _holder(namespaces: list[Namespace], version: Version | None, served: Collection[str]) -> Holder:
    """`served` are the ids of the namespaces that applications have."""
    if version is None:
        return Holder(tuple(namespaces))
    classes = version.container_classes | {each.class_name for each in namespaces if each.id in served}
    return Holder(tuple(namespaces), declared_classes(version.metadata), classes)


class Handover:
    """The transfers and renames of one upload of Worker `script`. Call it with the locks of all Workers that
    classes are transferred from or to.
    """

    def __init__(
        self,
        context: ApiContext,
        script: str,
        transfers: tuple[Transfer, ...] = (),
        former_names: Mapping[ClassName, str] | None = None,
    ) -> None:
        self._context = context
        self._script = script
        self._transfers = transfers
        self._former_names = former_names or {}
        self._sources = sorted({each.source for each in transfers} - {script})
        self._others = sorted({name for each in transfers for name in (each.source, each.target)} - {script})

    async def release(self) -> None:
        """End the sources' processes, before the process of `script` begins to serve their classes."""
        for source in self._sources:
            namespaces = [each.namespace.id for each in self._transfers if each.source == source]
            await self._context.operations.release_classes(source, namespaces)

    async def restore(self) -> None:
        """Start the sources again as they were: the store has not changed."""
        for source in self._sources:
            with contextlib.suppress(PywranglerError):  # its status says why it does not run
                await self._context.operations.refresh_bindings(source)

    def commit(self) -> None:
        """Store the new owners and names; part of the transaction that activates the upload's version."""
        store = self._context.store
        for name, version in store.versions.all_active().items() if self._transfers else ():
            if name != self._script:
                namespaces = self._namespaces(name)
                store.versions.forward(version, version.metadata, namespaces)
                store.workers.set_namespaces(name, namespaces)
        if self._former_names:
            self._forward_bindings()
        store.namespaces.remember(self._former_names)

    def _forward_bindings(self) -> None:
        """In every version of every Worker, because any may become active again."""
        store = self._context.store
        moved = moves(self._former_names, {each.id: each for each in store.namespaces.all()})
        for worker in store.workers.all():
            for version in store.versions.of_worker(worker.name):
                metadata = forward(version.metadata, worker.name, moved)
                if metadata != version.metadata:
                    store.versions.forward(version, metadata, version.namespaces)

    async def settle(self) -> None:
        """Start the other Workers with their new classes. Raises `RestError` if one does not start."""
        for name in self._others:
            try:
                await self._context.operations.refresh_bindings(name)
            except PywranglerError as error:
                classes = ", ".join(each.namespace.class_name for each in self._transfers)
                raise RestError(
                    f'{classes}: transferred, but the Worker "{name}" does not start afterwards:'
                    f" {error.message}",
                    status=424,
                ) from error

    def _namespaces(self, name: str) -> tuple[Namespace, ...]:
        """The namespaces of a Worker other than `script` afterwards."""
        moved = {each.namespace.id: each.moved for each in self._transfers}
        kept = [each for each in self._context.store.namespaces.of_script(name) if each.id not in moved]
        return (*kept, *(each for each in moved.values() if each.script == name))
