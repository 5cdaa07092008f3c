"""Workers with their versions, modules and Durable Object namespaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

DEV_ANNOTATION = "pywrangler/dev"


@dataclass(frozen=True)
class StoredModule:
    """One module of a Worker; its content is a file that only the owner can read."""

    name: str
    type: str
    """The content type it was uploaded with, such as `application/javascript+module`."""
    path: Path
    sha256: str


@dataclass(frozen=True)
class Namespace:
    """A Durable Object namespace: one class of one Worker.

    `id` is 32 hex digits and stays when the class is renamed.
    """

    id: str
    script: str
    class_name: str
    use_sqlite: bool

    @property
    def name(self) -> str:
        """Cloudflare's name for it."""
        return f"{self.script}_{self.class_name}"

    @property
    def key(self) -> ClassName:
        """The name of its class in bindings."""
        return self.script, self.class_name


ClassName = tuple[str, str]
"""A class as bindings name it: its Worker, and its name there."""


@dataclass(frozen=True)
class Transfer:
    """A Durable Object class that goes to another Worker, with its objects."""

    namespace: Namespace
    """As it is before."""
    target: str
    """The Worker that gets it."""
    class_name: str
    """The class's name there."""

    @property
    def source(self) -> str:
        """The Worker that has it before."""
        return self.namespace.script

    @property
    def moved(self) -> Namespace:
        """As it is afterwards."""
        return replace(self.namespace, script=self.target, class_name=self.class_name)


@dataclass(frozen=True)
class Version:
    """One immutable version of a Worker: modules, bindings, namespaces, and secrets (in `store.secrets`).

    `metadata` is the upload's metadata with every binding resolved (kept and inherited ones are written out)
    and without the text of secrets: a `secret_text` binding has a name only.
    """

    id: str
    worker: str
    number: int
    created_on: float
    metadata: Mapping[str, Any]
    modules: tuple[StoredModule, ...]
    namespaces: tuple[Namespace, ...]
    migration_tag: str | None
    content_hash: str
    """Hash of everything that defines it. Two uploads with the same hash are the same version."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    source: str = "wrangler"

    @property
    def is_of_dev(self) -> bool:
        """Whether `pywrangler dev` made it. It is removed when another one is active."""
        return DEV_ANNOTATION in self.annotations

    @property
    def main_module(self) -> str | None:
        """Name of the module that `workerd` starts with; None for a Worker of static assets only."""
        return self.metadata.get("main_module")

    @property
    def bindings(self) -> tuple[Mapping[str, Any], ...]:
        """Bindings in the form of Cloudflare's upload metadata: `{"type", "name", ...}`."""
        return tuple(self.metadata.get("bindings", ()))

    @property
    def container_classes(self) -> frozenset[str]:
        """Durable Object classes that have a container."""
        return container_classes(self.metadata)


def tail_consumers(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """The Workers that consume the events of a version, each once."""
    entries = metadata.get("tail_consumers") or ()
    named = (entry.get("service") for entry in entries if isinstance(entry, Mapping))
    return tuple(dict.fromkeys(str(name) for name in named if name))


def container_images(metadata: Mapping[str, Any]) -> dict[str, str]:
    """The images that an upload names for its container classes, by class; pywrangler does, Wrangler does
    not.
    """
    by_container = _classes_of_exports(metadata)
    found = {}
    for entry in metadata.get("containers") or ():
        name, image = entry.get("class_name") or by_container.get(entry.get("name")), entry.get("image")
        if isinstance(name, str) and isinstance(image, str):
            found[name] = image
    return found


def named_images(metadata: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The images that classes choose from, by class and by name. An upload names them for classes that manage
    their containers.
    """
    by_container = _classes_of_exports(metadata)
    found = {}
    for entry in metadata.get("containers") or ():
        name, images = entry.get("class_name") or by_container.get(entry.get("name")), entry.get("images")
        if isinstance(name, str) and isinstance(images, Mapping):
            found[name] = {str(each): str(image) for each, image in images.items()}
    return found


def _classes_of_exports(metadata: Mapping[str, Any]) -> dict[Any, str]:
    return {
        export.get("container"): name
        for name, export in (metadata.get("exports") or {}).items()
        if isinstance(export, Mapping)
    }


def container_classes(metadata: Mapping[str, Any]) -> frozenset[str]:
    """The classes that an upload's metadata links to a container: `containers` names the class, or its entry
    in `exports` names the container.
    """
    entries = metadata.get("containers") or ()
    by_container = _classes_of_exports(metadata)
    classes = (entry.get("class_name") or by_container.get(entry.get("name")) for entry in entries)
    return frozenset(name for name in classes if isinstance(name, str))


@dataclass(frozen=True)
class Worker:
    """A Worker (Cloudflare's API also says script).

    A Worker without an active version was uploaded and never deployed.
    """

    name: str
    tag: str
    """32 hex digits; Cloudflare's immutable id of the script."""
    created_on: float
    modified_on: float
    port: int | None = None
    ip: str | None = None
    """The address that it listens on; None is loopback."""
    active_version_id: str | None = None
    migration_tag: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What is not part of a version: `subdomain`, `logpush`, `observability`, `tags`, `tail_consumers`."""
    crons: tuple[str, ...] = ()
    is_stopped: bool = False
    """Whether its active version is not to run."""

    @property
    def dispatch_namespace(self) -> str | None:
        """The dispatch namespace that it is in; None for a Worker with an address."""
        return self.name.partition("@")[2] or None


def dispatched_name(name: str, namespace: str) -> str:
    """Under which name a Worker of a dispatch namespace is stored: one that no other Worker can have."""
    return f"{name}@{namespace}"


@dataclass(frozen=True)
class DispatchNamespace:
    """A dispatch namespace (Workers for Platforms)."""

    id: str
    name: str
    created_on: float
    modified_on: float


@dataclass(frozen=True)
class MtlsCertificate:
    """A client certificate, or that of an authority; `chain` is PEM."""

    id: str
    name: str
    is_authority: bool
    chain: str
    uploaded_on: float


@dataclass(frozen=True)
class Share:
    """What one version gets of a Worker's requests."""

    version_id: str
    percentage: float


@dataclass(frozen=True)
class StoredDeployment:
    """A moment at which a version became active."""

    id: str
    worker: str
    version_id: str
    created_on: float
    source: str
    annotations: Mapping[str, str] = field(default_factory=dict)
    shares: tuple[Share, ...] = ()
    """The versions that share the requests; none if the active version gets all of them."""

    @property
    def served(self) -> tuple[Share, ...]:
        """The versions that get requests, whether one or more."""
        return self.shares or (Share(self.version_id, 100),)
