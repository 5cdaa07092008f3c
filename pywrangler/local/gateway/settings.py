"""Settings of a gateway; the defaults are the platform's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pywrangler.local.gateway.outbound.object_storage import ObjectStorage
from pywrangler.local.gateway.tunnels.reach import ContainerDialer
from pywrangler.local.instances.records import Location


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
