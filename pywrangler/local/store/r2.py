"""R2 buckets: names and settings. Their objects live in the runtime of R2."""

from __future__ import annotations

from sqlite3 import Row

from pywrangler.local.store.connection import Database
from pywrangler.local.store.records import R2Bucket


class R2Buckets:
    """Repository of R2 buckets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[R2Bucket]:
        """Every bucket, by name."""
        return [_bucket(row) for row in self._database.rows("SELECT * FROM r2_buckets ORDER BY name")]

    def get(self, name: str) -> R2Bucket | None:
        """The bucket with that name."""
        row = self._database.row("SELECT * FROM r2_buckets WHERE name = ?", (name,))
        return _bucket(row) if row else None

    def save(self, bucket: R2Bucket) -> None:
        """Add a bucket, or change its storage class."""
        self._database.execute(
            "INSERT INTO r2_buckets (name, created_on, location, storage_class, jurisdiction)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET storage_class = excluded.storage_class",
            (bucket.name, bucket.created_on, bucket.location, bucket.storage_class, bucket.jurisdiction),
        )

    def delete(self, name: str) -> None:
        """Remove a bucket."""
        self._database.execute("DELETE FROM r2_buckets WHERE name = ?", (name,))


def _bucket(row: Row) -> R2Bucket:
    return R2Bucket(
        row["name"], row["created_on"], row["location"], row["storage_class"], row["jurisdiction"]
    )
