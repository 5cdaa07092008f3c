"""Empty directories of `start({ directorySnapshots: [{ mountPoint }] })`. Pure.

The platform's script gives such a directory a snapshot with an id of `EMPTY` (see
local/workerd/scripts/refused_calls.js). `workerd` 2026-11-17 looks for the snapshot's volume, makes another
one, and starts a container that copies the first into the second. Of an empty one there is nothing to copy,
so the gateway only says that all of this was done. The container then gets a volume without a name, which is
removed with the container.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pywrangler.local.gateway.docker_api.routing import Action, DockerRoute
from pywrangler.local.gateway.docker_api.wire import respond

EMPTY = "workerd-snap-00000000-0000-4000-8000-"
CLONE = "workerd-snap-clone-"
HELPER = "pywrangler-copies-nothing"
"""The name of the container that would copy."""

_HELPER_RESPONSES = {
    Action.CREATE: respond(201, {"Id": HELPER, "Warnings": []}),
    Action.START: respond(204),
    Action.WAIT: respond(200, {"StatusCode": 0}),
    Action.REMOVE: respond(204),
}


def helper_response(route: DockerRoute) -> bytes | None:
    """The response to a request about the container that would copy; None for every other container."""
    if route.container == HELPER or (route.action is Action.CREATE and route.container is None):
        return _HELPER_RESPONSES.get(route.action)
    return None


def volume_response(method: str, route: DockerRoute) -> bytes:
    """The response to a request about a volume."""
    if method == "GET" and not (route.volume or "").startswith(EMPTY):
        return respond(404, {"message": f"get {route.volume}: no such volume"})
    if method == "DELETE":
        return respond(204)
    return respond(200 if method == "GET" else 201, {"Name": route.volume or "", "Driver": "local"})


def plan_mounts(requested: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The mounts to create: the volumes of directories get no name."""
    return [
        {name: value for name, value in mount.items() if name != "Source"}
        if str(mount.get("Source", "")).startswith(CLONE)
        else dict(mount)
        for mount in requested
    ]
