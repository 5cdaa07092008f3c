"""Durable Object migrations: which namespaces a Worker has after an upload. Pure.

The document (workers-sdk 4.164, `CfDurableObjectMigrations`) is `{old_tag?, new_tag?, steps: [...]}` or, for
one step, the step's own fields beside the tags. A step may have `new_classes`, `new_sqlite_classes`,
`renamed_classes` (`{from, to}`), `deleted_classes` and `transferred_classes`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.scripts.transfers import NO_SUCH_CLASS, Surroundings, plan_taking
from pywrangler.local.store.records import Namespace, Transfer

TAG_MISMATCH = 10079
CLASS_EXISTS = 10074


@dataclass(frozen=True)
class MigrationOutcome:
    """A Worker's namespaces and migration tag after its migrations."""

    namespaces: tuple[Namespace, ...]
    tag: str | None
    transfers: tuple[Transfer, ...] = ()
    """Classes that come from other Workers (they are among the namespaces), or go to them."""
    awaited: Mapping[str, bool] = field(default_factory=dict)
    """Classes that another Worker has yet to give up, and whether they have SQLite."""


def plan_migrations(
    surroundings: Surroundings,
    present: MigrationOutcome,
    migrations: Mapping[str, Any] | None,
    make_id: Callable[[], str],
) -> MigrationOutcome:
    """What a Worker's namespaces become. Raises `RestError` where a step does not fit what is there."""
    if not migrations:
        return present
    expected = migrations.get("old_tag") or None
    if expected != present.tag:
        raise RestError(
            f'Migration tag precondition failed; current tag is "{present.tag or ""}",'
            f' expected "{expected or ""}"',
            status=412,
            code=TAG_MISMATCH,
        )
    classes = {namespace.class_name: namespace for namespace in present.namespaces}
    transfers: list[Transfer] = []
    for step in migrations.get("steps") or [migrations]:
        _apply_step(surroundings.script, classes, step, make_id)
        transfers += [_take(surroundings, classes, entry) for entry in _entries(step, "transferred_classes")]
    tag = migrations.get("new_tag") or present.tag
    return MigrationOutcome(tuple(classes.values()), tag, tuple(transfers))


def _apply_step(
    script: str, classes: dict[str, Namespace], step: Mapping[str, Any], make_id: Callable[[], str]
) -> None:
    for kind, use_sqlite in (("new_classes", False), ("new_sqlite_classes", True)):
        for name in _names(step, kind):
            if name in classes:
                raise RestError(
                    f'Cannot apply the migration {kind} to class "{name}", which has Durable Objects',
                    code=CLASS_EXISTS,
                )
            classes[name] = Namespace(make_id(), script, name, use_sqlite)
    for rename in _entries(step, "renamed_classes"):
        _rename(classes, rename)
    for name in _names(step, "deleted_classes"):
        _require(classes, name, "deleted_classes")
        del classes[name]


def _rename(classes: dict[str, Namespace], rename: Any) -> None:
    if not isinstance(rename, dict) or not all(isinstance(rename.get(key), str) for key in ("from", "to")):
        raise RestError('an entry of "renamed_classes" must be {"from", "to"}')
    old, new = rename["from"], rename["to"]
    _require(classes, old, "renamed_classes")
    if new in classes:
        raise RestError(
            f'Cannot rename class "{old}": class "{new}" already has Durable Objects', code=CLASS_EXISTS
        )
    classes[new] = replace(classes.pop(old), class_name=new)


def _take(surroundings: Surroundings, classes: dict[str, Namespace], entry: Any) -> Transfer:
    """A class of another Worker, which it must be able to give up."""
    transfer = plan_taking(surroundings, entry)
    name = transfer.class_name
    if name in classes:
        raise RestError(
            f'Cannot transfer to class "{name}", which has Durable Objects: a transfer makes the class'
            " itself, so no other migration may",
            code=CLASS_EXISTS,
        )
    if any(each.id == transfer.namespace.id for each in classes.values()):
        raise RestError(f'the class "{transfer.namespace.class_name}" cannot be transferred twice')
    classes[name] = transfer.moved
    return transfer


def _entries(step: Mapping[str, Any], field: str) -> Sequence[Any]:
    entries = step.get(field) or ()
    if not isinstance(entries, list | tuple):
        raise RestError(f'the migration field "{field}" must be a list')
    return entries


def _names(step: Mapping[str, Any], field: str) -> Sequence[str]:
    names = step.get(field) or ()
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) and name for name in names):
        raise RestError(f'the migration field "{field}" must be a list of class names')
    return names


def _require(classes: Mapping[str, Namespace], name: str, field: str) -> None:
    if name not in classes:
        raise RestError(
            f'Cannot apply the migration {field} to class "{name}", which has no Durable Objects',
            code=NO_SUCH_CLASS,
        )
