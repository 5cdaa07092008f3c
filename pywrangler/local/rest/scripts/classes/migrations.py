"""Durable Object migrations: which namespaces a Worker has after an upload. Pure.

The document (workers-sdk 4.164, `CfDurableObjectMigrations`) is `{old_tag?, new_tag?, steps: [...]}` or, for
one step, the step's own fields beside the tags. A step may have `new_classes`, `new_sqlite_classes`,
`renamed_classes` (`{from, to}`), `deleted_classes` and `transferred_classes`.

A history of migrations may begin with classes that were created before it or elsewhere. Cloudflare has them,
and a new platform does not. So, unlike on Cloudflare, a class that does not exist can be deleted. If no
migration was applied to the Worker yet, a class that does not exist can also be renamed or taken from another
Worker; the new name is then a class without objects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.scripts.classes.transfers import (
    NO_SUCH_CLASS,
    UploadContext,
    has_source_class,
    plan_taking,
)
from pywrangler.local.store.records import ClassName, Namespace, Transfer

TAG_MISMATCH = 10079
CLASS_EXISTS = 10074


@dataclass(frozen=True)
class UnknownClass:
    """A class that a migration deletes, renames or takes, and that did not exist."""

    kind: str
    """The migration's field."""
    name: str
    to: str | None = None
    """The class without objects that replaces it in the end; None if a later step deletes it."""
    script: str | None = None
    """The other Worker that should have it."""


@dataclass(frozen=True)
class ClassState:
    """A Worker's namespaces and migration tag after its migrations."""

    namespaces: tuple[Namespace, ...]
    tag: str | None
    transfers: tuple[Transfer, ...] = ()
    """Classes that are transferred from other Workers (these are among the namespaces) or to them."""
    awaited: Mapping[str, bool] = field(default_factory=dict)
    """Classes that another Worker has not transferred yet, and whether they have SQLite."""
    former_names: Mapping[ClassName, str] = field(default_factory=dict)
    """Names that renamed classes had before or in between, and the ids of their namespaces."""
    unknown: tuple[UnknownClass, ...] = ()


def plan_migrations(
    surroundings: UploadContext,
    present: ClassState,
    migrations: Mapping[str, Any] | None,
    make_id: Callable[[], str],
) -> ClassState:
    """A Worker's namespaces after the migrations. Raises `RestError` if a step does not fit the existing
    classes.
    """
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
    steps = _Steps(surroundings, present, make_id)
    for step in migrations.get("steps") or [migrations]:
        steps.apply(step)
    return steps.outcome(migrations.get("new_tag") or present.tag)


class _Steps:
    """A Worker's classes, changed step by step."""

    def __init__(self, surroundings: UploadContext, present: ClassState, make_id: Callable[[], str]) -> None:
        self._surroundings = surroundings
        self._make_id = make_id
        self._is_first = present.tag is None
        """Whether no migration was applied to the Worker before."""
        self._classes = {namespace.class_name: namespace for namespace in present.namespaces}
        self._transfers: list[Transfer] = []
        self._former_names: dict[ClassName, str] = {}
        self._unknown: list[tuple[UnknownClass, str | None]] = []
        """Each with the id of the namespace that was created instead."""

    def outcome(self, tag: str | None) -> ClassState:
        """The state after all steps."""
        names = {namespace.id: namespace.class_name for namespace in self._classes.values()}
        return ClassState(
            tuple(self._classes.values()),
            tag,
            tuple(self._transfers),
            former_names=self._former_names,
            unknown=tuple(replace(each, to=names.get(id_ or "")) for each, id_ in self._unknown),
        )

    def apply(self, step: Mapping[str, Any]) -> None:
        """Apply one step, in Wrangler's order (4.164, `getDurableObjectClassNameToUseSQLiteMap`). With this
        order a step can delete a class and create it again, or give its name to another class.
        """
        for name in _names(step, "deleted_classes"):
            if self._classes.pop(name, None) is None:
                self._unknown.append((UnknownClass("deleted_classes", name), None))
        for rename in _entries(step, "renamed_classes"):
            self._rename(rename)
        for kind, use_sqlite in (("new_classes", False), ("new_sqlite_classes", True)):
            for name in _names(step, kind):
                self._create(kind, name, use_sqlite=use_sqlite)
        for entry in _entries(step, "transferred_classes"):
            self._take(entry)

    def _create(self, kind: str, name: str, *, use_sqlite: bool) -> None:
        if name in self._classes:
            raise RestError(
                f'Cannot apply the migration {kind} to class "{name}", which has Durable Objects.',
                code=CLASS_EXISTS,
            )
        self._classes[name] = Namespace(self._make_id(), self._surroundings.script, name, use_sqlite)

    def _rename(self, rename: Any) -> None:
        if not isinstance(rename, dict) or not all(
            isinstance(rename.get(key), str) and rename[key] for key in ("from", "to")
        ):
            raise RestError('An entry of "renamed_classes" must be {"from", "to"}.')
        old, new = rename["from"], rename["to"]
        namespace = self._classes.get(old)
        if namespace is None:
            self._begin(UnknownClass("renamed_classes", old), new)
            return
        if new in self._classes and new != old:
            raise RestError(
                f'Cannot rename class "{old}": class "{new}" already has Durable Objects.', code=CLASS_EXISTS
            )
        del self._classes[old]
        self._classes[new] = replace(namespace, class_name=new)
        self._former_names[namespace.script, old] = namespace.id

    def _begin(self, unknown: UnknownClass, name: str) -> None:
        """Create the class `name`, because the class that it would be made from does not exist."""
        if not self._is_first:
            has = ", ".join(sorted(self._classes)) or "no class"
            raise RestError(
                f'Cannot apply the migration {unknown.kind} to class "{unknown.name}", which has no Durable'
                f' Objects (this Worker has {has}). To create the class "{name}" without objects, name it in'
                ' "new_sqlite_classes" instead.',
                code=NO_SUCH_CLASS,
            )
        # The class may exist: the history's first step may have been changed to the new name, too.
        if name not in self._classes:
            self._create(unknown.kind, name, use_sqlite=True)
        namespace = self._classes[name]
        self._unknown.append((unknown, namespace.id))
        if unknown.script is None:
            self._former_names[namespace.script, unknown.name] = namespace.id

    def _take(self, entry: Any) -> None:
        """Take a class from another Worker, if the transfer is allowed."""
        if self._is_first and not has_source_class(self._surroundings, entry):
            unknown = UnknownClass("transferred_classes", entry["from"], script=entry["from_script"])
            self._begin(unknown, entry["to"])
            return
        transfer = plan_taking(self._surroundings, entry)
        name = transfer.class_name
        if name in self._classes:
            raise RestError(
                f'Cannot transfer to class "{name}", which has Durable Objects: a transfer makes the class'
                " itself, so no other migration may.",
                code=CLASS_EXISTS,
            )
        if any(each.id == transfer.namespace.id for each in self._classes.values()):
            raise RestError(f'The class "{transfer.namespace.class_name}" cannot be transferred twice.')
        self._classes[name] = transfer.moved
        self._transfers.append(transfer)


def _entries(step: Mapping[str, Any], field: str) -> Sequence[Any]:
    entries = step.get(field) or ()
    if not isinstance(entries, list | tuple):
        raise RestError(f'The migration field "{field}" must be a list.')
    return entries


def _names(step: Mapping[str, Any], field: str) -> Sequence[str]:
    names = step.get(field) or ()
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) and name for name in names):
        raise RestError(f'The migration field "{field}" must be a list of class names.')
    return names
