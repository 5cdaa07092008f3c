"""Transfers of Durable Object classes, with their objects, to another Worker: reads and checks them. Pure.

There are two ways, both Cloudflare's (its documentation of 2026-09, "Durable Object class exports" and "class
migrations (legacy)"). `transferred_classes` of a migration takes a class from another Worker at once. With
`exports` the target is first deployed with `expecting-transfer`, and the class moves when the source is
deployed with `transferred`. The store has no record that a Worker awaits a class: the target's active version
says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pywrangler.local.rest.errors import RestError
from pywrangler.local.store.records import Namespace, Transfer

NO_SUCH_CLASS = 10061
NO_SUCH_WORKER = 10064
RECONCILIATION_FAILED = 100402
TOMBSTONES = ("deleted", "renamed", "transferred")
"""States of an entry in `exports` whose class the Worker no longer has."""
AWAITED = "expecting-transfer"


@dataclass(frozen=True)
class Holder:
    """The classes of a Worker's active version."""

    namespaces: tuple[Namespace, ...] = ()
    exports: Mapping[str, Mapping[str, Any]] | None = None
    """Its entries about Durable Object classes."""
    container_classes: frozenset[str] = frozenset()

    def namespace(self, class_name: str) -> Namespace | None:
        """The namespace of a class of this name."""
        return next((each for each in self.namespaces if each.class_name == class_name), None)

    def awaits(self, class_name: str) -> str | None:
        """The Worker from which it awaits the class, or got it."""
        entry = (self.exports or {}).get(class_name, {})
        return entry.get("transfer_from") if entry.get("state") == AWAITED else None


@dataclass(frozen=True)
class UploadContext:
    """The state that an upload of Worker `script` finds, and its classes that will have containers."""

    script: str
    holders: Mapping[str, Holder]
    """Every Worker of the account by name."""
    container_classes: frozenset[str] = frozenset()

    @property
    def own(self) -> Holder:
        """The Worker itself, as it is now."""
        return self.holders.get(self.script, Holder())


def partners(metadata: Mapping[str, Any]) -> frozenset[str]:
    """The Workers to or from which an upload transfers classes. Whether it may is not checked."""
    migrations = metadata.get("migrations")
    steps = (migrations.get("steps") or [migrations]) if isinstance(migrations, Mapping) else []
    listed = [step.get("transferred_classes") for step in steps if isinstance(step, Mapping)]
    entries = [(entry, "from_script") for entries in listed if isinstance(entries, list) for entry in entries]
    exports = metadata.get("exports")
    if isinstance(exports, Mapping):
        entries += [(entry, "transferred_to") for entry in exports.values()]
    named = [entry.get(field) for entry, field in entries if isinstance(entry, Mapping)]
    return frozenset(name for name in named if isinstance(name, str))


def has_source_class(surroundings: UploadContext, entry: Any) -> bool:
    """Whether the class that an entry of `transferred_classes` names exists. Raises `RestError`."""
    former, source, _ = _read_taking(surroundings, entry)
    holder = surroundings.holders.get(source)
    return holder is not None and holder.namespace(former) is not None


def plan_taking(surroundings: UploadContext, entry: Any) -> Transfer:
    """The transfer that an entry of `transferred_classes` asks for. Raises `RestError`."""
    former, source, name = _read_taking(surroundings, entry)
    what = f'Cannot transfer class "{former}" of the Worker "{source}"'
    holder = surroundings.holders.get(source)
    if holder is None:
        raise RestError(f"{what}: there is no such Worker.", code=NO_SUCH_WORKER)
    namespace = holder.namespace(former)
    if namespace is None:
        has = ", ".join(sorted(each.class_name for each in holder.namespaces)) or "none"
        raise RestError(f"{what}: it has no such class (it has {has}).", code=NO_SUCH_CLASS)
    if holder.exports:
        raise RestError(
            f'{what}: its "exports" declare the class. Write "state": "transferred" there and'
            f' "{AWAITED}" in "exports" here, and deploy this Worker first.'
        )
    if former in holder.container_classes and name not in surroundings.container_classes:
        raise RestError(f'{what}: it has containers. Name the class "{name}" in "containers" here.')
    return Transfer(namespace, surroundings.script, name)


def plan_giving(surroundings: UploadContext, namespace: Namespace, entry: Mapping[str, Any]) -> Transfer:
    """The transfer that a `transferred` entry of `exports` asks for. Raises `RestError`."""
    name, source = namespace.class_name, surroundings.script
    target = _named_worker(name, entry, "transferred_to", source)
    waiting = sorted(
        worker
        for worker, holder in surroundings.holders.items()
        if holder.awaits(name) == source and holder.namespace(name) is None
    )
    if target not in surroundings.holders:
        raise failed(name, "transferred_target_missing", f'there is no Worker "{target}" to transfer it to')
    if target not in waiting:
        if waiting:
            message = f'"transferred_to" is {target}, and the Worker that awaits it is {", ".join(waiting)}'
            raise failed(name, "transferred_target_mismatch", message)
        message = (
            f'the Worker "{target}" does not await it; deploy that one first, with "state": "{AWAITED}" and'
            f' "transfer_from": "{source}" for this class'
        )
        raise failed(name, "transferred_pending_not_found", message)
    has_container = name in surroundings.own.container_classes
    if has_container != (name in surroundings.holders[target].container_classes):
        raise _parity(name, "transfer_container_parity_mismatch_on_commit", source, target, has_container)
    return Transfer(namespace, target, name)


def check_awaited(surroundings: UploadContext, name: str, entry: Mapping[str, Any], *, sqlite: bool) -> bool:
    """Whether an `expecting-transfer` entry still waits; False if the class has been transferred.

    Raises `RestError`.
    """
    source = _named_worker(name, entry, "transfer_from", surroundings.script)
    before = surroundings.own.awaits(name)
    if surroundings.own.namespace(name) is not None:
        if before is None:
            message = (
                f'this Worker has this class already; write "state": "created", or "{AWAITED}" for another'
            )
            raise failed(name, "phase_one_transfer_target_class_provisioned", message)
        if before != source:
            message = f'it came from the Worker "{before}", and "transfer_from" is {source}'
            raise failed(name, "phase_one_transfer_after_commit_mismatch", message)
        return False
    if before not in (None, source):
        message = f'it is awaited from the Worker "{before}"; deploy once without the entry first'
        raise failed(name, "phase_one_transfer_duplicate", message)
    _check_source(surroundings, name, source, sqlite=sqlite)
    return True


def _read_taking(surroundings: UploadContext, entry: Any) -> tuple[str, str, str]:
    """The class, the Worker that has it, and the class's name here."""
    fields = ("from", "from_script", "to")
    if not isinstance(entry, dict) or not all(isinstance(entry.get(f), str) and entry[f] for f in fields):
        raise RestError('An entry of "transferred_classes" must be {"from", "from_script", "to"}.')
    former, source, name = (entry[field] for field in fields)
    if source == surroundings.script:
        raise RestError(
            f'Cannot transfer class "{former}" of the Worker "{source}" to the same Worker: name it in'
            ' "renamed_classes" instead.'
        )
    return former, source, name


def _check_source(surroundings: UploadContext, name: str, source: str, *, sqlite: bool) -> None:
    """Check that the class can be transferred from there."""
    holder = surroundings.holders.get(source)
    if holder is None:
        raise failed(name, "phase_one_transfer_source_missing", f'there is no Worker "{source}"')
    namespace = holder.namespace(name)
    if namespace is None:
        message = f'the Worker "{source}" has no such class'
        raise failed(name, "phase_one_transfer_source_namespace_missing", message)
    if namespace.use_sqlite != sqlite:
        raise failed(
            name, "storage_type_mismatch", f'"storage" differs from the one in the Worker "{source}"'
        )
    has_container = name in holder.container_classes
    if has_container != (name in surroundings.container_classes):
        raise _parity(name, "transfer_container_parity_mismatch", source, surroundings.script, has_container)


def _parity(name: str, scenario: str, source: str, target: str, source_has_it: bool) -> RestError:
    with_it, without = (source, target) if source_has_it else (target, source)
    message = f'it has a container in the Worker "{with_it}" and none in "{without}"; both must agree'
    return failed(name, scenario, message)


def _named_worker(name: str, entry: Mapping[str, Any], field: str, script: str) -> str:
    worker = entry.get(field)
    if not isinstance(worker, str) or not worker or worker == script:
        raise RestError(f'The export "{name}" needs the name of another Worker as "{field}".')
    return worker


def failed(class_name: str, scenario: str, message: str) -> RestError:
    """The refusal of a class in `exports`, with Cloudflare's name for the reason."""
    detail = {"class": class_name, "scenario": scenario, "message": message}
    return RestError(
        f"Durable Object exports reconciliation failed: class {class_name}: {message}.",
        code=RECONCILIATION_FAILED,
        meta={"details": [detail]},
    )
