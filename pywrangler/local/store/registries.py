"""Image registries that the account has credentials for."""

from __future__ import annotations

import json
from sqlite3 import Row

from pywrangler.local.store.connection import Database
from pywrangler.local.store.records import StoredRegistry


class Registries:
    """Repository of configured registries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[StoredRegistry]:
        """Every registry, by domain."""
        return [_registry(row) for row in self._database.rows("SELECT * FROM registries ORDER BY domain")]

    def get(self, domain: str) -> StoredRegistry | None:
        """The registry at a domain."""
        row = self._database.row("SELECT * FROM registries WHERE domain = ?", (domain,))
        return _registry(row) if row else None

    def create(self, registry: StoredRegistry) -> None:
        """Add a registry; its domain must be free."""
        credential = json.dumps(dict(registry.private_credential)) if registry.private_credential else None
        self._database.execute(
            "INSERT INTO registries (domain, kind, created_at, is_public, public_credential,"
            " private_credential)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                registry.domain,
                registry.kind,
                registry.created_at,
                registry.is_public,
                registry.public_credential,
                credential,
            ),
        )

    def delete(self, domain: str) -> None:
        """Remove a registry."""
        self._database.execute("DELETE FROM registries WHERE domain = ?", (domain,))


def _registry(row: Row) -> StoredRegistry:
    credential = row["private_credential"]
    return StoredRegistry(
        domain=row["domain"],
        kind=row["kind"],
        created_at=row["created_at"],
        is_public=bool(row["is_public"]),
        public_credential=row["public_credential"],
        private_credential=json.loads(credential) if credential else None,
    )
