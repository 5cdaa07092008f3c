"""The platform's networks on the engine: one with internet, one without, and one for each Worker that handles
what its containers send. Containers cannot reach each other on any of them.

The machine's packet filter closes what an engine's network leaves open (see `outbound`).
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any
from weakref import WeakKeyDictionary

from pywrangler.engine.calls import EngineCalls
from pywrangler.engine.labels import owner_labels
from pywrangler.errors import MissingError
from pywrangler.local.gateway.docker_api.storage_hosts import StorageHosts


class EgressMode(Enum):
    """The network access of a container."""

    OPEN = auto()
    CLOSED = auto()
    INTERCEPTED = auto()
    """Only its Worker's handlers."""


@dataclass(frozen=True)
class NetworkPlan:
    """The networks that an instance joins."""

    platform_id: str
    mode: EgressMode
    worker: str = ""
    """The Worker whose handlers intercept; without meaning on networks that all Workers share."""
    has_published_ports: bool = False
    """Whether its containers publish ports. The engine does not publish ports of an internal network, so such
    a network has no address translation instead: packets leave, but responses do not come back.
    """
    home: str = ""
    """The platform's directory, for the label."""
    has_ipv6: bool = False
    """Whether its containers have IPv6 addresses, too. Only for interception, where nothing leaves unseen."""

    @property
    def name(self) -> str:
        """The network's name. It contains the platform's id, because platforms may share an engine."""
        name = f"pywrangler-{self.platform_id[:8]}"
        if self.mode is EgressMode.INTERCEPTED:
            kind = "outbound6" if self.has_ipv6 else "outbound"
            return f"{name}-{kind}-{hashlib.sha256(self.worker.encode()).hexdigest()[:8]}"
        if self.mode is EgressMode.OPEN:
            return name
        # The kind is part of the name, because an engine keeps the kind that a network was created with.
        return f"{name}-unrouted" if self.has_published_ports else f"{name}-internal"

    def create_body(self) -> dict[str, Any]:
        """The body of the engine's `POST /networks/create`."""
        options = {"com.docker.network.bridge.enable_icc": "false"}
        is_internal = self.mode is EgressMode.CLOSED and not self.has_published_ports
        if self.mode is not EgressMode.OPEN and not is_internal:
            options["com.docker.network.bridge.enable_ip_masquerade"] = "false"
        body = {
            "Name": self.name,
            "Driver": "bridge",
            "Internal": is_internal,
            "Labels": owner_labels(self.platform_id, self.home),
            "Options": options,
        }
        if not self.has_ipv6:
            return body
        # Docker Engine 26 chooses subnets of IPv4 only. This one is of the range for private use (RFC 4193).
        digits = "fd" + hashlib.sha256(self.name.encode()).hexdigest()[:14]
        prefix = ":".join(digits[place : place + 4] for place in range(0, 16, 4))
        subnets = [{"Subnet": f"{prefix}::/64", "Gateway": f"{prefix}::1"}]
        return {**body, "EnableIPv6": True, "IPAM": {"Driver": "default", "Config": subnets}}


@dataclass(frozen=True)
class Network:
    """A network that exists."""

    name: str
    bridge: str
    """Its network interface on the engine's machine."""
    gateway: str | None
    """The machine's own IPv4 address on it."""

    is_of_podman: bool = False
    name_server: str | None = None
    """The address of its containers' DNS server; None: the engine's choice."""
    s3_endpoint: str | None = None
    """The URL of R2's S3 interface for its containers; None: they cannot reach it."""
    storage_hosts: StorageHosts | None = None
    """R2's own host names for its containers; None: they lead out."""

    @classmethod
    def of_inspected(cls, inspected: dict[str, Any], podman_bridge: str | None = None) -> Network:
        """Read the engine's description. `podman_bridge` is the interface if the engine is Podman."""
        options = inspected.get("Options") or {}
        addresses = [entry.get("Gateway") for entry in (inspected.get("IPAM") or {}).get("Config") or []]
        return cls(
            name=inspected["Name"],
            # Docker's default name of a network's bridge.
            bridge=podman_bridge
            or options.get("com.docker.network.bridge.name")
            or f"br-{inspected['Id'][:12]}",
            gateway=next((address for address in addresses if address and "." in address), None),
            is_of_podman=podman_bridge is not None,
        )


_being_made: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Lock]] = WeakKeyDictionary()
"""Locks by network name, because the engine can create two networks of one name at the same moment. Also by
event loop: a lock belongs to one loop, and stays locked if the loop ends while it is held.
"""


async def ensure_network(engine: EngineCalls, plan: NetworkPlan) -> Network:
    """The planned network, which exists when this returns. Raises MissingError or EngineRefusedError."""
    if (found := await engine.network(plan.name)) is None:
        locks = _being_made.setdefault(asyncio.get_running_loop(), {})
        async with locks.setdefault(plan.name, asyncio.Lock()):
            if (found := await engine.network(plan.name)) is None:
                await engine.create_network(plan.create_body())
                found = await engine.network(plan.name)
    if found is None:
        raise MissingError(f"The Docker network {plan.name} vanished while it was made.")
    return Network.of_inspected(found, await engine.podman_bridge(plan.name))
