"""D1 databases: ids and names. Their tables live in the runtime of D1."""

from __future__ import annotations

from sqlite3 import Row

from pywrangler.local.store.connection import Database
from pywrangler.local.store.records import D1Database


class D1Databases:
    """Repository of D1 databases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[D1Database]:
        """Every database, by name."""
        return [_database(row) for row in self._database.rows("SELECT * FROM d1_databases ORDER BY name")]

    def get(self, database_id: str) -> D1Database | None:
        """The database with that id."""
        row = self._database.row("SELECT * FROM d1_databases WHERE id = ?", (database_id,))
        return _database(row) if row else None

    def named(self, name: str) -> D1Database | None:
        """The database with that name."""
        row = self._database.row("SELECT * FROM d1_databases WHERE name = ?", (name,))
        return _database(row) if row else None

    def add(self, database: D1Database) -> None:
        """Add a database, whose name must be free."""
        self._database.execute(
            "INSERT INTO d1_databases (id, name, created_on) VALUES (?, ?, ?)",
            (database.id, database.name, database.created_on),
        )

    def delete(self, database_id: str) -> None:
        """Remove a database."""
        self._database.execute("DELETE FROM d1_databases WHERE id = ?", (database_id,))


def _database(row: Row) -> D1Database:
    return D1Database(row["id"], row["name"], row["created_on"])
