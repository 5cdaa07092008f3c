"""Durable Object namespaces of the active versions. `Workers.activate` writes them; this reads."""

from __future__ import annotations

from sqlite3 import Row

from pywrangler.local.store.connection import Database
from pywrangler.local.store.records import Namespace


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


def _namespace(row: Row) -> Namespace:
    return Namespace(row["id"], row["script"], row["class_name"], bool(row["use_sqlite"]))
