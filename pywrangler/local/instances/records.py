"""Applications and their instances: plain records, shared by gateway, REST and store.

An *application* is one container class of one Worker with its image and limits. An *instance* is one
container of an application, owned by one Durable Object; it keeps its record after it stopped.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class InstanceState(StrEnum):
    """States of an instance; `stopped` and `failed` are final."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether the container is gone for good, so that its slot is free."""
        return self in (InstanceState.STOPPED, InstanceState.FAILED)


BRING_UP_OBJECT_NAME = "cf-singleton-container"
"""The Durable Object that `getContainer(namespace)` of `@cloudflare/containers` means without a name."""
CANARY_OBJECT_NAME = "pywrangler-rollout-proof"
"""The Durable Object through which rollouts try versions. Nothing else uses it."""


def canary_object_name(node: str) -> str:
    """The same of a node of a cluster, so that its canaries start there. `node` is empty without one."""
    return f"{CANARY_OBJECT_NAME}@{node}" if node else CANARY_OBJECT_NAME


@dataclass(frozen=True)
class Application:
    """The facts that the gateway needs to start an instance."""

    id: str
    """UUID."""
    name: str
    worker: str
    class_name: str
    namespace_id: str
    """The Durable Object namespace, 32 hex digits; it is also workerd's `uniqueKey`, so container names
    contain it.
    """
    image: str
    """The reference as the application's configuration has it."""
    version: int
    """Counts the changes of the application; an instance records the one it was started with."""
    max_instances: int
    vcpu: float
    memory_mib: int
    disk_mb: int
    grace_seconds: int = 0
    """How long a rollout waits after SIGTERM before it kills an instance."""
    is_managed: bool = False
    """Whether its class chooses image and size of each instance (the policy `durable_object`): it has no
    image, no `max_instances`, and the size is that of a start which says none.
    """


@dataclass(frozen=True)
class Location:
    """The location that an instance gets. The defaults are workerd's own."""

    location: str = "loc01"
    region: str = "REGN"
    country: str = "XX"
    """ISO 3166 alpha-2; Cloudflare writes XX for unknown."""


def shared(value: Any) -> Any:
    """The value; a text as the one object that all records with this text have. A busy Durable Object has
    thousands of records, which differ in ids and times alone.
    """
    return sys.intern(value) if type(value) is str else value  # an enumeration is one object already


@dataclass(frozen=True, slots=True)
class Instance:
    """One container of an application. Times are seconds since the epoch."""

    id: str
    """UUID, unique to this start; Cloudflare's `deployment_id`."""
    application_id: str
    worker: str
    durable_object_id: str
    """64 hex digits."""
    container_name: str
    state: InstanceState
    image: str
    """The image that runs: the engine's image id (`sha256:...`) once resolved."""
    version: int
    created_at: float
    location: str = Location.location
    region: str = Location.region
    """The location that the container got when it started."""
    durable_object_name: str | None = None
    container_id: str | None = None
    started_at: float | None = None
    stopping_at: float | None = None
    """When it was first asked to stop; the kill that follows counts from here, across restarts of the
    platform.
    """
    stopped_at: float | None = None
    exit_code: int | None = None
    oom_killed: bool = False
    reason: str | None = None
    """Why it ended or could not start, if that is known."""
    is_bring_up: bool = False
    """Started by a deploy to prove the image, and not used since then. It gives its slot to the first start
    that needs it.
    """
    is_canary: bool = False
    """Started by a rollout to try a version before instances in use are replaced. It takes no slot, is not
    counted, and is stopped when the version is judged.
    """

    is_platform_start: bool = False
    """Started by the platform and not by the Worker's code: with what its class passes by itself."""

    egress: str | None = None
    """The network access that its start asked for, as a text that can be compared (`Egress.access`)."""

    variables: str | None = None
    """A keyed hash of the environment variables that its start passed; None: unknown."""
    entrypoint: str | None = None
    """The same for the entrypoint."""

    def with_(self, **changes: object) -> Instance:
        """A copy with `changes`."""
        return replace(self, **changes)  # type: ignore[arg-type]
