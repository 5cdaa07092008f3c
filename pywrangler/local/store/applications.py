"""Container applications, with the history of their configurations.

`version` is a pointer into that history. It moves when `configuration` changes, because that is what an
instance is started with: two instances of the same version are alike. It goes back when a rollout is
reverted; numbers are never used twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from sqlite3 import Row
from typing import Any, cast

from pywrangler.local.instances.records import Application
from pywrangler.local.instances.sizes import SMALLEST
from pywrangler.local.store.connection import Database
from pywrangler.local.store.records import ApplicationRecord

# A class may have been renamed since the application was created, so the namespace's names take precedence
# while it exists.
_SELECT = (
    "SELECT applications.*, COALESCE(namespaces.script, applications.worker) AS current_worker,"
    " COALESCE(namespaces.class_name, applications.class_name) AS current_class"
    " FROM applications LEFT JOIN namespaces ON namespaces.id = applications.namespace_id"
)


class Applications:
    """Repository of applications; also the gateway's lookup of applications."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[ApplicationRecord]:
        """Every application, oldest first."""
        rows = self._database.rows(f"{_SELECT} ORDER BY applications.created_at, applications.name")
        return [_record(row) for row in rows]

    def get(self, application_id: str) -> ApplicationRecord | None:
        """The application with that id."""
        return self._one("applications.id = ?", application_id)

    def named(self, name: str) -> ApplicationRecord | None:
        """The application of that name."""
        return self._one("applications.name = ?", name)

    def of_namespace(self, namespace_id: str) -> ApplicationRecord | None:
        """The application that serves a Durable Object namespace."""
        return self._one("applications.namespace_id = ?", namespace_id)

    def by_id(self, application_id: str) -> Application | None:
        """The facts that a start of an instance needs, of the application with that id."""
        record = self.get(application_id)
        return runnable(record) if record else None

    def by_namespace(self, namespace_id: str) -> Application | None:
        """The facts that a start of an instance needs, of a namespace's application."""
        record = self.of_namespace(namespace_id)
        return runnable(record) if record else None

    def create(self, record: ApplicationRecord) -> None:
        """Add an application; its id, name and namespace must be free."""
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO applications (id, name, namespace_id, worker, class_name, version,"
                " rolled_out_version,"
                " created_at, updated_at, spec) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    record.id,
                    record.name,
                    record.namespace_id,
                    record.worker,
                    record.class_name,
                    record.version,
                    record.rolled_out_version,
                    record.created_at,
                    record.updated_at,
                    json.dumps(dict(record.spec)),
                ),
            )
            self._remember(record.id, record.version, record.configuration)

    def modify(self, application_id: str, spec: Mapping[str, Any], now: float) -> None:
        """Replace the specification. A changed configuration is a new version; without a change nothing
        happens.
        """
        record = self._require(application_id)
        if record.spec == spec:
            return
        version = record.version
        with self._database.transaction():
            if record.configuration != spec["configuration"]:
                version = self._next_version(application_id)
                self._remember(application_id, version, spec["configuration"])
            self._update(application_id, version, spec, now)

    def configuration(self, application_id: str, version: int) -> Mapping[str, Any] | None:
        """The settings with which instances of a version were started."""
        query = "SELECT configuration FROM application_versions WHERE application_id = ? AND version = ?"
        row = self._database.row(query, (application_id, version))
        return cast("Mapping[str, Any]", json.loads(row["configuration"])) if row else None

    def needed_images(self) -> list[tuple[str, str]]:
        """Names of applications, with the images of the versions that start now, and that a rollout would go
        back to.
        """
        return [
            (record.name, str(configuration["image"]))
            for record in self.all()
            for configuration in (
                record.configuration,
                self.configuration(record.id, record.rolled_out_version),
            )
            if configuration is not None and "image" in configuration
        ]

    def images(self, application_id: str) -> frozenset[str]:
        """The images of all versions that the application had, as its configurations name them."""
        query = "SELECT configuration FROM application_versions WHERE application_id = ?"
        rows = self._database.rows(query, (application_id,))
        images = (json.loads(row["configuration"]).get("image") for row in rows)
        return frozenset(image for image in images if image)

    def go_back(self, application_id: str, version: int, now: float) -> None:
        """Make an earlier version the current one again: new instances start with its configuration."""
        configuration = self.configuration(application_id, version)
        if configuration is None:
            raise LookupError(f"application {application_id} has no version {version}")
        spec = {**self._require(application_id).spec, "configuration": configuration}
        self._update(application_id, version, spec, now)

    def mark_rolled_out(self, application_id: str, version: int) -> None:
        """Say that every running instance has this version."""
        statement = "UPDATE applications SET rolled_out_version = ? WHERE id = ?"
        self._database.execute(statement, (version, application_id))

    def delete(self, application_id: str) -> None:
        """Remove the application, its history and its rollouts; records of its instances stay for a while."""
        self._database.execute("DELETE FROM applications WHERE id = ?", (application_id,))

    def _one(self, condition: str, value: str) -> ApplicationRecord | None:
        row = self._database.row(f"{_SELECT} WHERE {condition}", (value,))
        return _record(row) if row else None

    def _require(self, application_id: str) -> ApplicationRecord:
        record = self.get(application_id)
        if record is None:
            raise LookupError(f"there is no application {application_id}")
        return record

    def _next_version(self, application_id: str) -> int:
        query = "SELECT MAX(version) + 1 AS next FROM application_versions WHERE application_id = ?"
        row = self._database.row(query, (application_id,))
        return cast("int", row["next"]) if row else 1

    def _remember(self, application_id: str, version: int, configuration: Mapping[str, Any]) -> None:
        statement = (
            "INSERT INTO application_versions (application_id, version, configuration) VALUES (?, ?, ?)"
        )
        self._database.execute(statement, (application_id, version, json.dumps(dict(configuration))))

    def _update(self, application_id: str, version: int, spec: Mapping[str, Any], now: float) -> None:
        statement = "UPDATE applications SET version = ?, spec = ?, updated_at = ? WHERE id = ?"
        self._database.execute(statement, (version, json.dumps(dict(spec)), now, application_id))


def runnable(record: ApplicationRecord) -> Application:
    """The facts about an application that a start of an instance needs."""
    application = partial(
        Application,
        id=record.id,
        name=record.name,
        worker=record.worker,
        class_name=record.class_name,
        namespace_id=record.namespace_id,
        version=record.version,
    )
    if record.is_managed:
        return application(
            image="",
            max_instances=0,
            vcpu=SMALLEST.vcpu,
            memory_mib=SMALLEST.memory_mib,
            disk_mb=SMALLEST.disk_mb,
            is_managed=True,
        )
    configuration = record.configuration
    return application(
        image=configuration["image"],
        max_instances=record.spec["max_instances"],
        vcpu=configuration["vcpu"],
        memory_mib=configuration["memory_mib"],
        disk_mb=configuration["disk"]["size_mb"],
        grace_seconds=record.spec["rollout_active_grace_period"],
    )


def _record(row: Row) -> ApplicationRecord:
    return ApplicationRecord(
        id=row["id"],
        name=row["name"],
        namespace_id=row["namespace_id"],
        worker=row["current_worker"],
        class_name=row["current_class"],
        version=row["version"],
        rolled_out_version=row["rolled_out_version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        spec=json.loads(row["spec"]),
    )
