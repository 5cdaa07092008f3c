"""Workflows: names, and the classes that run them. Their instances live in the runtime of the Worker."""

from __future__ import annotations

import json
from sqlite3 import Row

from pywrangler.local.store.connection import Database
from pywrangler.local.store.records import Workflow


class Workflows:
    """Repository of Workflows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Workflow]:
        """Every Workflow, by name."""
        return [_workflow(row) for row in self._database.rows("SELECT * FROM workflows ORDER BY name")]

    def get(self, name: str) -> Workflow | None:
        """The Workflow with that name."""
        row = self._database.row("SELECT * FROM workflows WHERE name = ?", (name,))
        return _workflow(row) if row else None

    def save(self, workflow: Workflow) -> None:
        """Add a Workflow, or change everything but its id and its beginning."""
        self._database.execute(
            "INSERT INTO workflows (name, id, script, class_name, settings, created_on, modified_on)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET script = excluded.script,"
            " class_name = excluded.class_name, settings = excluded.settings,"
            " modified_on = excluded.modified_on",
            (
                workflow.name,
                workflow.id,
                workflow.script,
                workflow.class_name,
                json.dumps(dict(workflow.settings)),
                workflow.created_on,
                workflow.modified_on,
            ),
        )

    def delete_of(self, script: str) -> None:
        """Remove the Workflows of a Worker."""
        self._database.execute("DELETE FROM workflows WHERE script = ?", (script,))

    def delete(self, name: str) -> None:
        """Remove a Workflow."""
        self._database.execute("DELETE FROM workflows WHERE name = ?", (name,))


def _workflow(row: Row) -> Workflow:
    return Workflow(
        row["name"],
        row["id"],
        row["script"],
        row["class_name"],
        json.loads(row["settings"]),
        row["created_on"],
        row["modified_on"],
    )
