"""Dispatch namespaces. Their Workers are stored like others, under names that no other Worker can have."""

from __future__ import annotations

from sqlite3 import Row

from pywrangler.local.store.connection import Database
from pywrangler.local.store.records import DispatchNamespace


class DispatchNamespaces:
    """Repository of dispatch namespaces."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[DispatchNamespace]:
        """Every namespace, by name."""
        rows = self._database.rows("SELECT * FROM dispatch_namespaces ORDER BY name")
        return [_namespace(row) for row in rows]

    def get(self, name: str) -> DispatchNamespace | None:
        """The namespace of that name."""
        row = self._database.row("SELECT * FROM dispatch_namespaces WHERE name = ?", (name,))
        return _namespace(row) if row else None

    def add(self, namespace: DispatchNamespace) -> None:
        """Add a namespace; its name must be free."""
        self._database.execute(
            "INSERT INTO dispatch_namespaces (id, name, created_on, modified_on) VALUES (?, ?, ?, ?)",
            (namespace.id, namespace.name, namespace.created_on, namespace.modified_on),
        )

    def delete(self, name: str) -> None:
        """Remove a namespace."""
        self._database.execute("DELETE FROM dispatch_namespaces WHERE name = ?", (name,))


def _namespace(row: Row) -> DispatchNamespace:
    return DispatchNamespace(row["id"], row["name"], row["created_on"], row["modified_on"])
