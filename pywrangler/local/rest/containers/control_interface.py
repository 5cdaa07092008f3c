"""How the REST API has instances stopped and looked at: by what the platform's process implements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pywrangler.local.instances.records import Instance


@dataclass(frozen=True)
class InstanceReadiness:
    """Whether an instance serves requests; `reason` says why it does not."""

    is_ready: bool
    reason: str | None = None


@dataclass(frozen=True)
class Restarted:
    """How a restart ended: the instance runs again, waits for a request, or its start failed."""

    id: str
    """The instance that was stopped."""
    outcome: Literal["running", "waiting", "failed"]
    new_id: str | None = None
    reason: str | None = None
    log_tail: tuple[str, ...] = ()


@dataclass(frozen=True)
class InstanceDetails:
    """What the engine knows of a running instance; None and empty where it does not."""

    snapshot: str | None = None
    """The snapshot that it was started from."""
    vcpu: float | None = None
    memory_mib: int | None = None
    disk_mb: int | None = None
    """None if the engine does not limit it."""
    ports: tuple[int, ...] = ()
    """Where its programs listen."""
    cpu_percent: float | None = None
    """Of one core."""
    memory_bytes: int | None = None


class NodesOfInstances(Protocol):
    """The instances of all nodes of a cluster, and where each is."""

    async def known(self, application_id: str | None = None) -> list[Instance]:
        """The records of an application, or all, oldest first."""

    def node_of(self, instance: Instance) -> str | None:
        """The node that has it."""

    async def engine_of(self, instance: Instance) -> Mapping[str, Any]:
        """The address at which this machine reaches the engine that runs it, as `InstanceControl.engine`."""


class InstanceControl(Protocol):
    """What the platform's process does with instances for these routes."""

    def engine(self) -> Mapping[str, Any]:
        """The address of the engine: `url`, `origin`, and `tls` with the paths of its files, or None."""

    async def readiness(self, instance: Instance) -> InstanceReadiness:
        """Whether an instance that is alive serves requests."""

    async def details(self, instances: Sequence[Instance]) -> Mapping[str, InstanceDetails]:
        """What the engine knows of those that run, by their ids."""

    async def stop(self, instances: Sequence[Instance], grace_seconds: float) -> None:
        """SIGTERM, SIGKILL after the grace period. Returns when the containers are gone."""

    async def restart(self, instances: Sequence[Instance], grace_seconds: float) -> Sequence[Restarted]:
        """The same, and start them again where their class does that without a request."""

    async def locate(self, instance: Instance, port: int) -> tuple[str, int]:
        """Where a port of a running instance is reached. Raises `PywranglerError` with the reason if it is
        not.
        """
