"""The requests with which `workerd` 2026-11-17 takes and restores snapshots, and their responses.

Before a restore it compares the snapshot's image and its parents with the image of the class. The platform
restores a snapshot whatever the class's image is now, so both get the same id. A snapshot that does not exist
is described, too: the Worker gets no reason for a refusal here, and gets the launcher's.
"""

from __future__ import annotations

from pywrangler.local.gateway.containers.container import TrackedContainer
from pywrangler.local.gateway.docker_api.exchange import refuse
from pywrangler.local.gateway.docker_api.names import APPLICATION_IMAGE_PREFIX
from pywrangler.local.gateway.docker_api.wire import respond
from pywrangler.local.gateway.snapshots.images import read_snapshot_id
from pywrangler.local.gateway.snapshots.snapshots import Snapshots
from pywrangler.local.instances.ledger import ApplicationLookup, Ledger

ANY_IMAGE = "sha256:" + "0" * 64
"""The id of every image in these responses."""


class SnapshotRequests:
    """Answers them. `image` is the name that workerd uses."""

    def __init__(self, snapshots: Snapshots, ledger: Ledger, applications: ApplicationLookup) -> None:
        self._snapshots = snapshots
        self._ledger = ledger
        self._applications = applications

    async def take(self, container: TrackedContainer, image: str) -> bytes:
        """The response to `POST /commit`."""
        snapshot_id = read_snapshot_id(image)
        instance = self._ledger.get(container.instance_id)
        application = self._applications.by_id(container.application_id)
        if snapshot_id is None or instance is None or application is None:
            return refuse(404, f"No such container: {container.name}")
        if not container.is_running:
            return refuse(409, "the container does not run, and a snapshot is taken of a running one")
        snapshot = await self._snapshots.take(snapshot_id, container, instance, application)
        return respond(201, {"Id": snapshot.image})

    def describe(self, image: str) -> bytes | None:
        """The response to `GET /images/NAME/json`; None for an image that no snapshot needs."""
        snapshot_id = read_snapshot_id(image)
        if snapshot_id is None and not image.startswith(APPLICATION_IMAGE_PREFIX):
            return None
        found = self._snapshots.get(snapshot_id) if snapshot_id else None
        return respond(200, {"Id": ANY_IMAGE, "Size": found.size_bytes if found else 0, "Parent": ""})

    def name(self, snapshot_id: str, name: str) -> bytes:
        """The response to `PUT /snapshots/ID`, whose body is the name that the Worker gave to a snapshot."""
        return respond(204) if self._snapshots.name(snapshot_id, name) else respond(404)

    async def remove(self, image: str) -> bytes | None:
        """The response to `DELETE /images/NAME`; None for an image that is no snapshot."""
        if (snapshot_id := read_snapshot_id(image)) is None:
            return None
        await self._snapshots.remove(snapshot_id)
        return respond(200, [])
