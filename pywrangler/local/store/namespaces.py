"""Durable Object namespaces of the active versions, which `Workers.activate` writes and this reads, and the
former names of their classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from sqlite3 import Row

from pywrangler.local.store.connection import Database
from pywrangler.local.store.records import ClassName, Namespace


class Namespaces:
    """Repository of Durable Object namespaces."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Namespace]:
        """Every namespace, by script and class."""
        rows = self._database.rows("SELECT * FROM namespaces ORDER BY script, class_name")
        return [_namespace(row) for row in rows]

    def get(self, namespace_id: str) -> Namespace | None:
        """The namespace with that id."""
        row = self._database.row("SELECT * FROM namespaces WHERE id = ?", (namespace_id,))
        return _namespace(row) if row else None

    def of_script(self, script: str) -> list[Namespace]:
        """The namespaces of a Worker."""
        rows = self._database.rows("SELECT * FROM namespaces WHERE script = ? ORDER BY class_name", (script,))
        return [_namespace(row) for row in rows]

    def find(self, script: str, class_name: str) -> Namespace | None:
        """The namespace of one class of a Worker."""
        query = "SELECT * FROM namespaces WHERE script = ? AND class_name = ?"
        row = self._database.row(query, (script, class_name))
        return _namespace(row) if row else None

    def former(self) -> dict[ClassName, str]:
        """Ids of the namespaces by names that their classes had before, apart from names in use."""
        rows = self._database.rows("SELECT * FROM former_classes")
        return {(row["script"], row["class_name"]): row["namespace_id"] for row in rows}

    def remember(self, former: Mapping[ClassName, str]) -> None:
        """Add former names. Names that a class has now, and names of deleted namespaces, are removed."""
        with self._database.transaction():
            for (script, class_name), namespace_id in former.items():
                self._database.execute(
                    "INSERT OR REPLACE INTO former_classes (script, class_name, namespace_id)"
                    " SELECT name, ?, ? FROM workers WHERE name = ?",
                    (class_name, namespace_id, script),
                )
            self._database.execute(
                "DELETE FROM former_classes WHERE namespace_id NOT IN (SELECT id FROM namespaces)"
                " OR EXISTS (SELECT 1 FROM namespaces WHERE namespaces.script = former_classes.script"
                " AND namespaces.class_name = former_classes.class_name)"
            )


def _namespace(row: Row) -> Namespace:
    return Namespace(row["id"], row["script"], row["class_name"], bool(row["use_sqlite"]))
