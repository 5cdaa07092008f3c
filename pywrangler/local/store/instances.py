"""Records of container instances: the ledger's memory, which outlives the platform's process."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, fields

from pywrangler.local.instances.records import Instance, InstanceState, shared
from pywrangler.local.store.connection import Database

_FIELDS = frozenset(field.name for field in fields(Instance))
_STORED_AS = {"is_canary": "is_proof", "egress": "way_out"}
"""Fields whose names in the database are the ones of the first version; records outlive an upgrade."""
_FIELD_OF = {stored: name for name, stored in _STORED_AS.items()}


class Instances:
    """Repository of instances, running ones and those of the recent past."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._records = {
            row["id"]: _instance(row["body"])
            for row in database.rows("SELECT id, body FROM instances ORDER BY created_at, id")
        }
        """All records, so that each is in memory once, for the ledger as for the REST API. Only one process
        has the database open, and writes records here alone.
        """

    def save(self, instance: Instance) -> None:
        """Add or replace an instance's record."""
        self._database.execute(
            "INSERT INTO instances (id, application_id, state, created_at, stopped_at, body) VALUES (?, ?,"
            " ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET application_id = excluded.application_id, state ="
            " excluded.state,"
            " stopped_at = excluded.stopped_at, body = excluded.body",
            (
                instance.id,
                instance.application_id,
                instance.state.value,
                instance.created_at,
                instance.stopped_at,
                json.dumps({_STORED_AS.get(name, name): value for name, value in asdict(instance).items()}),
            ),
        )
        self._records[instance.id] = instance

    def load(self) -> list[Instance]:
        """Every record, oldest first."""
        return sorted(self._records.values(), key=_age)

    def of_application(self, application_id: str) -> list[Instance]:
        """An application's records, oldest first."""
        return [instance for instance in self.load() if instance.application_id == application_id]

    def forget_before(self, time: float) -> None:
        """Drop records of instances that stopped before `time`."""
        ended = (instance for instance in self._records.values() if instance.state.is_final)
        self.forget([each.id for each in ended if (each.stopped_at or each.created_at) < time])

    def forget(self, instance_ids: Collection[str]) -> None:
        """Drop these records."""
        with self._database.transaction():
            for instance_id in instance_ids:
                self._database.execute("DELETE FROM instances WHERE id = ?", (instance_id,))
        for instance_id in instance_ids:
            self._records.pop(instance_id, None)


def _age(instance: Instance) -> tuple[float, str]:
    return instance.created_at, instance.id


def _instance(body: str) -> Instance:
    # Fields that a later version wrote and this one does not know are left out.
    stored = {_FIELD_OF.get(name, name): value for name, value in json.loads(body).items()}
    known = {name: shared(value) for name, value in stored.items() if name in _FIELDS}
    return Instance(**{**known, "state": InstanceState(known["state"])})
