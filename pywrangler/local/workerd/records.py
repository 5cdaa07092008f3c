"""What `workerd` is asked to run: plain records from which the configuration is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pywrangler.sensitive import Sensitive


@dataclass(frozen=True)
class ModuleFile:
    """One module of a Worker, as a file."""

    name: str
    """What other modules import it by."""
    type: str
    """Its content type in the upload, such as `application/javascript+module`."""
    path: Path


@dataclass(frozen=True)
class DurableObjectClass:
    """A Durable Object namespace of the Worker: the class that implements it, and what its objects have."""

    class_name: str
    namespace_id: str
    """workerd's `uniqueKey`: object ids derive from it, and it stands in the names of containers."""
    has_sql: bool
    has_container: bool


@dataclass(frozen=True)
class Sockets:
    """Unix sockets of one Worker, in a folder that only its owner can enter."""

    control: Path
    """Where `workerd` serves the control Worker."""
    gateway: Path
    """Where the engine gateway listens: the Docker socket, as far as `workerd` knows."""
    peers: Path
    """Where `workerd` serves the Worker to service bindings of other Workers."""


@dataclass(frozen=True)
class WorkerSpec:
    """One version of a Worker with everything it is bound to."""

    name: str
    version_id: str
    main_module: str
    modules: tuple[ModuleFile, ...]
    compatibility_date: str
    sockets: Sockets
    storage: Path
    """Folder of Durable Object storage; each namespace has its own folder in it."""
    compatibility_flags: tuple[str, ...] = ()
    bindings: tuple[Mapping[str, Any], ...] = ()
    """In the form of Cloudflare's upload metadata: `{"type", "name", ...}`."""
    classes: tuple[DurableObjectClass, ...] = ()
    crons: tuple[str, ...] = ()
    secrets: Mapping[str, Sensitive[str]] = field(default_factory=dict)
    """Values of `secret_text` bindings, by binding name."""
    store_secrets: Mapping[tuple[str, str], Sensitive[str]] = field(default_factory=dict)
    """Values of Secrets Store secrets, by (store id, secret name)."""
    peers: Mapping[str, Path] = field(default_factory=dict)
    """The `Sockets.peers` of other Workers on this platform, by name."""

    @property
    def has_containers(self) -> bool:
        """Whether any of its classes has a container."""
        return any(entry.has_container for entry in self.classes)
