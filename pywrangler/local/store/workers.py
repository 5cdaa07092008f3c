"""Workers: their names, ports, settings, and which version is active since when."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from sqlite3 import Row
from typing import Any

from pywrangler.local.store.connection import Database
from pywrangler.local.store.records import Namespace, Share, StoredDeployment, Version, Worker

_SELECT = (
    "SELECT workers.*, worker_addresses.port AS own_port, worker_addresses.ip AS own_ip FROM workers"
    " LEFT JOIN worker_addresses ON worker_addresses.worker = workers.name"
)
STOPPED = "stopped"
"""The entry of the settings that says that a Worker stays stopped."""


class StoredWorkers:
    """Repository of Workers and their deployments."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Worker]:
        """Every Worker, by name."""
        return [_worker(row) for row in self._database.rows(f"{_SELECT} ORDER BY workers.name")]

    def get(self, name: str) -> Worker | None:
        """The Worker of that name."""
        row = self._database.row(f"{_SELECT} WHERE workers.name = ?", (name,))
        return _worker(row) if row else None

    def create(self, name: str, now: float) -> Worker:
        """A new Worker, without any version. The name must be free."""
        self._database.execute(
            "INSERT INTO workers (name, tag, created_on, modified_on) VALUES (?, ?, ?, ?)",
            (name, uuid.uuid4().hex, now, now),
        )
        created = self.get(name)
        assert created is not None  # noqa: S101 - inserted above
        return created

    def discard_undeployed(self) -> None:
        """Remove Workers that never had an active version. A crash during a first deploy leaves them."""
        self._database.execute("DELETE FROM workers WHERE active_version_id IS NULL")

    def set_address(self, name: str, port: int, ip: str | None = None) -> None:
        """Store where the Worker listens on this machine. Another Worker with this port loses it."""
        with self._database.transaction():
            self._database.execute("DELETE FROM worker_addresses WHERE worker = ? OR port = ?", (name, port))
            self._database.execute(
                "INSERT INTO worker_addresses (worker, port, ip)"
                " SELECT name, ?, ? FROM workers WHERE name = ?",
                (port, ip, name),
            )
            if not self._database.is_shared:
                # Scripts that read the database find the address where it always was.
                self._database.execute("UPDATE workers SET port = NULL, ip = NULL WHERE port = ?", (port,))
                self._database.execute("UPDATE workers SET port = ?, ip = ? WHERE name = ?", (port, ip, name))

    def set_settings(self, name: str, settings: Mapping[str, Any]) -> None:
        """Replace what is not part of a version."""
        self._database.execute(
            "UPDATE workers SET settings = ? WHERE name = ?", (json.dumps(dict(settings)), name)
        )

    def set_stopped(self, name: str, *, is_stopped: bool) -> None:
        """Store whether the Worker is to stay stopped, with all that it has stored."""
        worker = self.get(name)
        if worker is not None and worker.is_stopped != is_stopped:
            others = {key: value for key, value in worker.settings.items() if key != STOPPED}
            self.set_settings(name, {**others, STOPPED: True} if is_stopped else others)

    def set_crons(self, name: str, crons: Sequence[str], now: float) -> None:
        """Replace the cron expressions."""
        statement = "UPDATE workers SET crons = ?, modified_on = ? WHERE name = ?"
        self._database.execute(statement, (json.dumps(list(crons)), now, name))

    def activate(
        self,
        version: Version,
        now: float,
        annotations: Mapping[str, str],
        source: str,
        shares: tuple[Share, ...] = (),
    ) -> StoredDeployment:
        """Make a version the active one: its namespaces become the Worker's, and a deployment is recorded.
        `shares` are the versions that get requests, if it does not get all of them.
        """
        deployment = StoredDeployment(
            str(uuid.uuid4()), version.worker, version.id, now, source, dict(annotations), shares
        )
        written = json.dumps([[each.version_id, each.percentage] for each in shares]) if shares else None
        with self._database.transaction():
            self._database.execute(
                "UPDATE workers SET active_version_id = ?, migration_tag = ?, modified_on = ? WHERE name = ?",
                (version.id, version.migration_tag, now, version.worker),
            )
            self.set_stopped(version.worker, is_stopped=False)
            self.set_namespaces(version.worker, version.namespaces)
            self._database.execute(
                "INSERT INTO deployments (id, worker, version_id, created_on, source, annotations, shares)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    deployment.id,
                    version.worker,
                    version.id,
                    now,
                    source,
                    json.dumps(dict(annotations)),
                    written,
                ),
            )
        return deployment

    def set_namespaces(self, name: str, namespaces: Sequence[Namespace]) -> None:
        """Replace the Worker's namespaces; one that another Worker had is taken from it."""
        with self._database.transaction():
            self._database.execute("DELETE FROM namespaces WHERE script = ?", (name,))
            for namespace in namespaces:
                self._database.execute(
                    "INSERT OR REPLACE INTO namespaces (id, script, class_name, use_sqlite) VALUES (?, ?,"
                    " ?, ?)",
                    (namespace.id, namespace.script, namespace.class_name, namespace.use_sqlite),
                )

    def deployments(self, name: str) -> list[StoredDeployment]:
        """The Worker's deployments, newest first."""
        query = "SELECT * FROM deployments WHERE worker = ? ORDER BY created_on DESC, rowid DESC"
        return [_deployment(row) for row in self._database.rows(query, (name,))]

    def split(self, name: str) -> tuple[Share, ...]:
        """The versions that share the Worker's requests now; none if one version gets all of them."""
        newest = next(iter(self.deployments(name)), None)
        return newest.shares if newest else ()

    def delete(self, name: str) -> None:
        """Remove the Worker with its versions, secrets, namespaces and deployments, but not their files."""
        self._database.execute("DELETE FROM workers WHERE name = ?", (name,))


def _worker(row: Row) -> Worker:
    return Worker(
        name=row["name"],
        tag=row["tag"],
        created_on=row["created_on"],
        modified_on=row["modified_on"],
        port=row["own_port"],
        ip=row["own_ip"],
        active_version_id=row["active_version_id"],
        migration_tag=row["migration_tag"],
        settings=(settings := json.loads(row["settings"])),
        is_stopped=bool(settings.get(STOPPED)),
        crons=tuple(json.loads(row["crons"])),
    )


def _deployment(row: Row) -> StoredDeployment:
    return StoredDeployment(
        id=row["id"],
        worker=row["worker"],
        version_id=row["version_id"],
        created_on=row["created_on"],
        source=row["source"],
        annotations=json.loads(row["annotations"]),
        shares=tuple(Share(*each) for each in json.loads(row["shares"] or "[]")),
    )
