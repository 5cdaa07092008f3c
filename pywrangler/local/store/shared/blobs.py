"""Contents in the bucket of a cluster, by their SHA-256: which object has each, and which no one needs.

The rows decide, not the bucket: a content exists while it has a row, and each upload has an object of its
own. So a node that removes an object can never remove one that another node has just made.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pywrangler.local.store.connection import Database

_SELECT = "SELECT digest, object, size, used_at FROM blobs"
_NEEDED = (
    "SELECT json_extract(module.value, '$.sha256') FROM versions, json_each(versions.modules) AS module"
    " UNION SELECT sha256 FROM assets WHERE sha256 IS NOT NULL"
    " UNION SELECT json_extract(part.value, '$.sha256') FROM shared_images, json_each(shared_images.parts)"
    " AS part WHERE json_extract(part.value, '$.sha256') IS NOT NULL"
)


class Blobs(Protocol):
    """Where nodes of a cluster leave files for each other."""

    async def add(self, digest: str, file: Path) -> None:
        """Store a file with this SHA-256 (hex digits). What is there is not sent again."""

    async def fetch(self, digest: str, target: Path) -> None:
        """Make `target` the file with this SHA-256. Raises `PywranglerError` if there is none."""


@dataclass(frozen=True)
class BlobRecord:
    """A content in the bucket."""

    digest: str
    """SHA-256, 64 hex digits."""
    object: str
    """The key of its object."""
    size: int
    used_at: float
    """When a client last relied on it."""


class StoredBlobs:
    """Repository of contents. All that changes is part of a change of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, digest: str) -> BlobRecord | None:
        """The content with this digest."""
        row = self._database.row(f"{_SELECT} WHERE digest = ?", (digest,))
        return BlobRecord(**dict(row)) if row else None

    def objects(self) -> set[str]:
        """The keys of all objects."""
        return {row["object"] for row in self._database.rows("SELECT object FROM blobs")}

    def add(self, record: BlobRecord) -> BlobRecord:
        """Add a content; the record that counts, which is another one if its content was there."""
        self._database.execute(
            "INSERT INTO blobs (digest, object, size, used_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (digest) DO UPDATE SET used_at = MAX(used_at, excluded.used_at)",
            (record.digest, record.object, record.size, record.used_at),
        )
        return self.get(record.digest) or record

    def touch(self, digest: str, now: float) -> bool:
        """Note that a client relies on a content; False if it is gone."""
        statement = "UPDATE blobs SET used_at = MAX(used_at, ?) WHERE digest = ?"
        return self._database.execute(statement, (now, digest)) > 0

    def forget_unneeded(self, before: float) -> list[BlobRecord]:
        """Remove the rows of contents that nothing needs and that no client has relied on since `before`."""
        condition = f"used_at < ? AND digest NOT IN ({_NEEDED})"
        rows = self._database.rows(f"{_SELECT} WHERE {condition}", (before,))
        unneeded = [BlobRecord(**dict(row)) for row in rows]
        for each in unneeded:
            self._database.execute("DELETE FROM blobs WHERE digest = ?", (each.digest,))
        return unneeded
