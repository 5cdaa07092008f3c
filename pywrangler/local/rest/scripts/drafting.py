"""From a publication to the version that it makes. This decides; `publish` stores and runs the version."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pywrangler.local.rest.context import ApiContext
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.scripts.assets import resolve_assets
from pywrangler.local.rest.scripts.bindings import (
    NO_BINDINGS,
    ResolvedBindings,
    check_references,
    classes_by_worker,
    resolve_bindings,
)
from pywrangler.local.rest.scripts.classes.exports import declared_classes, plan_classes
from pywrangler.local.rest.scripts.classes.handover import surroundings_of
from pywrangler.local.rest.scripts.classes.migrations import ClassState, UnknownClass
from pywrangler.local.rest.scripts.classes.moves import (
    Moves,
    forward,
    moves,
    names_given_up,
    namespaces_after,
)
from pywrangler.local.rest.scripts.publication import Publication
from pywrangler.local.store.records import ClassName, Version, Worker, container_classes
from pywrangler.local.store.versions import VersionDraft
from pywrangler.module_types import SOURCE_MAP

# Metadata about the upload itself or about the Worker, not about the version.
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

_OF_ONE_NODE: Mapping[str, str] = {"r2_bucket": "R2 buckets", "queue": "queues", "workflow": "Workflows"}


@dataclass(frozen=True)
class Draft:
    """The next version of a Worker, before it is stored."""

    version: VersionDraft
    unknown_classes: tuple[UnknownClass, ...] = ()
    """Classes in its migrations that do not exist."""


@dataclass(frozen=True)
class _Classes:
    """The Durable Object classes of a draft, and where former names lead."""

    state: ClassState
    given_up: Mapping[ClassName, str] = field(default_factory=dict)
    """Names that the Worker's classes had, with the namespaces that had them."""
    moved: Moves = field(default_factory=dict)
    """Where bindings with former names lead now."""


def draft_version(context: ApiContext, publication: Publication) -> Draft:
    """The version that a publication makes of the Worker's current state. Raises `RestError`; changes
    nothing.

    The stages are: the bindings with their secrets, the classes, the metadata, and a check that everything
    they name exists.
    """
    base = publication.base or context.store.versions.active(publication.worker)
    bindings = resolve_bindings(
        publication.metadata.get("bindings") or (), publication.keep_types, _bindings_of(context, base)
    )
    _refuse_what_stays_on_one_node(context, bindings)
    classes = _draft_classes(context, publication)
    metadata = _draft_metadata(context, publication, bindings, classes, base)
    version = VersionDraft(
        id=str(uuid.uuid4()),
        worker=publication.worker,
        created_on=context.clock(),
        metadata=metadata,
        modules=publication.modules,
        namespaces=classes.state.namespaces,
        migration_tag=classes.state.tag,
        content_hash=_content_hash(context, metadata, publication, bindings, classes.state),
        annotations=publication.annotations,
        source=publication.source,
        secrets=bindings.secrets,
        transfers=classes.state.transfers,
        former_names=classes.given_up,
    )
    return Draft(version, classes.state.unknown)


def _refuse_what_stays_on_one_node(context: ApiContext, resolved: ResolvedBindings) -> None:
    """In a cluster, some products' data are not on all nodes."""
    for binding in resolved.bindings:
        what = _OF_ONE_NODE.get(binding["type"])
        if what is not None and "account" not in binding:
            context.refuse_in_cluster(what)


def _draft_classes(context: ApiContext, publication: Publication) -> _Classes:
    """The classes after the migrations and `exports` of an upload. A change of bindings keeps them."""
    store, script, metadata = context.store, publication.worker, publication.metadata
    present = present_classes(context, script)
    if publication.keeps_classes:
        return _Classes(present)
    _check_shapes(metadata)
    state = plan_classes(surroundings_of(context, script, metadata), present, metadata, new_id)
    if state.transfers:
        context.refuse_in_cluster("transfers of classes")
    _check_containers(metadata, state)
    everywhere = store.namespaces.all()
    after = namespaces_after(everywhere, script, state)
    given_up = names_given_up(everywhere, after, state)
    # Bindings with the Worker's own former names stay: the code has the classes, and Cloudflare requires
    # correct names.
    of_others = {name: id_ for name, id_ in store.namespaces.former().items() if name[0] != script}
    return _Classes(state, given_up, moves({**of_others, **given_up}, after))


def _draft_metadata(
    context: ApiContext,
    publication: Publication,
    bindings: ResolvedBindings,
    classes: _Classes,
    base: Version | None,
) -> Mapping[str, Any]:
    """The upload's metadata that the version keeps, with bindings that lead to the current places of the
    classes.

    Raises `RestError` for a binding to something that does not exist.
    """
    script, metadata = publication.worker, publication.metadata
    own = {name: value for name, value in metadata.items() if name not in _NOT_PART_OF_A_VERSION}
    if assets := resolve_assets(context, metadata, base):
        own["assets"] = assets
    if publication.keeps_classes:
        given = [each for each in metadata.get("bindings") or () if each["type"] != "inherit"]
        check_references(context.store, script, given, classes_by_worker(script, classes.state))
        return {**own, "bindings": list(bindings.bindings)}
    full = forward({**own, "bindings": list(bindings.bindings)}, script, classes.moved)
    check_references(context.store, script, full["bindings"], classes_by_worker(script, classes.state))
    return full


def new_id() -> str:
    """An id for a namespace."""
    return uuid.uuid4().hex


def _bindings_of(context: ApiContext, version: Version | None) -> ResolvedBindings:
    if version is None:
        return NO_BINDINGS
    return ResolvedBindings(version.bindings, context.store.secrets.of_version(version.id))


def present_classes(context: ApiContext, script: str) -> ClassState:
    """The Worker's current classes."""
    worker: Worker | None = context.store.workers.get(script)
    namespaces = tuple(context.store.namespaces.of_script(script))
    return ClassState(namespaces, worker.migration_tag if worker else None)


def _check_shapes(metadata: Mapping[str, Any]) -> None:
    """Check the form of the fields that name classes."""
    declared_classes(metadata)
    if not all(isinstance(entry, dict) for entry in metadata.get("containers") or ()):
        raise RestError('An entry of "containers" must be an object.')


def _check_containers(metadata: Mapping[str, Any], outcome: ClassState) -> None:
    sqlite = {each.class_name: each.use_sqlite for each in outcome.namespaces} | dict(outcome.awaited)
    entries = metadata.get("containers") or ()
    classes = container_classes(metadata)
    if len(classes) < len(entries):
        raise RestError('An entry of "containers" must have a "class_name", or be named by one of "exports".')
    for class_name in sorted(classes):
        if class_name not in sqlite:
            raise RestError(
                f'The container class "{class_name}" is declared neither by a migration nor by an export.',
                code=10061,
            )
        if not sqlite[class_name]:
            raise RestError(
                f'The container class "{class_name}" must have SQLite storage: by "new_sqlite_classes",'
                ' or by "storage": "sqlite" in "exports".'
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
        # Without source maps: they differ when only the project's path on its machine differs.
        "modules": sorted((m.name, m.type, m.sha256) for m in publication.modules if m.type != SOURCE_MAP),
        "secrets": {
            name: context.store.secrets.fingerprint(value) for name, value in resolved.secrets.items()
        },
        "migration_tag": outcome.tag,
        # Without the ids, because a class that is created now has no id yet.
        "classes": sorted(namespace.class_name for namespace in outcome.namespaces),
    }
    if any(binding["type"] == "version_metadata" for binding in resolved.bindings):
        # The tag is included, because the code can read it.
        parts["tag"] = publication.annotations.get("workers/tag")
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
