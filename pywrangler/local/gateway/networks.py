"""The platform's two networks on the engine: one with a way out, one without. Containers cannot reach each
other on either.

`enableInternet: false` puts an instance on the second. Known limit (Docker Engine 26): a container there
still reaches services of this machine itself that listen on all addresses.
"""

from __future__ import annotations

from typing import Any

from pywrangler.engine.labels import PLATFORM
from pywrangler.local.gateway.engine_calls import EngineCalls


def network_name(platform_id: str, *, is_internet_allowed: bool) -> str:
    """The name of the network that an instance joins."""
    return f"pywrangler-{platform_id[:8]}" + ("" if is_internet_allowed else "-internal")


def plan_network(platform_id: str, *, is_internet_allowed: bool) -> dict[str, Any]:
    """The body of the engine's `POST /networks/create`."""
    return {
        "Name": network_name(platform_id, is_internet_allowed=is_internet_allowed),
        "Driver": "bridge",
        "Internal": not is_internet_allowed,
        "Labels": {PLATFORM: platform_id},
        "Options": {"com.docker.network.bridge.enable_icc": "false"},
    }


async def ensure_network(engine: EngineCalls, platform_id: str, *, is_internet_allowed: bool) -> str:
    """The name of the network, which exists when this returns."""
    name = network_name(platform_id, is_internet_allowed=is_internet_allowed)
    if await engine.network(name) is None:
        await engine.create_network(plan_network(platform_id, is_internet_allowed=is_internet_allowed))
    return name
