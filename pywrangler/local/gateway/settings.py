"""Settings of a gateway; the defaults are the platform's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from pywrangler.local.gateway.outbound.object_storage import ObjectStorage
from pywrangler.local.gateway.tunnels.reach import ContainerDialer
from pywrangler.local.instances.records import Application, Location


class Places(Protocol):
    """The places under `max_instances` of every application, for all nodes of a cluster together."""

    async def take(self, application: Application, durable_object_id: str) -> bool:
        """Take a place for an object's container; False if all are taken. Raises `PywranglerError` where that
        is not known.
        """

    def leave(self, application_id: str, durable_object_id: str) -> None:
        """The object's container has ended, or was not created. Returns at once."""


@dataclass(frozen=True)
class GatewaySettings:
    """Times are in seconds."""

    kill_after_seconds: float = 15 * 60
    """From the first SIGTERM to SIGKILL, as on Cloudflare for a container that does not stop."""
    hold_seconds: float = 4.0
    """How long after a container's start a closed port is tried again before it is reported as closed. Less
    than the five seconds that `@cloudflare/containers` waits for a response, and short enough for a port that
    never opens.
    """
    abandon_seconds: float = 30.0
    """A container that was created and not started by then frees its slot."""
    bring_up_grace_seconds: float = 0.3
    """The grace period of an instance that ran only for a bring-up, when a request needs its slot."""
    location: Location = field(default_factory=Location)
    may_mount_fuse: Callable[[str], bool] = lambda _: False
    """Whether containers of the application of this name may mount with FUSE (see `create_body.FUSE`); asked
    at each start.
    """
    uses_firewall: bool = True
    """Whether this process may change the machine's packet filter, if it can."""
    fingerprint: Callable[[str], str | None] = lambda _: None
    """Makes the keyed hash of what a start passes; None: starts are not compared."""
    reach: ContainerDialer | None = None
    """How containers are reached; None: as the engine requires."""
    object_storage: ObjectStorage | None = None
    """R2's S3 interface for containers; None: they have none."""
    node: str = ""
    """This node of a cluster; empty on a single machine. On a node no container outlives the workerd that
    started it, because its Durable Object may continue on another one.
    """
    removal_grace_seconds: float | None = None
    """How long a container that workerd removes may take to end; None: it is killed at once."""
    places: Places | None = None
    """Who counts the instances of all nodes; None: this machine is all."""
