"""From an upload to a running version.

`draft_version` decides what the version is and refuses what cannot be; `publish` stores it, has it run, and
makes it the active one; when it does not start nothing is left of it. What is the same as the active version
is not started again, unless that one does not run.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pywrangler.local.rest.context import ApiContext
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.scripts.assets import resolve_assets, settle_assets
from pywrangler.local.rest.scripts.bindings import (
    NO_BINDINGS,
    ResolvedBindings,
    check_references,
    classes_by_worker,
    resolve_bindings,
)
from pywrangler.local.rest.scripts.class_exports import declared_classes, plan_classes
from pywrangler.local.rest.scripts.class_moves import (
    forward,
    moves,
    names_given_up,
    namespaces_after,
)
from pywrangler.local.rest.scripts.handover import Handover, surroundings_of
from pywrangler.local.rest.scripts.migrations import ClassState, UnknownClass
from pywrangler.local.rest.scripts.publication import CHANGED_BY_HAND, Publication
from pywrangler.local.store.records import SOURCE_MAP, Version, Worker, container_classes
from pywrangler.local.store.versions import VersionDraft

# What the metadata say about the upload itself, or about the Worker, and not about the version.
_NOT_PART_OF_A_VERSION = frozenset(
    {
        "assets",
        "bindings",
        "keep_assets",
        "keep_bindings",
        "migrations",
        "annotations",
        "code_update_strategy",
    }
)


@dataclass(frozen=True)
class Published:
    """A version that is active, and the classes in its migrations that were not there."""

    version: Version
    unknown_classes: tuple[UnknownClass, ...] = ()


def draft_version(
    context: ApiContext, publication: Publication
) -> tuple[VersionDraft, tuple[UnknownClass, ...]]:
    """The version that a publication makes of what the Worker is now, and the classes in its migrations that
    are not there. Raises `RestError`; changes nothing.
    """
    store, script, metadata = context.store, publication.worker, publication.metadata
    active = store.versions.active(script)
    before = _bindings_of(context, active)
    resolved = resolve_bindings(metadata.get("bindings") or (), publication.keep_types, before)
    present = _namespaces_of(context, script)
    _check_shapes(metadata)
    surroundings = surroundings_of(context, script, metadata)
    outcome = plan_classes(surroundings, present, metadata, _new_id)
    own = {name: value for name, value in metadata.items() if name not in _NOT_PART_OF_A_VERSION}
    _check_containers(own, outcome)
    if assets := resolve_assets(context, metadata, active):
        own["assets"] = assets
    everywhere = store.namespaces.all()
    after = namespaces_after(everywhere, script, outcome)
    given_up = names_given_up(everywhere, after, outcome)
    # Not by its own former names: the code has the classes, and Cloudflare wants its bindings to be right.
    of_others = {name: id_ for name, id_ in store.namespaces.former().items() if name[0] != script}
    moved = moves({**of_others, **given_up}, after)
    full = forward({**own, "bindings": list(resolved.bindings)}, script, moved)
    check_references(store, script, full["bindings"], classes_by_worker(script, outcome))
    draft = VersionDraft(
        id=str(uuid.uuid4()),
        worker=script,
        created_on=context.clock(),
        metadata=full,
        modules=publication.modules,
        namespaces=outcome.namespaces,
        migration_tag=outcome.tag,
        content_hash=_content_hash(context, full, publication, resolved, outcome),
        annotations=publication.annotations,
        source=publication.source,
        secrets=resolved.secrets,
        transfers=outcome.transfers,
        former_names=given_up,
    )
    return draft, outcome.unknown


async def publish(context: ApiContext, publication: Publication) -> Published:
    """Make the publication the active version; call it with the Worker's lock held.

    Raises `RestError` where it is refused, `WorkerStartError` where it does not start; both change nothing.
    """
    store = context.store
    draft, unknown_classes = draft_version(context, publication)
    active = store.versions.active(publication.worker)
    runs = context.operations.worker_status(publication.worker).state != "failed"
    if active is not None and active.content_hash == draft.content_hash and runs:
        settle_assets(context, publication.metadata)
        return Published(_annotate(context, active, draft))
    is_new = store.workers.get(publication.worker) is None
    if is_new:
        store.workers.create(publication.worker, draft.created_on)
    handover = Handover(context, publication.worker, draft.transfers, draft.former_names)
    had = {namespace.id for namespace in store.namespaces.of_script(publication.worker)}
    version = None
    try:
        version = store.versions.add(draft)
        await handover.release()
        await context.operations.activate(version.worker, version.id)
    except BaseException:
        if version is not None:
            store.versions.discard(version)
        if is_new:
            store.workers.delete(publication.worker)
        await handover.restore()
        raise
    with store.transaction():
        store.workers.activate(version, context.clock(), version.annotations, version.source)
        handover.commit()
    store.versions.discard_old(version.worker)
    settle_assets(context, publication.metadata)
    await handover.settle()
    if deleted := had - {namespace.id for namespace in store.namespaces.all()}:
        await context.operations.remove_objects(deleted)
    return Published(version, unknown_classes)


async def deploy_version(context: ApiContext, version: Version, annotations: Mapping[str, str]) -> None:
    """Make a version that is stored the active one; call it with the Worker's lock held.

    Migrations are never undone: the version gets the namespaces that the Worker has now, and those that its
    `exports` declare.
    """
    store = context.store
    declared = {"exports": version.metadata.get("exports")}
    surroundings = surroundings_of(context, version.worker, version.metadata)
    current = plan_classes(surroundings, _namespaces_of(context, version.worker), declared, _new_id)
    if current.transfers:
        raise RestError("classes are transferred by a deploy, not by making a version active that is there")
    check_references(store, version.worker, version.bindings, classes_by_worker(version.worker, current))
    version = store.versions.rebase(version, current.namespaces, current.tag)
    active = store.versions.active(version.worker)
    if active is None or active.id != version.id:
        await context.operations.activate(version.worker, version.id)
    everywhere = store.namespaces.all()
    after = namespaces_after(everywhere, version.worker, current)
    given_up = names_given_up(everywhere, after, current)
    with store.transaction():
        store.workers.activate(version, context.clock(), annotations, "wrangler")
        Handover(context, version.worker, former_names=given_up).commit()


def _annotate(context: ApiContext, active: Version, draft: VersionDraft) -> Version:
    """The active version, which is what was asked for; a new message or tag is a new deployment of it."""
    if draft.annotations in ({}, CHANGED_BY_HAND, active.annotations):
        return active
    context.store.versions.annotate(active.id, draft.annotations)
    context.store.workers.activate(active, context.clock(), draft.annotations, draft.source)
    return replace(active, annotations=draft.annotations)


def _new_id() -> str:
    return uuid.uuid4().hex


def _bindings_of(context: ApiContext, version: Version | None) -> ResolvedBindings:
    if version is None:
        return NO_BINDINGS
    return ResolvedBindings(version.bindings, context.store.secrets.of_version(version.id))


def _namespaces_of(context: ApiContext, script: str) -> ClassState:
    worker: Worker | None = context.store.workers.get(script)
    namespaces = tuple(context.store.namespaces.of_script(script))
    return ClassState(namespaces, worker.migration_tag if worker else None)


def _check_shapes(metadata: Mapping[str, Any]) -> None:
    """That what names classes can be read."""
    declared_classes(metadata)
    if not all(isinstance(entry, dict) for entry in metadata.get("containers") or ()):
        raise RestError('an entry of "containers" must be an object')


def _check_containers(metadata: Mapping[str, Any], outcome: ClassState) -> None:
    sqlite = {each.class_name: each.use_sqlite for each in outcome.namespaces} | dict(outcome.awaited)
    entries = metadata.get("containers") or ()
    classes = container_classes(metadata)
    if len(classes) < len(entries):
        raise RestError('an entry of "containers" must have a "class_name", or be named by one of "exports"')
    for class_name in sorted(classes):
        if class_name not in sqlite:
            raise RestError(
                f'the container class "{class_name}" is declared by no migration and no export', code=10061
            )
        if not sqlite[class_name]:
            raise RestError(
                f'the container class "{class_name}" must have SQLite storage: by "new_sqlite_classes",'
                ' or by "storage": "sqlite" in "exports"'
            )


def _content_hash(
    context: ApiContext,
    metadata: Mapping[str, Any],
    publication: Publication,
    resolved: ResolvedBindings,
    outcome: ClassState,
) -> str:
    parts = {
        "metadata": metadata,
        # Without the map, which differs where only the place of a project on its machine does.
        "modules": sorted((m.name, m.type, m.sha256) for m in publication.modules if m.type != SOURCE_MAP),
        "secrets": {
            name: context.store.secrets.fingerprint(value) for name, value in resolved.secrets.items()
        },
        "migration_tag": outcome.tag,
        # Not their ids, which a class that is created now does not have yet.
        "classes": sorted(namespace.class_name for namespace in outcome.namespaces),
    }
    if any(binding["type"] == "version_metadata" for binding in resolved.bindings):
        # The code sees the tag.
        parts["tag"] = publication.annotations.get("workers/tag")
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
