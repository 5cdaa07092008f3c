"""The interface between the REST API and the rest of the platform: start, stop and inspect what runs.

The API itself only reads and writes the store. Everything that uses `workerd` or the Docker Engine goes
through `Operations`, which the platform's process implements. Tests implement it with a plain object.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

from pywrangler.errors import PywranglerError

WorkerState = Literal["running", "failed", "starting"]


class WorkerStartError(PywranglerError):
    """A version of a Worker did not start; the one before continues. `detail` holds the runtime's output."""

    code = "worker-start"


@dataclass(frozen=True)
class ListeningAddress:
    """The address on which a process inside a container listens."""

    address: str
    """An IP address as the kernel writes it, for instance `127.0.0.1`, `0.0.0.0` or `::`."""
    port: int


@dataclass(frozen=True)
class BringUpFailure:
    """Why an instance did not come up. Its fields are those of the JSON that a client gets."""

    reason: str
    application: str
    """The application's name."""
    exit_code: int | None = None
    oom_killed: bool = False
    log_tail: tuple[str, ...] = ()
    refused_ports: tuple[int, ...] = ()
    """Ports that the Worker asked for and on which nothing listened."""
    listening: tuple[ListeningAddress, ...] = ()
    """The addresses on which the container listened instead."""
    stack: tuple[str, ...] = ()
    """Where in the Worker's code the error was thrown, innermost first."""

    @property
    def is_of_code(self) -> bool:
        """Whether the code threw before there was a container."""
        return self == BringUpFailure(self.reason, self.application)

    def as_json(self) -> dict[str, object]:
        """The failure as `POST local/workers/{name}/bring-up` returns it in `result`."""
        return asdict(self)


class BringUpFailed(PywranglerError):  # noqa: N818 - an outcome that callers name, as the API does
    """No instance of a container class came up; `failure` has everything that is known."""

    code = "bring-up"

    def __init__(self, message: str, failure: BringUpFailure) -> None:
        super().__init__(message)
        self.failure = failure


@dataclass(frozen=True)
class BringUp:
    """An instance that came up and answers on its ports."""

    durable_object_id: str
    durable_object_name: str
    instance_id: str | None
    """None if no start could be tried."""
    state: str
    ports: tuple[int, ...]
    seconds: float
    note: str | None = None
    """Why no start could be tried."""
    outdated: str | None = None
    """A sentence about running instances that keep options of their start that a start now would change."""
    kept: str | None = None
    """The same for instances whose options cannot be compared."""


@dataclass(frozen=True)
class CronRun:
    """One call of a Worker's `scheduled()`."""

    cron: str
    outcome: str
    """As the runtime reports it: `ok`, `exception`, ..."""
    seconds: float


ANY_ADDRESS = ("*", "0.0.0.0", "::")  # noqa: S104 - only where a configuration says so
"""Values of a configuration that make a Worker listen on every address of the machine."""


@dataclass(frozen=True)
class WorkerStatus:
    """The state of a Worker, and the address on which it listens."""

    port: int
    state: WorkerState
    error: str | None = None
    ip: str | None = None
    """None is loopback."""

    @property
    def url(self) -> str:
        """Its address by port, as programs on this machine reach it."""
        if self.ip is None or self.ip in ANY_ADDRESS:
            return f"http://localhost:{self.port}"
        host = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"http://{host}:{self.port}"

    def hostname_url(self, worker: str) -> str | None:
        """Its address by name. Only a Worker on loopback has one, because `*.localhost` is loopback by RFC
        6761.
        """
        if self.ip is not None and self.ip not in (*ANY_ADDRESS, "127.0.0.1", "::1"):
            return None
        return f"http://{worker}.localhost:{self.port}"


@dataclass(frozen=True)
class EngineStatus:
    """The state of the Docker Engine. `version` is None if it does not respond, `error` if it does."""

    address: str
    reachable: bool
    version: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class PlatformStatus:
    """The platform's process. `started_at` is seconds since the epoch."""

    version: str
    pid: int
    home: str
    started_at: float


@dataclass(frozen=True)
class LogLine:
    """One line of a log. `time` is seconds since the epoch; `worker` is None for the platform's own log."""

    time: float
    worker: str | None
    stream: Literal["stdout", "stderr", "platform"]
    text: str


@dataclass(frozen=True)
class ContainerLogQuery:
    """A query for log lines of containers."""

    application_id: str
    instance: str | None = None
    """The id of an instance, or of a Durable Object for all of its instances; None: all instances."""
    since: float = 0.0
    """Seconds since the epoch."""
    tail: int | None = None
    """How many of the existing lines, counted from the end; None: all."""
    follow: bool = False
    """Whether to continue with new lines."""


@dataclass(frozen=True)
class ContainerLogLine:
    """One line that a container wrote. `time` is seconds since the epoch."""

    time: float
    instance: str
    durable_object_id: str | None
    durable_object_name: str | None
    stream: Literal["stdout", "stderr", "platform"]
    text: str


@dataclass(frozen=True)
class Leftover:
    """An object without an owner. `id` identifies it for removal, `name` is for users."""

    id: str
    name: str
    reason: str


@dataclass(frozen=True)
class Pruned:
    """The things that `prune` removed, or would remove."""

    containers: tuple[Leftover, ...] = ()
    networks: tuple[Leftover, ...] = ()
    images: tuple[Leftover, ...] = ()
    processes: tuple[Leftover, ...] = ()
    rules: tuple[Leftover, ...] = ()
    """Rules of the machine's packet filter, named by their network."""

    def as_json(self) -> dict[str, object]:
        """The form that the API returns."""
        return asdict(self)


@dataclass(frozen=True)
class ListedImage:
    """An image that was pushed to the platform's registry, or that a deploy built for it."""

    name: str
    tag: str
    digest: str
    """The digest of its manifest; for an image that was built, the engine's id."""
    size_bytes: int
    created: str | None
    used_by: tuple[str, ...] = ()
    """Names of the applications that need it."""


@dataclass(frozen=True)
class ImageListing:
    """The platform's images. `problem` says why the engine could not list the images that were built."""

    images: tuple[ListedImage, ...]
    problem: str | None = None


class NoImage(PywranglerError):  # noqa: N818 - an outcome that callers name
    """There is no such image; `problem` says why the engine could not be asked, or is None."""

    code = "image-not-found"

    def __init__(self, name: str, tag: str, problem: str | None) -> None:
        doubt = f" The Docker Engine could not be asked: {problem}" if problem else ""
        super().__init__(f"There is no image `{name}:{tag}` on the local platform.{doubt}")


class ImageInUse(PywranglerError):  # noqa: N818 - an outcome that callers name
    """Applications use the image that a request wants to remove."""

    code = "image-in-use"

    def __init__(self, image: str, applications: tuple[str, ...]) -> None:
        named = ", ".join(f"`{name}`" for name in applications)
        whose = f"The application {named} uses" if len(applications) == 1 else f"The applications {named} use"
        super().__init__(
            f"{whose} the image `{image}`, which was not deleted.",
            hint="Deploy another image first, or delete the application:"
            f" `pywrangler containers delete {applications[0]}`.",
        )


class WorkflowRefused(PywranglerError):  # noqa: N818 - an outcome that callers name
    """The engine of a Workflow refuses a request; the message is the engine's."""

    code = "workflow"


class Operations(Protocol):
    """The operations that the platform's process implements for the REST API.

    Every method may raise a `PywranglerError`, whose message reaches the client with HTTP status 424.
    """

    async def activate(self, worker: str, version_id: str) -> None:
        """Run this version, which the store has. Returns when the Worker accepts requests.

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

    def drop_old_images(self) -> None:
        """Begin to remove the names of images that no version can go back to. Returns at once."""

    async def prune(self, *, dry_run: bool) -> Pruned:
        """Remove everything without an owner; with `dry_run` only list it."""

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
