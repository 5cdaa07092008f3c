"""Values that operations take and return."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

WorkerState = Literal["running", "failed", "starting", "sleeping"]


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
