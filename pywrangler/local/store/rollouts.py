"""Rollouts of applications. Saving one that is over also moves the application, in the same transaction."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from pywrangler.local.store.applications import Applications
from pywrangler.local.store.connection import Database
from pywrangler.local.store.records import RolloutStep, StoredRollout

KEPT_ROLLOUTS = 100
"""Of each application, besides those that are not over."""


class Rollouts:
    """Repository of rollouts."""

    def __init__(self, database: Database, applications: Applications) -> None:
        self._database = database
        self._applications = applications

    def get(self, rollout_id: str) -> StoredRollout | None:
        """The rollout with that id."""
        row = self._database.row("SELECT body FROM rollouts WHERE id = ?", (rollout_id,))
        return _rollout(row["body"]) if row else None

    def of_application(self, application_id: str) -> list[StoredRollout]:
        """An application's rollouts, newest first."""
        query = "SELECT body FROM rollouts WHERE application_id = ? ORDER BY created_at DESC, rowid DESC"
        return [_rollout(row["body"]) for row in self._database.rows(query, (application_id,))]

    def unfinished(self) -> list[StoredRollout]:
        """Unfinished rollouts of all applications, which a starting platform continues."""
        query = "SELECT body FROM rollouts WHERE status IN ('pending', 'progressing') ORDER BY created_at"
        return [_rollout(row["body"]) for row in self._database.rows(query)]

    def active(self, application_id: str) -> StoredRollout | None:
        """The application's rollout that is not over; there is at most one."""
        return next((rollout for rollout in self.of_application(application_id) if not rollout.is_over), None)

    def save(self, rollout: StoredRollout) -> None:
        """Add or replace a rollout.

        A completed one makes its target the version that a later revert goes back to; a reverted one puts the
        application back to the version before it.
        """
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO rollouts (id, application_id, created_at, status, body) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET status = excluded.status, body = excluded.body",
                (
                    rollout.id,
                    rollout.application_id,
                    rollout.created_at,
                    rollout.status,
                    json.dumps(asdict(rollout)),
                ),
            )
            self._forget_oldest(rollout.application_id)
            if rollout.status == "completed":
                self._applications.mark_rolled_out(rollout.application_id, rollout.target_version)
            elif rollout.status == "reverted":
                now = rollout.last_updated_at
                self._applications.go_back(rollout.application_id, rollout.current_version, now)

    def _forget_oldest(self, application_id: str) -> None:
        self._database.execute(
            "DELETE FROM rollouts WHERE application_id = ? AND status NOT IN ('pending', 'progressing')"
            " AND id NOT IN (SELECT id FROM rollouts WHERE application_id = ?"
            " ORDER BY created_at DESC, rowid DESC LIMIT ?)",
            (application_id, application_id, KEPT_ROLLOUTS),
        )

    def delete(self, rollout_id: str) -> None:
        """Forget a rollout."""
        self._database.execute("DELETE FROM rollouts WHERE id = ?", (rollout_id,))


def _rollout(body: str) -> StoredRollout:
    fields: dict[str, Any] = json.loads(body)
    return StoredRollout(**{**fields, "steps": tuple(RolloutStep(**step) for step in fields["steps"])})
