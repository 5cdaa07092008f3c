"""Declared Durable Object classes: what `exports` says must be, reconciled with what there is. Pure.

`exports` maps a class to `{type: "durable-object", state?, storage?, ...}` (workers-sdk 4.164,
`DurableObjectExport`): `created` classes exist, and `deleted` and `renamed` ones are tombstones that may stay
when they have no effect any more. Names of scenarios and the shape of the report are Cloudflare's, where
wrangler 4.164 shows them (`ExportsReconciliationResult`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from pywrangler.local.rest.errors import RestError, unsupported
from pywrangler.local.rest.scripts.migrations import MigrationOutcome, plan_migrations
from pywrangler.local.store.records import Namespace

RECONCILIATION_FAILED = 100402
STORAGES = {"sqlite": True, "legacy-kv": False}
"""What an entry calls its storage, and whether that is SQLite."""
TRANSFERS = ("transferred", "expecting-transfer")


def plan_classes(
    script: str, present: MigrationOutcome, metadata: Mapping[str, Any], make_id: Callable[[], str]
) -> MigrationOutcome:
    """A Worker's namespaces after an upload with `exports`, `migrations` or neither. Raises `RestError`."""
    exports, migrations = declared_classes(metadata), metadata.get("migrations")
    if not exports:
        return plan_migrations(script, present, migrations, make_id)
    if migrations:
        raise RestError('an upload has either "migrations" or Durable Object classes in "exports"')
    return replace(present, namespaces=_reconcile(script, present.namespaces, exports, make_id))


def declared_classes(metadata: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The entries of `exports` that are about Durable Object classes. Raises `RestError`."""
    exports = metadata.get("exports") or {}
    if not isinstance(exports, dict) or not all(isinstance(entry, dict) for entry in exports.values()):
        raise RestError('the field "exports" must map names to objects')
    return {name: entry for name, entry in exports.items() if entry.get("type") == "durable-object"}


def report_reconciliation(
    exports: Mapping[str, Mapping[str, Any]], before: Iterable[Namespace], after: Iterable[Namespace]
) -> dict[str, list[Any]]:
    """What became of a Worker's classes, for the answer to the upload."""
    old, new = ({each.id: each.class_name for each in namespaces} for namespaces in (before, after))
    renamed = [{"from": name, "to": new[id_]} for id_, name in old.items() if new.get(id_, name) != name]
    stale = [name for name, entry in exports.items() if _is_tombstone(entry) and name not in old.values()]
    message = "the entry has no effect any more"
    return {
        "created": sorted(name for id_, name in new.items() if id_ not in old),
        "updated": [],
        "deleted": sorted(name for id_, name in old.items() if id_ not in new),
        "renamed": renamed,
        "transferred": [],
        "transfer_pending": [],
        "warnings": [],
        "info": [{"class": name, "scenario": "stale_tombstone", "message": message} for name in stale],
        "removable_entries": stale,
    }


def _reconcile(
    script: str,
    present: Iterable[Namespace],
    exports: Mapping[str, Mapping[str, Any]],
    make_id: Callable[[], str],
) -> tuple[Namespace, ...]:
    classes = {namespace.class_name: namespace for namespace in present}
    storages = {name: _storage(name, entry) for name, entry in exports.items() if not _is_tombstone(entry)}
    for name, entry in exports.items():
        if _is_tombstone(entry) and name in classes:
            _bury(classes, storages, name, entry)
    for name, use_sqlite in storages.items():
        namespace = classes.setdefault(name, Namespace(make_id(), script, name, use_sqlite))
        if namespace.use_sqlite != use_sqlite:
            raise _failed(name, "storage_mismatch", "its storage cannot be changed once it exists")
    if orphans := sorted(classes.keys() - exports.keys()):
        hint = 'declare it, or say "state": "deleted" to remove it with its data'
        message = f'it has Durable Objects, and "exports" does not name it; {hint}'
        raise _failed(orphans[0], "orphaned_provisioned_namespace", message)
    return tuple(classes.values())


def _bury(
    classes: dict[str, Namespace], live: Mapping[str, bool], name: str, entry: Mapping[str, Any]
) -> None:
    """Delete or rename a class that is there."""
    namespace = classes.pop(name)
    if entry["state"] == "deleted":
        return
    target = entry.get("renamed_to")
    if not isinstance(target, str) or target not in live:
        raise _failed(
            name, "rename_target_missing", f'"renamed_to" is {target}, which "exports" does not declare'
        )
    if target in classes:
        raise _failed(name, "rename_target_exists", f"{target} has Durable Objects of its own")
    classes[target] = replace(namespace, class_name=target)


def _is_tombstone(entry: Mapping[str, Any]) -> bool:
    return entry.get("state") in ("deleted", "renamed")


def _storage(name: str, entry: Mapping[str, Any]) -> bool:
    """Whether a live class has SQLite."""
    state = entry.get("state", "created")
    if state in TRANSFERS:
        raise unsupported(f'the state "{state}" of an export: it would move stored data between Workers')
    if state != "created":
        raise RestError(f'the export "{name}" has the state "{state}", which is none')
    storage = entry.get("storage")
    if not isinstance(storage, str) or storage not in STORAGES:
        raise RestError(f'the export "{name}" needs a "storage": {" or ".join(STORAGES)}')
    return STORAGES[storage]


def _failed(class_name: str, scenario: str, message: str) -> RestError:
    detail = {"class": class_name, "scenario": scenario, "message": message}
    return RestError(
        f"Durable Object exports reconciliation failed: class {class_name}: {message}",
        code=RECONCILIATION_FAILED,
        meta={"details": [detail]},
    )
