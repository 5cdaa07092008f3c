"""The platform's networks on the engine: one with a way out, one without, and one for each Worker that
handles what its containers send. Containers cannot reach each other on any.

What an engine's network leaves open is closed by the machine's packet filter (see `outbound`).
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


class Outlet(Enum):
    """How a container gets out."""

    OPEN = auto()
    CLOSED = auto()
    INTERCEPTED = auto()
    """Through its Worker's handlers only."""


@dataclass(frozen=True)
class NetworkPlan:
    """Which network an instance joins."""

    platform_id: str
    outlet: Outlet
    worker: str = ""
    """Whose handlers intercept; of no meaning on networks that all Workers share."""
    has_published_ports: bool = False
    """The engine publishes no ports of an internal network. There, the way out is closed by not translating
    addresses: packets leave, answers do not find back.
    """
    home: str = ""
    """The platform's folder, for the label."""

    @property
    def name(self) -> str:
        """The network's name; the engine's networks are shared with others, hence the platform's id."""
        name = f"pywrangler-{self.platform_id[:8]}"
        if self.outlet is Outlet.INTERCEPTED:
            return f"{name}-outbound-{hashlib.sha256(self.worker.encode()).hexdigest()[:8]}"
        if self.outlet is Outlet.OPEN:
            return name
        # Two kinds of network, and an engine keeps the kind that a name was first made with.
        return f"{name}-unrouted" if self.has_published_ports else f"{name}-internal"

    def create_body(self) -> dict[str, Any]:
        """The body of the engine's `POST /networks/create`."""
        options = {"com.docker.network.bridge.enable_icc": "false"}
        is_internal = self.outlet is Outlet.CLOSED and not self.has_published_ports
        if self.outlet is not Outlet.OPEN and not is_internal:
            options["com.docker.network.bridge.enable_ip_masquerade"] = "false"
        return {
            "Name": self.name,
            "Driver": "bridge",
            "Internal": is_internal,
            "Labels": owner_labels(self.platform_id, self.home),
            "Options": options,
        }


@dataclass(frozen=True)
class Network:
    """A network that exists."""

    name: str
    bridge: str
    """The network interface that it is on the engine's machine."""
    gateway: str | None
    """The machine's own IPv4 address on it."""

    name_server: str | None = None
    """Who answers DNS questions of its containers; None: the engine's choice."""

    @classmethod
    def of_inspected(cls, inspected: dict[str, Any]) -> Network:
        """Read the engine's description."""
        options = inspected.get("Options") or {}
        addresses = [entry.get("Gateway") for entry in (inspected.get("IPAM") or {}).get("Config") or []]
        return cls(
            name=inspected["Name"],
            # Docker's default name of a network's bridge.
            bridge=options.get("com.docker.network.bridge.name") or f"br-{inspected['Id'][:12]}",
            gateway=next((address for address in addresses if address and "." in address), None),
        )


_being_made: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Lock]] = WeakKeyDictionary()
"""By network name. The engine lets two networks of one name come into being at the same moment.

By event loop, too: a lock belongs to one, and stays locked where a loop ended while it was held.
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
    return Network.of_inspected(found)
