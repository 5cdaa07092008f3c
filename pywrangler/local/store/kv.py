"""KV namespaces: ids and titles. Their values live in the Workers' runtime."""

from __future__ import annotations

from sqlite3 import Row

from pywrangler.local.store.connection import Database
from pywrangler.local.store.records import KvNamespace


class KvNamespaces:
    """Repository of KV namespaces."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[KvNamespace]:
        """Every namespace, by title."""
        return [_namespace(row) for row in self._database.rows("SELECT * FROM kv_namespaces ORDER BY title")]

    def get(self, namespace_id: str) -> KvNamespace | None:
        """The namespace with that id."""
        row = self._database.row("SELECT * FROM kv_namespaces WHERE id = ?", (namespace_id,))
        return _namespace(row) if row else None

    def titled(self, title: str) -> KvNamespace | None:
        """The namespace with that title."""
        row = self._database.row("SELECT * FROM kv_namespaces WHERE title = ?", (title,))
        return _namespace(row) if row else None

    def save(self, namespace: KvNamespace) -> None:
        """Add a namespace, or rename it; the title must be free."""
        self._database.execute(
            "INSERT INTO kv_namespaces (id, title) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET title ="
            " excluded.title",
            (namespace.id, namespace.title),
        )

    def delete(self, namespace_id: str) -> None:
        """Remove a namespace."""
        self._database.execute("DELETE FROM kv_namespaces WHERE id = ?", (namespace_id,))


def _namespace(row: Row) -> KvNamespace:
    return KvNamespace(row["id"], row["title"])
