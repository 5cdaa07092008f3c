"""Queues and their consumers. The messages live in the runtime of queues."""

from __future__ import annotations

import json
from sqlite3 import Row

from pywrangler.local.store.connection import Database
from pywrangler.local.store.records import Queue, QueueConsumer


class Queues:
    """Repository of queues, and of what takes their messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Queue]:
        """Every queue, by name."""
        return [_queue(row) for row in self._database.rows("SELECT * FROM queues ORDER BY name")]

    def get(self, queue_id: str) -> Queue | None:
        """The queue with that id."""
        row = self._database.row("SELECT * FROM queues WHERE id = ?", (queue_id,))
        return _queue(row) if row else None

    def named(self, name: str) -> Queue | None:
        """The queue with that name."""
        row = self._database.row("SELECT * FROM queues WHERE name = ?", (name,))
        return _queue(row) if row else None

    def save(self, queue: Queue) -> None:
        """Add a queue, or change everything but its id and its beginning. Its name must be free."""
        self._database.execute(
            "INSERT INTO queues (id, name, settings, created_on, modified_on) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, settings = excluded.settings,"
            " modified_on = excluded.modified_on",
            (queue.id, queue.name, json.dumps(dict(queue.settings)), queue.created_on, queue.modified_on),
        )

    def delete(self, queue_id: str) -> None:
        """Remove a queue with its consumer."""
        self._database.execute("DELETE FROM queue_consumers WHERE queue_id = ?", (queue_id,))
        self._database.execute("DELETE FROM queues WHERE id = ?", (queue_id,))

    def consumers(self) -> list[QueueConsumer]:
        """The consumers of all queues."""
        rows = self._database.rows("SELECT * FROM queue_consumers ORDER BY created_on, id")
        return [_consumer(row) for row in rows]

    def consumer(self, queue_id: str) -> QueueConsumer | None:
        """The consumer of a queue, which has one at most."""
        row = self._database.row("SELECT * FROM queue_consumers WHERE queue_id = ?", (queue_id,))
        return _consumer(row) if row else None

    def save_consumer(self, consumer: QueueConsumer) -> None:
        """Add a consumer, or change the one with its id."""
        self._database.execute(
            "INSERT INTO queue_consumers"
            " (id, queue_id, type, script, dead_letter_queue, settings, created_on)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET type = excluded.type,"
            " script = excluded.script, dead_letter_queue = excluded.dead_letter_queue,"
            " settings = excluded.settings",
            (
                consumer.id,
                consumer.queue_id,
                consumer.type,
                consumer.script,
                consumer.dead_letter_queue,
                json.dumps(dict(consumer.settings)),
                consumer.created_on,
            ),
        )

    def delete_consumer(self, consumer_id: str) -> None:
        """Remove a consumer."""
        self._database.execute("DELETE FROM queue_consumers WHERE id = ?", (consumer_id,))

    def forget_worker(self, script: str) -> bool:
        """Remove the consumers that are this Worker; whether there were any."""
        mine = [consumer for consumer in self.consumers() if consumer.script == script]
        for consumer in mine:
            self.delete_consumer(consumer.id)
        return bool(mine)


def _queue(row: Row) -> Queue:
    return Queue(row["id"], row["name"], json.loads(row["settings"]), row["created_on"], row["modified_on"])


def _consumer(row: Row) -> QueueConsumer:
    return QueueConsumer(
        row["id"],
        row["queue_id"],
        row["type"],
        row["script"],
        row["dead_letter_queue"],
        json.loads(row["settings"]),
        row["created_on"],
    )
