"""The account's limits and defaults for containers
(developers.cloudflare.com/containers/platform-details/limits).
"""

from __future__ import annotations

from aiohttp import web

from pywrangler.local.instances.sizes import LARGEST, SMALLEST
from pywrangler.local.rest.context import context_of
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.identity import ACCOUNT_NAME
from pywrangler.local.rest.routes import Route

TOTAL_VCPU = 1500
TOTAL_MEMORY_MIB = 6 * 1024 * 1024
TOTAL_DISK_MB = 30_000_000


async def show_account(request: web.Request) -> web.Response:
    """`GET /containers/me`."""
    account_id = context_of(request).account_id
    limits = {
        "account_id": account_id,
        "vcpu_per_deployment": LARGEST.vcpu,
        "memory_mib_per_deployment": LARGEST.memory_mib,
        "memory_per_deployment": f"{LARGEST.memory_mib}MiB",
        "disk_mb_per_deployment": LARGEST.disk_mb,
        "disk_per_deployment": f"{LARGEST.disk_mb}MB",
        "total_vcpu": TOTAL_VCPU,
        "total_memory_mib": TOTAL_MEMORY_MIB,
        "total_memory": f"{TOTAL_MEMORY_MIB}MiB",
        "total_disk_mb": TOTAL_DISK_MB,
        "node_group": "metal",
        "ipv4s": 0,
        "network_modes": ["private"],
    }
    defaults = {"vcpus": SMALLEST.vcpu, "memory_mib": SMALLEST.memory_mib, "disk_mb": SMALLEST.disk_mb}
    return success(
        {
            "external_account_id": account_id,
            "legacy_identity": account_id,
            "identity": {"id": account_id, "name": ACCOUNT_NAME},
            "locations": [],
            "limits": limits,
            "defaults": defaults,
        }
    )


ROUTES = [Route("GET", "/containers/me", show_account)]
