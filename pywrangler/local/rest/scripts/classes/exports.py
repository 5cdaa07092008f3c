"""Declared Durable Object classes: `exports` is reconciled with the existing classes. Pure.

`exports` maps a class to `{type: "durable-object", state?, storage?, ...}` (workers-sdk 4.164,
`DurableObjectExport`): `created` classes exist, `expecting-transfer` ones exist once another Worker has
transferred them, and `deleted`, `renamed` and `transferred` ones are tombstones that may stay when they no
longer have an effect. Names of scenarios are Cloudflare's (its documentation of 2026-09), and so is the shape
of the report (wrangler 4.164, `ExportsReconciliationResult`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.scripts.classes.migrations import ClassState, plan_migrations
from pywrangler.local.rest.scripts.classes.transfers import (
    AWAITED,
    TOMBSTONES,
    UploadContext,
    check_awaited,
    failed,
    plan_giving,
)
from pywrangler.local.store.records import Namespace, Transfer

STORAGES = {"sqlite": True, "legacy-kv": False}
"""Values of `storage`, and whether each is SQLite."""


def plan_classes(
    surroundings: UploadContext,
    present: ClassState,
    metadata: Mapping[str, Any],
    make_id: Callable[[], str],
) -> ClassState:
    """A Worker's namespaces after an upload with `exports`, `migrations` or neither. Raises `RestError`."""
    exports, migrations = declared_classes(metadata), metadata.get("migrations")
    if not exports:
        return plan_migrations(surroundings, present, migrations, make_id)
    if migrations:
        raise RestError('An upload has either "migrations" or Durable Object classes in "exports".')
    return _reconcile(surroundings, present, exports, make_id)


def declared_classes(metadata: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The entries of `exports` that are about Durable Object classes. Raises `RestError`."""
    exports = metadata.get("exports") or {}
    if not isinstance(exports, dict) or not all(isinstance(entry, dict) for entry in exports.values()):
        raise RestError('The field "exports" must map names to objects.')
    return {name: entry for name, entry in exports.items() if entry.get("type") == "durable-object"}


def report_reconciliation(
    script: str,
    exports: Mapping[str, Mapping[str, Any]],
    before: Iterable[Namespace],
    after: Iterable[Namespace],
) -> dict[str, list[Any]]:
    """The changes to the classes of Worker `script`, for the response to the upload.

    `before` and `after` are the namespaces of all Workers.
    """
    old = {each.id: each.class_name for each in before if each.script == script}
    all_now = {each.id: each for each in after}
    new = {id_: each.class_name for id_, each in all_now.items() if each.script == script}
    left = {id_: each for id_, each in all_now.items() if id_ in old and id_ not in new}
    awaited = {name: entry for name, entry in exports.items() if entry.get("state") == AWAITED}
    stale = [name for name, entry in exports.items() if _is_tombstone(entry) and name not in old.values()]
    came = [name for name in awaited if name in new.values()]
    return {
        "created": sorted(name for id_, name in new.items() if id_ not in old),
        "updated": [],
        "deleted": sorted(name for id_, name in old.items() if id_ not in all_now),
        "renamed": [
            {"from": name, "to": new[id_]} for id_, name in old.items() if new.get(id_, name) != name
        ],
        "transferred": [
            {"class": old[id_], "to": each.script, "phase": "committed"} for id_, each in left.items()
        ],
        "transfer_pending": [
            {"class": name, "from": entry["transfer_from"]}
            for name, entry in awaited.items()
            if name not in came
        ],
        "warnings": [],
        "info": [
            *(_note(name, "stale_tombstone", "the entry no longer has an effect") for name in stale),
            *(
                _note(
                    name,
                    "transfer_receive_already_applied",
                    'the class has been transferred; write "state": "created" from now on',
                )
                for name in came
            ),
        ],
        "removable_entries": stale,
    }


def _note(class_name: str, scenario: str, message: str) -> dict[str, str]:
    return {"class": class_name, "scenario": scenario, "message": message}


def _reconcile(
    surroundings: UploadContext,
    present: ClassState,
    exports: Mapping[str, Mapping[str, Any]],
    make_id: Callable[[], str],
) -> ClassState:
    classes = {namespace.class_name: namespace for namespace in present.namespaces}
    storages = {name: _storage(name, entry) for name, entry in exports.items() if not _is_tombstone(entry)}
    transfers: list[Transfer] = []
    for name, entry in exports.items():
        if _is_tombstone(entry) and name in classes:
            if entry["state"] == "transferred":
                transfers.append(plan_giving(surroundings, classes.pop(name), entry))
            else:
                _bury(classes, storages, name, entry)
    awaited = {
        name: use_sqlite
        for name, use_sqlite in storages.items()
        if exports[name].get("state") == AWAITED
        and check_awaited(surroundings, name, exports[name], sqlite=use_sqlite)
    }
    for name, use_sqlite in storages.items():
        if name not in awaited:
            fresh = Namespace(make_id(), surroundings.script, name, use_sqlite)
            if classes.setdefault(name, fresh).use_sqlite != use_sqlite:
                raise failed(name, "storage_type_mismatch", "its storage cannot be changed once it exists")
    if orphans := sorted(classes.keys() - exports.keys()):
        hint = 'declare it, or write "state": "deleted" to remove it with its data'
        message = f'it has Durable Objects, and "exports" does not name it; {hint}'
        raise failed(orphans[0], "orphaned_provisioned_namespace", message)
    return replace(present, namespaces=tuple(classes.values()), transfers=tuple(transfers), awaited=awaited)


def _bury(
    classes: dict[str, Namespace], live: Mapping[str, bool], name: str, entry: Mapping[str, Any]
) -> None:
    """Delete or rename an existing class."""
    namespace = classes.pop(name)
    if entry["state"] == "deleted":
        return
    target = entry.get("renamed_to")
    if not isinstance(target, str) or target not in live:
        message = f'"renamed_to" is {target}, which "exports" does not declare'
        raise failed(name, "invalid_export", message)
    if target in classes:
        raise failed(name, "tombstone_renamed_to_occupied", f"{target} has Durable Objects of its own")
    classes[target] = replace(namespace, class_name=target)


def _is_tombstone(entry: Mapping[str, Any]) -> bool:
    return entry.get("state") in TOMBSTONES


def _storage(name: str, entry: Mapping[str, Any]) -> bool:
    """Whether a declared class has SQLite storage."""
    state = entry.get("state", "created")
    if state not in ("created", AWAITED):
        raise RestError(f'The export "{name}" has the state "{state}", which does not exist.')
    storage = entry.get("storage")
    if not isinstance(storage, str) or storage not in STORAGES:
        raise RestError(f'The export "{name}" needs a "storage": {" or ".join(STORAGES)}.')
    return STORAGES[storage]
