"""The declarations of the Worker's Durable Object classes: where each is declared, with which storage, and
what is bound to it. Pure reading; `links` judges it.
"""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.config.classes.migrations import DeclaredClass, read_history
from pywrangler.config.environments import Section
from pywrangler.config.syntax.document import Node
from pywrangler.dataclass import dataclass

LIVE_STATES = ("created", "expecting-transfer")


@dataclass(frozen=True)
class Classes:
    """The classes of one environment."""

    declared: Mapping[str, DeclaredClass]
    gone: Mapping[str, tuple[Node, str | None]]
    """Classes that migrations renamed or deleted: where, and their new names."""
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
    history = read_history(section)
    return Classes(
        {**history.classes, **_exported(section)},
        history.gone,
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
    """Whether an entry of `exports` declares a class that exists, rather than one that was removed."""
    return entry.text("type") == "durable-object" and (entry.text("state") or "created") in LIVE_STATES


def _exported(section: Section) -> dict[str, DeclaredClass]:
    return {
        name: DeclaredClass(name, "key-value" if entry.text("storage") == "legacy-kv" else "sqlite", entry)
        for name, entry in export_entries(section)
        if is_live(entry)
    }
