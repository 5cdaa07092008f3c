"""The specs that `workerd` runs: plain records from which the configuration is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pywrangler.local.workerd.cluster.membership import ClusterMembership
from pywrangler.module_types import SOURCE_MAP
from pywrangler.sensitive import Sensitive


@dataclass(frozen=True)
class ModuleFile:
    """One module of a Worker, as a file."""

    name: str
    """The name by which other modules import it."""
    type: str
    """Its content type in the upload, such as `application/javascript+module`."""
    path: Path


@dataclass(frozen=True)
class DurableObjectClass:
    """A Durable Object namespace of the Worker: the class that implements it, and what its objects have."""

    class_name: str
    namespace_id: str
    """workerd's `uniqueKey`: object ids derive from it, and names of containers contain it."""
    has_sql: bool
    has_container: bool
    images: Mapping[str, str] = field(default_factory=dict)
    """The images that the class can choose from, by name."""
    is_managed: bool = False
    """Whether the class chooses image and size of each container."""


@dataclass(frozen=True)
class Sockets:
    """Unix sockets of one Worker, in a directory that only its owner can enter."""

    control: Path
    """Where `workerd` serves the control Worker."""
    gateway: Path
    """Where the engine gateway listens; `workerd` uses it as the Docker socket."""
    peers: Path
    """Where `workerd` serves everything in it to other processes of the platform: its debug port."""

    @property
    def front(self) -> Path:
        """Where a version that shares requests with another one takes its part of them."""
        return self.peers.with_suffix(".front")


@dataclass(frozen=True)
class SharedSockets:
    """Unix sockets that all Workers of one platform share, in a directory that only its owner can enter."""

    platform: Path
    """Where the platform answers its own code inside each `workerd`: secrets, and which Workers run."""
    products: Mapping[str, Path] = field(default_factory=dict)
    """Debug port of the `workerd` of each product that keeps data, by the product: `r2`, ..."""
    calls: Mapping[str, Path] = field(default_factory=dict)
    """Where the `workerd` of a product takes calls over HTTP, by the product; see `products/sockets.py`."""
    bindings: Path = Path("bindings")
    """Where the platform answers bindings itself."""


@dataclass(frozen=True)
class RequestOrigin:
    """The origin that requests report; the defaults are those of `wrangler dev`."""

    colo: str = "DFW"
    """Cloudflare's data center, by the airport's code (IATA)."""
    country: str = "US"
    """ISO 3166 alpha-2."""


@dataclass(frozen=True)
class PublicSocket:
    """A listening socket that the platform opens and `workerd` inherits, by its name in the configuration."""

    name: str
    client: str | None = None
    """The address of its clients, if it is the same for all, as on loopback."""


LOOPBACK_SOCKETS = {4: PublicSocket("http4", "127.0.0.1"), 6: PublicSocket("http6", "::1")}
"""By IP version."""


@dataclass(frozen=True)
class ProductWorkers:
    """Workers of miniflare's that implement products of Cloudflare."""

    directory: Path

    def file(self, name: str) -> Path:
        """The file of the Worker of this name, such as `r2/bucket`."""
        return self.directory / f"{name}.worker.js"


@dataclass(frozen=True)
class ClientCertificate:
    """What a Worker presents to servers that ask for a certificate."""

    chain: str
    """PEM, the Worker's own certificate first."""
    key: Sensitive[str]
    trusted: tuple[str, ...] = ()
    """Certificates of authorities, in PEM, that are trusted beside those of browsers."""


@dataclass(frozen=True)
class AssetFiles:
    """Static files that are served beside a Worker."""

    directory: Path
    """The directory in which each file has its hash as its name."""
    manifest: Mapping[str, str]
    """Hashes by the path that a file is served at."""
    types: Mapping[str, str]
    """Content types by hash, for files that have one."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """In the form of Cloudflare's upload metadata: `html_handling`, `run_worker_first`, `_headers`, ..."""


@dataclass(frozen=True)
class WorkerSpec:
    """One version of a Worker with everything it is bound to."""

    name: str
    version_id: str
    main_module: str | None
    """None for a Worker of static assets only."""
    modules: tuple[ModuleFile, ...]
    compatibility_date: str
    sockets: Sockets
    shared: SharedSockets
    storage: Path
    """Directory of Durable Object storage; each namespace has its own directory in it."""
    version_tag: str = ""
    """The version's tag."""
    version_time: str = ""
    """When it was uploaded, in ISO 8601."""
    compatibility_flags: tuple[str, ...] = ()
    bindings: tuple[Mapping[str, Any], ...] = ()
    """In the form of Cloudflare's upload metadata: `{"type", "name", ...}`."""
    assets: AssetFiles | None = None
    workers: ProductWorkers | None = None
    """Workers of products that bindings need, or None where they are not here."""
    cache: Path | None = None
    """Directory of what its caches hold; None where the code does not mention the Cache API."""
    mentions_refused_calls: bool = False
    """Whether its code has a word of the calls that `workerd` refuses."""
    mentions_email: bool = False
    """Whether the code may import `cloudflare:email`."""
    classes: tuple[DurableObjectClass, ...] = ()
    workflows: Mapping[str, str] = field(default_factory=dict)
    """Its classes that run Workflows, by the names of the Workflows."""
    workflow_settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The engine's settings of Workflows: `steps`, the most that an instance may have, and `retention`."""
    workflow_crons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Cron expressions that start instances, by Workflow."""
    awaited_classes: frozenset[str] = frozenset()
    """Classes that another Worker has not transferred to this one yet."""
    crons: tuple[str, ...] = ()
    tail_consumers: tuple[str, ...] = ()
    """Workers whose `tail()` gets an event for each call that this one has handled."""
    consumes_queues: bool = False
    """Whether queues hand messages to it."""
    place: RequestOrigin = RequestOrigin()
    is_followed: bool = False
    """Whether the platform gets an event for each call that the Worker has handled."""
    secrets: Mapping[str, Sensitive[str]] = field(default_factory=dict)
    """Values of `secret_text` bindings, by binding name."""
    certificates: Mapping[str, ClientCertificate] = field(default_factory=dict)
    """Those that bindings name, by their ids, where they exist."""
    peers: Mapping[str, Path] = field(default_factory=dict)
    """The `Sockets.peers` of other Workers that bindings name, whether or not these run."""
    split: Split | None = None
    """The version that shares the requests with this one."""
    is_beside: bool = False
    """Whether it is that version itself: its Durable Objects and Workflows then live in the process of the
    other one.
    """
    membership: ClusterMembership | None = None
    """How it shares its Durable Objects with other nodes of a cluster."""
    remote_classes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Namespace ids of other Workers' Durable Object classes, by (Worker, class), where they exist."""

    @property
    def source_maps(self) -> dict[str, Path]:
        """Files of source maps, by the module that they are about."""
        maps = [module for module in self.modules if module.type == SOURCE_MAP]
        return {module.name.removesuffix(".map"): module.path for module in maps}

    @property
    def has_containers(self) -> bool:
        """Whether any of its classes has a container."""
        return any(entry.has_container for entry in self.classes)

    def has_binding(self, kind: str) -> bool:
        """Whether it has a binding of this type that does not lead to Cloudflare."""
        return any(each.get("type") == kind and "account" not in each for each in self.bindings)


@dataclass(frozen=True)
class Split:
    """Requests to a Worker that go to another one of its versions, which runs in a process of its own."""

    other: WorkerSpec
    percentage: float
    """How much of the requests the other one gets."""
    is_newer: bool
    """Whether the other one is the newer version."""
