"""The platform's two networks on the engine: one with a way out, one without. Containers cannot reach each
other on either.

`enableInternet: false` puts an instance on the second. Known limit (Docker Engine 26): a container there
still reaches services of this machine itself that listen on all addresses.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from pywrangler.engine.labels import owner_labels
from pywrangler.local.gateway.engine_calls import EngineCalls


@dataclass(frozen=True)
class NetworkPlan:
    """Which network an instance joins."""

    platform_id: str
    is_internet_allowed: bool
    has_published_ports: bool = False
    """The engine publishes no ports of an internal network. There, the way out is closed by not translating
    addresses: packets leave, answers do not find back.
    """

    home: str = ""
    """The platform's folder, for the label."""

    @property
    def name(self) -> str:
        """The network's name; the engine's networks are shared with others, hence the platform's id."""
        return f"pywrangler-{self.platform_id[:8]}" + ("" if self.is_internet_allowed else "-internal")

    def create_body(self) -> dict[str, Any]:
        """The body of the engine's `POST /networks/create`."""
        is_closed = not self.is_internet_allowed
        options = {"com.docker.network.bridge.enable_icc": "false"}
        if is_closed and self.has_published_ports:
            options["com.docker.network.bridge.enable_ip_masquerade"] = "false"
        return {
            "Name": self.name,
            "Driver": "bridge",
            "Internal": is_closed and not self.has_published_ports,
            "Labels": owner_labels(self.platform_id, self.home),
            "Options": options,
        }


_being_made: dict[str, asyncio.Lock] = {}
"""By network name. The engine lets two networks of one name come into being at the same moment."""


async def ensure_network(engine: EngineCalls, plan: NetworkPlan) -> str:
    """The name of the planned network, which exists when this returns."""
    if await engine.network(plan.name) is None:
        async with _being_made.setdefault(plan.name, asyncio.Lock()):
            if await engine.network(plan.name) is None:
                await engine.create_network(plan.create_body())
    return plan.name
