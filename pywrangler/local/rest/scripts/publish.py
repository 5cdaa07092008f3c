"""From an upload to a running version.

`draft_version` decides what the version is and refuses what cannot be; `publish` stores it, has it run, and
makes it the active one; when it does not start nothing is left of it. What is the same as the active version
is not started again.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pywrangler.local.rest.context import Context
from pywrangler.local.rest.errors import RestError, unsupported
from pywrangler.local.rest.scripts.bindings import (
    NO_BINDINGS,
    ResolvedBindings,
    check_references,
    resolve_bindings,
)
from pywrangler.local.rest.scripts.migrations import MigrationOutcome, plan_migrations
from pywrangler.local.rest.scripts.upload import Upload
from pywrangler.local.store.records import Module, Namespace, Version, Worker
from pywrangler.local.store.versions import VersionDraft

# What the metadata say about the upload itself, or about the Worker, and not about the version.
_NOT_PART_OF_A_VERSION = frozenset(
    {"bindings", "keep_bindings", "migrations", "annotations", "code_update_strategy"}
)

CHANGED_BY_HAND: Mapping[str, str] = {"workers/triggered_by": "secret"}
"""Of a version that has the code of another one; without the tag, which names the upload as a whole."""


@dataclass(frozen=True)
class Publication:
    """What a client wants the next version of a Worker to be."""

    worker: str
    metadata: Mapping[str, Any]
    modules: tuple[Module, ...]
    keep_types: tuple[str, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    source: str = "wrangler"

    @classmethod
    def of_upload(cls, worker: str, upload: Upload, source: str) -> Publication:
        """What an upload asks for. Raises `RestError` for what the local platform cannot run."""
        metadata = upload.metadata
        for name, what in (
            ("body_part", "Workers in service-worker syntax"),
            ("assets", "static assets"),
            ("exports", 'the declarative "exports" of Durable Objects; use "migrations"'),
        ):
            if metadata.get(name):
                raise unsupported(what)
        main_module = metadata.get("main_module")
        if not isinstance(main_module, str) or main_module not in {module.name for module in upload.modules}:
            raise RestError(f'the main module "{main_module}" is not among the uploaded modules')
        if not isinstance(metadata.get("compatibility_date", ""), str):
            raise RestError('the field "compatibility_date" must be a date such as 2026-11-01')
        return cls(
            worker=worker,
            metadata=metadata,
            modules=upload.modules,
            keep_types=tuple(_texts(metadata, "keep_bindings")),
            annotations=_annotations(metadata),
            source=source,
        )

    @classmethod
    def like(
        cls, version: Version, bindings: Iterable[Mapping[str, Any]], keep_types: Iterable[str]
    ) -> Publication:
        """The same code as a version that is there, with other bindings."""
        metadata = {**version.metadata, "bindings": list(bindings)}
        return cls(version.worker, metadata, version.modules, tuple(keep_types), CHANGED_BY_HAND, "wrangler")

    def with_metadata(self, changes: Mapping[str, Any]) -> Publication:
        """The same with some metadata changed."""
        return replace(self, metadata={**self.metadata, **changes})


def draft_version(context: Context, publication: Publication) -> VersionDraft:
    """The version that a publication makes of what the Worker is now. Raises `RestError`; changes nothing."""
    store, script, metadata = context.store, publication.worker, publication.metadata
    active = store.versions.active(script)
    before = _bindings_of(context, active)
    resolved = resolve_bindings(metadata.get("bindings") or (), publication.keep_types, before)
    present = _namespaces_of(context, script)
    outcome = plan_migrations(script, present, metadata.get("migrations"), lambda: uuid.uuid4().hex)
    check_references(store, script, resolved.bindings, outcome.namespaces)
    own = {name: value for name, value in metadata.items() if name not in _NOT_PART_OF_A_VERSION}
    _check_containers(own, outcome.namespaces)
    full = {**own, "bindings": list(resolved.bindings)}
    return VersionDraft(
        id=str(uuid.uuid4()),
        worker=script,
        created_on=context.clock(),
        metadata=full,
        modules=publication.modules,
        namespaces=outcome.namespaces,
        migration_tag=outcome.tag,
        content_hash=_content_hash(context, full, publication.modules, resolved, outcome),
        annotations=publication.annotations,
        source=publication.source,
        secrets=resolved.secrets,
    )


async def publish(context: Context, publication: Publication) -> Version:
    """Make the publication the active version and return it; call it with the Worker's lock held.

    Raises `RestError` for what is refused and `WorkerStartError` for what does not start; nothing has changed
    then.
    """
    store = context.store
    draft = draft_version(context, publication)
    active = store.versions.active(publication.worker)
    if active is not None and active.content_hash == draft.content_hash:
        return _annotate(context, active, draft)
    is_new = store.workers.get(publication.worker) is None
    if is_new:
        store.workers.create(publication.worker, draft.created_on)
    version = None
    try:
        version = store.versions.add(draft)
        await context.operations.activate(version.worker, version.id)
    except BaseException:
        if version is not None:
            store.versions.discard(version)
        if is_new:
            store.workers.delete(publication.worker)
        raise
    store.workers.activate(version, context.clock(), version.annotations, version.source)
    store.versions.discard_old(version.worker)
    return version


async def deploy_version(context: Context, version: Version, annotations: Mapping[str, str]) -> None:
    """Make a version that is stored the active one; call it with the Worker's lock held.

    Migrations are never undone: the version gets the namespaces that the Worker has now.
    """
    store = context.store
    current = _namespaces_of(context, version.worker)
    check_references(store, version.worker, version.bindings, current.namespaces)
    version = store.versions.rebase(version, current.namespaces, current.tag)
    active = store.versions.active(version.worker)
    if active is None or active.id != version.id:
        await context.operations.activate(version.worker, version.id)
    store.workers.activate(version, context.clock(), annotations, "wrangler")


def _annotate(context: Context, active: Version, draft: VersionDraft) -> Version:
    """The active version, which is what was asked for; a new message or tag is a new deployment of it."""
    if draft.annotations in ({}, CHANGED_BY_HAND, active.annotations):
        return active
    context.store.versions.annotate(active.id, draft.annotations)
    context.store.workers.activate(active, context.clock(), draft.annotations, draft.source)
    return replace(active, annotations=draft.annotations)


def _bindings_of(context: Context, version: Version | None) -> ResolvedBindings:
    if version is None:
        return NO_BINDINGS
    return ResolvedBindings(version.bindings, context.store.secrets.of_version(version.id))


def _namespaces_of(context: Context, script: str) -> MigrationOutcome:
    worker: Worker | None = context.store.workers.get(script)
    namespaces = tuple(context.store.namespaces.of_script(script))
    return MigrationOutcome(namespaces, worker.migration_tag if worker else None)


def _check_containers(metadata: Mapping[str, Any], namespaces: Iterable[Namespace]) -> None:
    sqlite = {namespace.class_name: namespace.use_sqlite for namespace in namespaces}
    for entry in metadata.get("containers") or ():
        class_name = entry.get("class_name") if isinstance(entry, dict) else None
        if not isinstance(class_name, str):
            raise RestError('an entry of "containers" must be an object with "class_name"')
        if class_name not in sqlite:
            raise RestError(f'the container class "{class_name}" is in no migration', code=10061)
        if not sqlite[class_name]:
            raise RestError(f'the container class "{class_name}" must be created by "new_sqlite_classes"')


def _content_hash(
    context: Context,
    metadata: Mapping[str, Any],
    modules: Iterable[Module],
    resolved: ResolvedBindings,
    outcome: MigrationOutcome,
) -> str:
    parts = {
        "metadata": metadata,
        "modules": sorted((module.name, module.type, module.sha256) for module in modules),
        "secrets": {
            name: context.store.secrets.fingerprint(value) for name, value in resolved.secrets.items()
        },
        "migration_tag": outcome.tag,
        # Not their ids, which a class that is created now does not have yet.
        "classes": sorted(namespace.class_name for namespace in outcome.namespaces),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _annotations(metadata: Mapping[str, Any]) -> dict[str, str]:
    annotations = metadata.get("annotations") or {}
    if not isinstance(annotations, dict):
        raise RestError('the field "annotations" must be an object')
    return {str(name): str(value) for name, value in annotations.items() if value is not None}


def _texts(metadata: Mapping[str, Any], name: str) -> list[str]:
    values = metadata.get(name) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise RestError(f'the field "{name}" must be a list of strings')
    return values
