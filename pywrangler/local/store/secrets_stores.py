"""The account's Secrets Store: stores, and in them secrets whose values are encrypted."""

from __future__ import annotations

import json
from sqlite3 import Row

from pywrangler.local.store.cipher import Cipher
from pywrangler.local.store.connection import Database
from pywrangler.local.store.records import SecretsStore, StoredSecret
from pywrangler.sensitive import Sensitive


class SecretsStores:
    """Repository of stores and their secrets."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    def all(self) -> list[SecretsStore]:
        """Every store, oldest first."""
        return [
            _store(row) for row in self._database.rows("SELECT * FROM secrets_stores ORDER BY created, name")
        ]

    def get(self, store_id: str) -> SecretsStore | None:
        """The store with that id."""
        row = self._database.row("SELECT * FROM secrets_stores WHERE id = ?", (store_id,))
        return _store(row) if row else None

    def named(self, name: str) -> SecretsStore | None:
        """The store of that name."""
        row = self._database.row("SELECT * FROM secrets_stores WHERE name = ?", (name,))
        return _store(row) if row else None

    def create(self, store: SecretsStore) -> None:
        """Add a store; its id and name must be free."""
        self._database.execute(
            "INSERT INTO secrets_stores (id, name, created, modified) VALUES (?, ?, ?, ?)",
            (store.id, store.name, store.created, store.modified),
        )

    def delete(self, store_id: str) -> None:
        """Remove a store with its secrets."""
        self._database.execute("DELETE FROM secrets_stores WHERE id = ?", (store_id,))

    def secrets(self, store_id: str) -> list[StoredSecret]:
        """A store's secrets, by name, without their values."""
        rows = self._database.rows(
            "SELECT * FROM stored_secrets WHERE store_id = ? ORDER BY name", (store_id,)
        )
        return [_secret(row) for row in rows]

    def secret(self, store_id: str, secret_id: str) -> StoredSecret | None:
        """One secret, without its value."""
        query = "SELECT * FROM stored_secrets WHERE store_id = ? AND id = ?"
        row = self._database.row(query, (store_id, secret_id))
        return _secret(row) if row else None

    def secret_named(self, store_id: str, name: str) -> StoredSecret | None:
        """One secret by its name, without its value."""
        row = self._database.row(
            "SELECT * FROM stored_secrets WHERE store_id = ? AND name = ?", (store_id, name)
        )
        return _secret(row) if row else None

    def value(self, store_id: str, name: str) -> Sensitive[str] | None:
        """The value of a secret, by store and name: what a binding's `get()` answers."""
        row = self._database.row(
            "SELECT * FROM stored_secrets WHERE store_id = ? AND name = ?", (store_id, name)
        )
        return self._cipher.open(row["sealed"], row["id"]) if row else None

    def save(self, secret: StoredSecret, value: Sensitive[str]) -> None:
        """Add a secret, or replace one with the same id."""
        self._database.execute(
            "INSERT INTO stored_secrets (id, store_id, name, scopes, comment, created, modified, sealed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
            " scopes = excluded.scopes, comment = excluded.comment, modified = excluded.modified, sealed ="
            " excluded.sealed",
            (
                secret.id,
                secret.store_id,
                secret.name,
                json.dumps(list(secret.scopes)),
                secret.comment,
                secret.created,
                secret.modified,
                self._cipher.seal(value, secret.id),
            ),
        )

    def delete_secret(self, secret_id: str) -> None:
        """Remove a secret."""
        self._database.execute("DELETE FROM stored_secrets WHERE id = ?", (secret_id,))


def _store(row: Row) -> SecretsStore:
    return SecretsStore(row["id"], row["name"], row["created"], row["modified"])


def _secret(row: Row) -> StoredSecret:
    return StoredSecret(
        id=row["id"],
        store_id=row["store_id"],
        name=row["name"],
        scopes=tuple(json.loads(row["scopes"])),
        comment=row["comment"],
        created=row["created"],
        modified=row["modified"],
    )
