"""What the configuration says about the Worker's Durable Object classes: where each is declared, with
which storage, and what is bound to it. Pure reading; `links` judges it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pywrangler.config.document import Node
from pywrangler.config.environments import Section

Storage = Literal["sqlite", "key-value", "unknown"]
LIVE_STATES = ("created", "expecting-transfer")


@dataclass(frozen=True)
class DeclaredClass:
    """A class that `migrations` or `exports` declare; `node` is its name there (or its entry in
    `exports`).
    """

    name: str
    storage: Storage
    node: Node


@dataclass(frozen=True)
class Classes:
    """The classes of one environment."""

    declared: Mapping[str, DeclaredClass]
    bindings: Mapping[str, Node]
    """Bindings to classes of this Worker, by class; the first of each."""
    elsewhere: Mapping[str, Node]
    """Bindings to classes of other Workers, by class."""
    has_migrations: bool
    has_exports: bool

    @property
    def names(self) -> list[str]:
        """Every class of this Worker that is named somewhere."""
        return [*self.declared, *(name for name in self.bindings if name not in self.declared)]


def read_classes(section: Section, worker: str | None) -> Classes:
    """The classes as declared and bound in this environment of `worker`."""
    bindings: dict[str, Node] = {}
    elsewhere: dict[str, Node] = {}
    for binding in section.children("durable_objects", "bindings"):
        class_name, script = binding.text("class_name"), binding.text("script_name")
        if class_name:
            (bindings if script in (None, worker) else elsewhere).setdefault(class_name, binding)
    migrated, exported = _migrated(section), _exported(section)
    return Classes(
        {**migrated, **exported},
        bindings,
        elsewhere,
        has_migrations=bool(section.children("migrations")),
        has_exports=any(entry.text("type") == "durable-object" for _, entry in export_entries(section)),
    )


def export_entries(section: Section) -> list[tuple[str, Node]]:
    """The entries of `exports`."""
    exports = section.get("exports")
    return [*exports.entries()] if exports else []


def is_live(entry: Node) -> bool:
    """Whether an entry of `exports` declares a class that exists, rather than one that went."""
    return entry.text("type") == "durable-object" and (entry.text("state") or "created") in LIVE_STATES


def _exported(section: Section) -> dict[str, DeclaredClass]:
    return {
        name: DeclaredClass(name, "key-value" if entry.text("storage") == "legacy-kv" else "sqlite", entry)
        for name, entry in export_entries(section)
        if is_live(entry)
    }


def _migrated(section: Section) -> dict[str, DeclaredClass]:
    """The classes that exist once all migrations have run, oldest first."""
    classes: dict[str, DeclaredClass] = {}
    for migration in section.children("migrations"):
        _add(classes, migration, "new_classes", "key-value")
        _add(classes, migration, "new_sqlite_classes", "sqlite")
        for entry in migration.children("transferred_classes"):
            _put(classes, entry.get("to"), "unknown")
        for entry in migration.children("renamed_classes"):
            former = classes.pop(entry.text("from") or "", None)
            _put(classes, entry.get("to"), former.storage if former else "unknown")
        for name in migration.texts("deleted_classes"):
            classes.pop(name, None)
    return classes


def _add(classes: dict[str, DeclaredClass], migration: Node, field: str, storage: Storage) -> None:
    for node in migration.children(field):
        _put(classes, node, storage)


def _put(classes: dict[str, DeclaredClass], node: Node | None, storage: Storage) -> None:
    if node is not None and isinstance(node.value, str):
        classes[node.value] = DeclaredClass(node.value, storage, node)
