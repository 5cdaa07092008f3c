"""What the migrations of an environment do to its classes, step by step, and which steps cannot be.

A step that creates a class which is there is refused by Cloudflare (error 10074) and by the local platform.
One that renames or deletes a class which is not there is refused when it is its turn, which may have been
before an earlier step was removed from the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pywrangler.config.environments import Section
from pywrangler.config.problems.report import Report
from pywrangler.config.problems.spelling import question
from pywrangler.config.syntax.document import Node

Storage = Literal["sqlite", "key-value", "unknown"]


@dataclass(frozen=True)
class DeclaredClass:
    """A class that `migrations` or `exports` declare; `node` is its name there (or its entry in
    `exports`).
    """

    name: str
    storage: Storage
    node: Node


@dataclass
class History:
    """The classes once all migrations have run."""

    classes: dict[str, DeclaredClass] = field(default_factory=dict)
    gone: dict[str, tuple[Node, str | None]] = field(default_factory=dict)
    """Classes that were there: where they went, and under which name they are there now."""


def read_history(section: Section, report: Report | None = None) -> History:
    """What the migrations lead to; with a report, also what is wrong with them."""
    reader = _Reader(report or Report())
    for migration in section.children("migrations"):
        reader.read(migration)
    return reader.history


class _Reader:
    def __init__(self, report: Report) -> None:
        self.history = History()
        self._report = report

    def read(self, migration: Node) -> None:
        for node in migration.children("new_classes"):
            self._create(node, "key-value")
        for node in migration.children("new_sqlite_classes"):
            self._create(node, "sqlite")
        for entry in migration.children("transferred_classes"):
            self._create(entry.get("to"), "unknown")
        for entry in migration.children("renamed_classes"):
            former = self._remove(entry.get("from"), entry.text("to"))
            self._create(entry.get("to"), former.storage if former else "unknown")
        for node in migration.children("deleted_classes"):
            self._remove(node, None)

    def _create(self, node: Node | None, storage: Storage) -> None:
        if node is None or not isinstance(node.value, str):
            return
        there = self.history.classes.get(node.value)
        if there:
            where = f'"{there.node}" in line {there.node.place.line}'
            message = f'The class "{node.value}" is there already, by {where}'
            hint = "Remove it here."
            if (there.storage, storage) == ("key-value", "sqlite"):
                hint = "Remove it there, unless that was deployed: a class keeps its storage."
            self._report.error("class-created-twice", message, node.place, hint)
            storage = "unknown"
        self.history.gone.pop(node.value, None)
        self.history.classes[node.value] = DeclaredClass(node.value, storage, node)

    def _remove(self, node: Node | None, successor: str | None) -> DeclaredClass | None:
        if node is None or not isinstance(node.value, str):
            return None
        former = self.history.classes.pop(node.value, None)
        if former is None:
            went = self.history.gone.get(node.value)
            message = f'"{node}" is "{node.value}", a class that no migration before it creates'
            if went:
                where = f'"{went[0]}" in line {went[0].place.line}'
                message = f'"{node}" is "{node.value}", a class that went with {where}'
            hint = question(node.value, self.history.classes)
            self._report.warning("class-not-there", message, node.place, hint)
        self.history.gone[node.value] = (node, successor)
        return former
