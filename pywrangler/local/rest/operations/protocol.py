"""The interface between the REST API and the rest of the platform: start, stop and inspect what runs.

The API itself only reads and writes the store. Everything that uses `workerd` or the Docker Engine goes
through `Operations`, which the platform's process implements. Tests implement it with a plain object.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any, Protocol

from pywrangler.local.rest.operations.records import (
    BringUp,
    ContainerLogLine,
    ContainerLogQuery,
    CronRun,
    EngineStatus,
    ImageListing,
    ListedImage,
    LogLine,
    PlatformStatus,
    Pruned,
    WorkerStatus,
)
from pywrangler.local.store.records import Share


class Operations(Protocol):
    """The operations that the platform's process implements for the REST API.

    Every method may raise a `PywranglerError`, whose message reaches the client with HTTP status 424.
    """

    async def activate(self, worker: str, version_id: str, beside: Share | None = None) -> None:
        """Run this version, which the store has; `beside` is another one that gets a share of the requests.
        Returns when the Worker accepts requests.

        The store still has the version before as the active one; the caller changes that when this returns.
        `store.versions.get` gives the version with its namespaces, and `store.secrets` its secrets. Raises
        `WorkerStartError` when the version before runs again (or, for a first version, when nothing runs).
        """

    async def remove_worker(self, worker: str) -> None:
        """Stop the Worker's runtime and remove its containers and its Durable Objects' storage.

        Call it before its rows are deleted.
        """

    async def stop_worker(self, worker: str) -> None:
        """End a Worker and its containers, and keep what they stored."""

    async def stop_containers(self, worker: str) -> None:
        """End the containers of a Worker, which continues."""

    async def remove_application(self, application_id: str) -> None:
        """Returns when the application has no container left. Call it before its row is deleted."""

    async def start_rollout(self, rollout_id: str, *, is_proved: bool = False) -> None:
        """Begin a rollout that the store has, or take its next step; it continues in the background."""

    async def bring_up(self, worker: str, class_name: str) -> BringUp:
        """Start one instance of a container class through its Durable Object. Raises `BringUpFailed`."""

    async def trigger_cron(self, worker: str, cron: str) -> CronRun:
        """Call `scheduled()` of the Worker now. Returns when it has ended."""

    async def call_workflow(self, worker: str, call: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Ask the engine that runs a Workflow of this Worker (see local/workerd/scripts/flows.js).

        Raises `WorkflowRefused` with what the engine says.
        """

    async def workflow_instances(self, worker: str, workflow: str) -> Sequence[Mapping[str, Any]]:
        """The instances of a Workflow: `id`, `status`, `created_on`. In no order."""

    def worker_status(self, worker: str) -> WorkerStatus:
        """The state of a Worker that has an active version."""

    async def set_address(self, worker: str, port: int | None, ip: str | None) -> str | None:
        """Make a Worker with an active version listen on this port (None: its current port, or any) and IP
        address (None: loopback).

        If that is not possible, returns the reason. The Worker then listens on another port or on loopback,
        never on an IP address that was not asked for.
        """

    def platform_status(self) -> PlatformStatus:
        """The process itself."""

    async def engine_status(self) -> EngineStatus:
        """Asks the Docker Engine. Returns within a second or two."""

    async def problems(self) -> Sequence[str]:
        """What is wrong with the platform's processes, in sentences. Returns within two seconds."""

    async def durable_object_names(self, namespace_id: str) -> Mapping[str, str]:
        """The known names of a namespace's Durable Objects, by id (64 hex digits)."""

    def follow_logs(self, worker: str | None, tail: int, follow: bool) -> AsyncIterator[LogLine]:
        """The last `tail` lines of a Worker's log (None: the platform's); with `follow`, new ones too."""

    async def follow_events(self, worker: str) -> AsyncIterator[Mapping[str, Any]]:
        """What the Worker handles from now on: an event for each call, in the form that tail workers get. May
        restart the Worker's runtime, as a deploy does.
        """

    def follow_container_logs(self, query: ContainerLogQuery) -> AsyncIterator[ContainerLogLine]:
        """The output of an application's containers, including those that ended, in the order of time."""

    async def share_images(self, references: Collection[str]) -> None:
        """Leave these images for the other nodes of a cluster, before applications start with them. Raises
        `PywranglerError`.
        """

    async def missing_images(self, references: Collection[str]) -> Sequence[str]:
        """Those of these images that deploys built and the engine no longer has. None of them if the engine
        cannot be asked.
        """

    def drop_old_images(self) -> None:
        """Begin to remove the names of images that no version can go back to. Returns at once."""

    async def prune(self, *, dry_run: bool) -> Pruned:
        """Remove everything without an owner; with `dry_run` only list it."""

    async def remove_snapshot(self, snapshot_id: str) -> bool:
        """Remove a snapshot of a container; False if it does not exist."""

    async def images(self) -> ImageListing:
        """The images that were pushed to the platform's registry, and the images that deploys built."""

    async def remove_image(self, name: str, tag: str) -> ListedImage:
        """Remove an image under this tag. Raises `NoImage` and `ImageInUse`."""

    async def refresh_bindings(self, worker: str) -> None:
        """Restart the Worker's active version, because something outside of it (a schedule) changed."""

    async def release_classes(self, worker: str, namespace_ids: Collection[str]) -> None:
        """End the Worker's runtime and the containers of these namespaces, which another Worker takes over.
        Calls of the Worker wait until `refresh_bindings` starts it again.
        """

    async def remove_objects(self, namespace_ids: Collection[str]) -> None:
        """Remove the storage of the Durable Objects of these namespaces, whose classes were deleted."""

    async def refresh_links(self, worker: str) -> None:
        """Let the Worker see that Durable Object classes of other Workers were added or removed."""

    async def stop(self) -> None:
        """Begin to stop the platform. Returns at once, so that the request still gets a response."""
