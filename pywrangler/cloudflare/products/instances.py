"""Instances that the local platform runs: which there are, on which engine, and calls that end them or start
them again. Cloudflare's API has none of this.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pywrangler.cloudflare.client import Client, segment
from pywrangler.dataclass import dataclass
from pywrangler.object_ids import object_id

BASE = "local/instances"
STOP_READ_SECONDS = 120
"""What the engine and a Durable Object may take, beside the grace period."""
FINAL_STATES = ("stopped", "failed")


@dataclass(frozen=True)
class KnownInstance:
    """The latest instance of a Durable Object. `name` is the object's, where it is known."""

    id: str
    name: str | None
    durable_object_id: str
    application_id: str
    application: str
    state: str
    """`starting`, `running`, `stopping`, `stopped` or `failed`."""
    container_id: str | None
    version: int
    is_unused: bool = False
    """Whether a deploy brought it up, and no request has used it."""
    reason: str | None = None
    is_ready: bool | None = None
    """Whether it serves requests; None if the platform was not asked."""
    not_ready_reason: str | None = None
    node: str | None = None
    """The node of the cluster that has it."""
    engine: dict[str, Any] | None = None
    """The engine that runs it; None for the platform's own."""
    namespace_id: str = ""
    """Of its Durable Object."""

    @property
    def is_alive(self) -> bool:
        """Whether it has a container."""
        return self.state not in FINAL_STATES

    def is_named(self, text: str) -> bool:
        """Whether this is its id, or the id or the name of its Durable Object. A name need not be known."""
        is_known = text in (self.name, self.id, self.durable_object_id)
        return is_known or self.durable_object_id == object_id(self.namespace_id, text)

    def called(self, text: str) -> KnownInstance:
        """The same, with the name by which it was found."""
        has_name = self.name is not None or text in (self.id, self.durable_object_id)
        return self if has_name or not self.is_named(text) else replace(self, name=text)

    @property
    def label(self) -> str:
        """What names it in a list: the object's name, or its instance's id."""
        return self.name or self.id


@dataclass(frozen=True)
class LocalFleet:
    """All applications, by id, with their instances, and the address of the engine."""

    engine: dict[str, Any]
    applications: dict[str, str]
    instances: tuple[KnownInstance, ...]

    def engine_of(self, instance: KnownInstance) -> dict[str, Any]:
        """The engine that runs an instance."""
        return instance.engine or self.engine


@dataclass(frozen=True)
class RestartedInstance:
    """How a restart ended: `running`, `waiting` for a request, or `failed`."""

    id: str
    outcome: str
    new_id: str | None
    reason: str | None
    log_tail: tuple[str, ...]


def list_fleet(client: Client, *, ready: bool = False) -> LocalFleet:
    """What the platform has; `ready` asks whether running instances serve requests."""
    found = client.request("GET", BASE, params={"ready": int(ready)})
    names = {each["id"]: each["name"] for each in found["applications"]}
    namespaces = {each["id"]: each["namespace_id"] for each in found["applications"]}
    instances = (_instance(row, names, namespaces) for row in found["instances"])
    return LocalFleet(found["engine"], names, tuple(instances))


def describe_instances(client: Client, application_id: str) -> dict[str, dict[str, Any]]:
    """What the platform knows of an application's instances beyond what Cloudflare tells, by the ids of
    their Durable Objects.
    """
    rows = client.request("GET", f"{BASE}/details", params={"application": application_id})
    return {row["durable_object_id"]: row for row in rows}


def stop_instances(client: Client, ids: Iterable[str], grace_seconds: float) -> None:
    """Stop them; returns when their containers are gone."""
    client.request("POST", f"{BASE}/stop", **_call(ids, grace_seconds))


def restart_instances(
    client: Client, ids: Iterable[str], grace_seconds: float
) -> dict[str, RestartedInstance]:
    """Stop them and start them again where that is possible; by the ids that were given."""
    rows = client.request("POST", f"{BASE}/restart", **_call(ids, grace_seconds))
    restarted = (RestartedInstance(**{**row, "log_tail": tuple(row["log_tail"])}) for row in rows)
    return {each.id: each for each in restarted}


def locate_port(client: Client, instance_id: str, port: int) -> tuple[str, int]:
    """Where this machine reaches a port of a running instance."""
    found = client.request("GET", f"{BASE}/{segment(instance_id)}/ports/{port}")
    return found["host"], found["port"]


def _call(ids: Iterable[str], grace_seconds: float) -> Any:
    return {
        "json": {"instances": list(ids), "grace_seconds": grace_seconds},
        "read_seconds": STOP_READ_SECONDS + grace_seconds,
    }


def _instance(row: dict[str, Any], names: dict[str, str], namespaces: dict[str, str]) -> KnownInstance:
    return KnownInstance(
        id=row["id"],
        name=row["name"],
        durable_object_id=row["durable_object_id"],
        application_id=row["application_id"],
        application=names[row["application_id"]],
        state=row["state"],
        container_id=row["container_id"],
        version=row["version"],
        is_unused=row["is_unused"],
        reason=row["reason"],
        is_ready=row.get("ready"),
        not_ready_reason=row.get("not_ready_reason"),
        node=row.get("node"),
        engine=row.get("engine"),
        namespace_id=namespaces[row["application_id"]],
    )
