"""A Worker's routes: set all at once, or zone by zone if the token may not see every zone of the account.

The way by zones is Wrangler's (4.164, `publishRoutesFallback`): it adds what is missing and removes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pywrangler.cloudflare.client import Client, segment
from pywrangler.errors import ApiError

NOT_ALLOWED = 10000
"""The code for a token that lacks a permission."""
Route = Mapping[str, Any]


def set_routes(client: Client, worker: str, routes: Sequence[Route]) -> list[str]:
    """Make these the Worker's routes. The patterns of others that it keeps, because the token may not remove
    them; raises `ApiError`.
    """
    try:
        client.request(
            "PUT", f"workers/scripts/{segment(worker)}/routes", json=[dict(each) for each in routes]
        )
    except ApiError as error:
        if error.api_code != NOT_ALLOWED:
            raise
        return _add_by_zone(client, worker, routes)
    return []


def _add_by_zone(client: Client, worker: str, routes: Sequence[Route]) -> list[str]:
    zones = {route["pattern"]: _zone_id(client, route) for route in routes}
    owners = {
        entry["pattern"]: entry.get("script")
        for zone_id in dict.fromkeys(zones.values())
        for entry in client.list(_routes_of(zone_id))
    }
    for pattern, zone_id in zones.items():
        owner = owners.get(pattern)
        if owner not in (None, worker):
            raise ApiError(
                f"The route {pattern} leads to the Worker {owner}.",
                hint="Remove it there, or from this configuration.",
            )
        if pattern not in owners:
            client.request("POST", _routes_of(zone_id), json={"pattern": pattern, "script": worker})
    return [pattern for pattern, owner in owners.items() if owner == worker and pattern not in zones]


def _routes_of(zone_id: str) -> str:
    return f"/zones/{segment(zone_id)}/workers/routes"


def _zone_id(client: Client, route: Route) -> str:
    if route.get("zone_id"):
        return str(route["zone_id"])
    host = str(route.get("zone_name") or host_of(route["pattern"]))
    labels = host.split(".")
    for start in range(len(labels) - 1):
        name = ".".join(labels[start:])
        found = client.list("/zones", params={"name": name, "account.id": client.account_id})
        if found:
            return str(found[0]["id"])
    raise ApiError(
        f"The token sees no zone for the route {route['pattern']}.",
        hint="Give it the permission Zone: Workers Routes for the zone, or correct the route.",
    )


def host_of(pattern: str) -> str:
    """The host of a route's pattern, without asterisks: `example.com` of `*.example.com/api/*`."""
    _, _, address = pattern.rpartition("://")
    return urlsplit("//" + address.replace("*.", "").replace("*", "")).hostname or ""
