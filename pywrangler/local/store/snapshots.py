"""Records of snapshots, whose images are in the engine."""

from __future__ import annotations

from dataclasses import astuple, fields

from pywrangler.local.instances.snapshots import Snapshot
from pywrangler.local.store.connection import Database

_COLUMNS = ", ".join(field.name for field in fields(Snapshot))
_PLACES = ", ".join("?" for _ in fields(Snapshot))


class StoredSnapshots:
    """Repository of snapshots (`SnapshotRecords`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, snapshot: Snapshot) -> None:
        """Add or replace a record."""
        self._database.execute(
            f"INSERT OR REPLACE INTO snapshots ({_COLUMNS}) VALUES ({_PLACES})",  # noqa: S608 - names of fields
            astuple(snapshot),
        )

    def get(self, snapshot_id: str) -> Snapshot | None:
        """A record, or None if it does not exist."""
        rows = self._database.rows("SELECT * FROM snapshots WHERE id = ?", (snapshot_id,))
        return next((Snapshot(**dict(row)) for row in rows), None)

    def all(self) -> list[Snapshot]:
        """Every record, oldest first."""
        return [
            Snapshot(**dict(row))
            for row in self._database.rows("SELECT * FROM snapshots ORDER BY created_at, id")
        ]

    def delete(self, snapshot_id: str) -> None:
        """Drop a record. It need not exist."""
        self._database.execute("DELETE FROM snapshots WHERE id = ?", (snapshot_id,))
