"""Which applications may mount with FUSE, by name: what the user decided."""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.local.store.connection import Database


class FusePermissions:
    """Repository of decisions; an application without one may not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Mapping[str, bool]:
        """Every decision, by the application's name."""
        rows = self._database.rows("SELECT * FROM fuse_permissions ORDER BY application")
        return {row["application"]: bool(row["is_allowed"]) for row in rows}

    def is_allowed(self, application: str) -> bool:
        """Whether an application may mount."""
        return self.all().get(application, False)

    def decide(self, application: str, worker: str, *, is_allowed: bool) -> None:
        """Keep a decision for an application of a Worker."""
        self._database.execute(
            "INSERT INTO fuse_permissions (application, worker, is_allowed) VALUES (?, ?, ?)"
            " ON CONFLICT (application) DO UPDATE SET worker = excluded.worker,"
            " is_allowed = excluded.is_allowed",
            (application, worker, is_allowed),
        )

    def forget_worker(self, worker: str) -> None:
        """The Worker was deleted: another one with the same applications needs new decisions."""
        self._database.execute("DELETE FROM fuse_permissions WHERE worker = ?", (worker,))
