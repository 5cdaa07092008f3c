"""Follows the migrations of an environment, step by step: their effect on its classes, and impossible steps.

A step that creates a class which is there is refused by Cloudflare (error 10074) and by the local platform.
One that renames or deletes a class which is not there is refused by Cloudflare when it is its turn, which may
have been before an earlier step was removed from the file or changed. The local platform applies it when it
is one of the first steps of a Worker: nothing is deleted, and the new name is a class without objects.
"""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from pywrangler.config.environments import Section, worker_name
from pywrangler.config.problems.report import Report
from pywrangler.config.syntax.document import Node
from pywrangler.dataclass import dataclass
from pywrangler.spelling import question

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
    """Former classes: where they were removed or renamed, and their current name."""


def read_history(section: Section, report: Report | None = None) -> History:
    """The result of the migrations; with a report, also their mistakes."""
    reader = _Reader(report or Report(), worker_name(section))
    for migration in section.children("migrations"):
        reader.read(migration)
    return reader.history


class _Reader:
    def __init__(self, report: Report, worker: str | None) -> None:
        self.history = History()
        self._report = report
        self._worker = worker

    def read(self, migration: Node) -> None:
        """Read one step, in Wrangler's order (4.164): so it can delete a class and make it again."""
        for node in migration.children("deleted_classes"):
            self._remove(node, None)
        for entry in migration.children("renamed_classes"):
            self._rename(entry)
        for node in migration.children("new_classes"):
            self._create(node, "key-value")
        for node in migration.children("new_sqlite_classes"):
            self._create(node, "sqlite")
        for entry in migration.children("transferred_classes"):
            self._take(entry)

    def _create(self, node: Node | None, storage: Storage, *, is_made_by_move: bool = False) -> None:
        if node is None or not isinstance(node.value, str):
            return
        there = self.history.classes.get(node.value)
        if there:
            where = f'"{there.node}" on line {there.node.place.line}'
            message = f'The class "{node.value}" already exists, by {where}'
            hint = "Remove it here."
            if is_made_by_move:
                hint = f'Remove "{node.value}" there, unless that was deployed: this step creates it.'
            elif (there.storage, storage) == ("key-value", "sqlite"):
                hint = "Remove it there, unless that was deployed: a class keeps its storage."
            self._report.error("class-created-twice", message, node.place, hint)
            storage = "unknown"
        self.history.gone.pop(node.value, None)
        self.history.classes[node.value] = DeclaredClass(node.value, storage, node)

    def _rename(self, entry: Node) -> None:
        name, former = entry.text("to"), entry.get("from")
        if former and name is not None and former.value == name and name in self.history.classes:
            message = f'"{entry}" renames "{name}" to itself, which has no effect'
            self._report.warning("class-renamed-to-itself", message, entry.place, "Remove it.")
            return
        removed = self._remove(former, name)
        if removed or name not in self.history.classes:
            storage = removed.storage if removed else "unknown"
            self._create(entry.get("to"), storage, is_made_by_move=True)

    def _take(self, entry: Node) -> None:
        source = entry.get("from_script")
        if source and source.value == self._worker and self._worker:
            message = f'"{source}" is "{self._worker}", this Worker itself'
            hint = 'Name the Worker that has the class, or use "renamed_classes".'
            self._report.error("transfer-to-itself", message, source.place, hint)
        self._create(entry.get("to"), "unknown", is_made_by_move=True)

    def _remove(self, node: Node | None, successor: str | None) -> DeclaredClass | None:
        if node is None or not isinstance(node.value, str):
            return None
        former = self.history.classes.pop(node.value, None)
        if former is None:
            went = self.history.gone.get(node.value)
            message = f'"{node}" is "{node.value}", a class that no migration before it creates'
            hint = question(node.value, self.history.classes) or _hint_for_absent(node.value, successor)
            if went:
                where = f'"{went[0]}" on line {went[0].place.line}'
                message = f'"{node}" is "{node.value}", a class that was removed by {where}'
                hint = question(node.value, self.history.classes) or "Remove it."
            self._report.warning("class-not-there", message, node.place, hint)
        self.history.gone[node.value] = (node, successor)
        return former


def _hint_for_absent(name: str, successor: str | None) -> str:
    """Wrangler (4.164) reads the whole history before each deploy, and ends if it does not fit."""
    refused = "Cloudflare refuses it in a first deploy, and Wrangler in every deploy."
    if successor is None:
        return f"{refused} Remove it, unless the deployed Worker has the class."
    return f'{refused} Name "{name}" in "new_sqlite_classes" of an earlier migration.'
