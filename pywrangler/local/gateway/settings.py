"""What can be chosen about a gateway; the defaults are the platform's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pywrangler.local.gateway.tunnels.reach import ContainerDialer
from pywrangler.local.instances.records import Location


@dataclass(frozen=True)
class GatewaySettings:
    """Times are in seconds."""

    kill_after_seconds: float = 15 * 60
    """From the first SIGTERM to SIGKILL, as Cloudflare has it for a container that does not stop."""
    hold_seconds: float = 4.0
    """How long after its start a container's closed port is tried again before it is reported closed. Below
    the five seconds that `@cloudflare/containers` waits for an answer, and short enough for a port that never
    opens.
    """
    abandon_seconds: float = 30.0
    """A container that was created and not started by then gives its place back."""
    bring_up_grace_seconds: float = 0.3
    """What an instance that only proved a deployment gets to stop when a request needs its place."""
    location: Location = field(default_factory=Location)
    fuse_applications: frozenset[str] = frozenset()
    """Names of applications whose containers may mount with FUSE (see `create_body.FUSE`); `*` is all."""
    uses_firewall: bool = True
    """Whether the machine's packet filter may be changed, where this process can."""
    fingerprint: Callable[[str], str | None] = lambda _: None
    """Makes the keyed hash of what a start passes; None: not to be compared."""
    reach: ContainerDialer | None = None
    """How containers are reached; None: as the engine demands."""
