"""R2 buckets: names and settings; and access keys of S3. Objects live in the runtime of R2."""

from __future__ import annotations

from collections.abc import Collection
from sqlite3 import Row

from pywrangler.local.store.cipher import Cipher
from pywrangler.local.store.connection import Database
from pywrangler.local.store.records import R2Bucket, S3Key, WorkerKey
from pywrangler.sensitive import Sensitive

PORT = "r2_s3_port"
"""Where the port of the S3 interface stands among the platform's own values."""


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

    def set_public(self, name: str, *, is_public: bool) -> None:
        """Let anyone read a bucket's objects, or no longer."""
        self._database.execute("UPDATE r2_buckets SET is_public = ? WHERE name = ?", (is_public, name))

    def delete(self, name: str) -> None:
        """Remove a bucket."""
        self._database.execute("DELETE FROM r2_buckets WHERE name = ?", (name,))


class S3Keys:
    """Repository of the access keys of R2's S3 interface, their secrets encrypted, and of its port."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    def all(self) -> list[S3Key]:
        """Every key, the oldest first."""
        return [
            S3Key(row["id"], row["name"], row["created_on"])
            for row in self._database.rows("SELECT * FROM r2_s3_keys ORDER BY created_on, id")
        ]

    def secrets(self) -> dict[str, Sensitive[str]]:
        """The secret access keys, by id."""
        rows = self._database.rows("SELECT id, sealed FROM r2_s3_keys ORDER BY id")
        return {row["id"]: self._cipher.open(row["sealed"], f"r2-s3/{row['id']}") for row in rows}

    def add(self, key: S3Key, secret: Sensitive[str]) -> None:
        """Keep a new key."""
        sealed = self._cipher.seal(secret, f"r2-s3/{key.id}")
        self._database.execute(
            "INSERT INTO r2_s3_keys (id, name, sealed, created_on) VALUES (?, ?, ?, ?)",
            (key.id, key.name, sealed, key.created_on),
        )

    def delete(self, key_id: str) -> None:
        """Remove a key."""
        self._database.execute("DELETE FROM r2_s3_keys WHERE id = ?", (key_id,))

    def of_workers(self) -> list[WorkerKey]:
        """The keys that configurations of Workers name, each for one bucket."""
        rows = self._database.rows("SELECT * FROM r2_worker_keys ORDER BY worker, bucket")
        return [WorkerKey(row["bucket"], row["id"], self._opened(row)) for row in rows]

    def set_of_worker(self, worker: str, keys: Collection[WorkerKey]) -> None:
        """Keep these of a Worker, and no others. Where a bucket is bound twice, its last key counts."""
        with self._database.transaction():
            self._database.execute("DELETE FROM r2_worker_keys WHERE worker = ?", (worker,))
            for key in keys:
                sealed = self._cipher.seal(key.secret, f"r2-s3/{worker}/{key.bucket}")
                self._database.execute(
                    "INSERT OR REPLACE INTO r2_worker_keys (worker, bucket, id, sealed) VALUES (?, ?, ?, ?)",
                    (worker, key.bucket, key.id, sealed),
                )

    def _opened(self, row: Row) -> Sensitive[str]:
        return self._cipher.open(row["sealed"], f"r2-s3/{row['worker']}/{row['bucket']}")

    def port(self) -> int | None:
        """The port that the interface had last."""
        row = self._database.row("SELECT value FROM meta WHERE key = ?", (PORT,))
        return int(row["value"]) if row else None

    def set_port(self, port: int) -> None:
        """Remember the port."""
        self._database.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (PORT, str(port)),
        )


def _bucket(row: Row) -> R2Bucket:
    return R2Bucket(
        row["name"],
        row["created_on"],
        row["location"],
        row["storage_class"],
        row["jurisdiction"],
        bool(row["is_public"]),
    )
