"""Rules by which changes of R2's objects become messages of queues."""

from __future__ import annotations

import json
from sqlite3 import Row

from pywrangler.local.store.connection import Database
from pywrangler.local.store.records import NotificationRule


class NotificationRules:
    """Repository of rules."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[NotificationRule]:
        """Every rule, the oldest first."""
        rows = self._database.rows("SELECT * FROM r2_notification_rules ORDER BY created_on, id")
        return [_rule(row) for row in rows]

    def of_bucket(self, bucket: str) -> list[NotificationRule]:
        """Those of one bucket."""
        return [rule for rule in self.all() if rule.bucket == bucket]

    def add(self, rule: NotificationRule) -> None:
        """Keep a new rule."""
        self._database.execute(
            "INSERT INTO r2_notification_rules"
            " (id, bucket, queue_id, prefix, suffix, actions, description, created_on)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                rule.id,
                rule.bucket,
                rule.queue_id,
                rule.prefix,
                rule.suffix,
                json.dumps(rule.actions),
                rule.description,
                rule.created_on,
            ),
        )

    def delete(self, rule_id: str) -> None:
        """Remove a rule."""
        self._database.execute("DELETE FROM r2_notification_rules WHERE id = ?", (rule_id,))

    def forget_bucket(self, bucket: str) -> None:
        """The bucket was deleted."""
        self._database.execute("DELETE FROM r2_notification_rules WHERE bucket = ?", (bucket,))

    def forget_queue(self, queue_id: str) -> None:
        """The queue was deleted."""
        self._database.execute("DELETE FROM r2_notification_rules WHERE queue_id = ?", (queue_id,))


def _rule(row: Row) -> NotificationRule:
    return NotificationRule(
        row["id"],
        row["bucket"],
        row["queue_id"],
        row["prefix"],
        row["suffix"],
        tuple(json.loads(row["actions"])),
        row["description"],
        row["created_on"],
    )
