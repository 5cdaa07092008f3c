"""Where the platform keeps things, below its home folder, and where its unix sockets stand."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pywrangler.errors import PywranglerError
from pywrangler.local.protocol import DATABASE_NAME, LOCK_NAME, UNFINISHED_NAME
from pywrangler.local.workerd.records import SharedSockets, Sockets

MAX_SOCKET_PATH_BYTES = 100
"""The kernel takes 107 on Linux and 103 on macOS."""
SOCKET_NAME_BYTES = len("/0123456789abcdef.control")


@dataclass(frozen=True)
class Folders:
    """Paths of one platform. `runtime` holds sockets: `<home>/run`, or a short private folder elsewhere."""

    home: Path
    runtime: Path

    @property
    def lock(self) -> Path:
        """Locked by the running platform."""
        return self.home / LOCK_NAME

    @property
    def unfinished(self) -> Path:
        """Exists while the platform runs, and until everything of it has ended."""
        return self.home / UNFINISHED_NAME

    @property
    def database(self) -> Path:
        """What the platform remembers."""
        return self.home / DATABASE_NAME

    @property
    def log(self) -> Path:
        """The platform's own log."""
        return self.home / "platform.log"

    @property
    def released_images(self) -> Path:
        """Ids of images that deleted applications had, one per line: what `prune` may remove."""
        return self.home / "released-images"

    @property
    def container_logs(self) -> Path:
        """What containers wrote: a folder per application, a file per instance."""
        return self.home / "container-logs"

    @property
    def storage(self) -> Path:
        """Durable Objects: a folder per namespace, so that a namespace can move to another Worker."""
        return self.home / "durable-objects"

    @property
    def key_values(self) -> Path:
        """The values of KV namespaces."""
        return self.home / "key-values"

    def emails(self, name: str) -> Path:
        """What a Worker sent by `send_email` bindings."""
        return self.home / "emails" / name

    def cache(self, name: str) -> Path:
        """What the caches of a Worker hold."""
        return self.home / "caches" / name

    @property
    def key_values_config_file(self) -> Path:
        """What the `workerd` that holds them is started with."""
        return self.key_values / "workerd.capnp"

    @property
    def key_values_pid_file(self) -> Path:
        """The process id of that `workerd`."""
        return self.key_values / "workerd.pid"

    @property
    def key_value_sockets(self) -> Sockets:
        """Its unix sockets; it has no gateway."""
        return self._sockets("key-values")

    @property
    def shared_sockets(self) -> SharedSockets:
        """The unix sockets that all Workers share."""
        products = {name: self.product_sockets(name).peers for name in PRODUCTS}
        return SharedSockets(self.runtime / "platform", self.key_value_sockets.peers, products)

    def product(self, name: str) -> Path:
        """What a product of Cloudflare's keeps, such as `r2`."""
        return self.home / name

    def product_config_file(self, name: str) -> Path:
        """What the product's `workerd` is started with."""
        return self.product(name) / "workerd.capnp"

    def product_pid_file(self, name: str) -> Path:
        """The process id of that `workerd`."""
        return self.product(name) / "workerd.pid"

    def product_sockets(self, name: str) -> Sockets:
        """Its unix sockets; it has no gateway."""
        return self._sockets(name)

    def worker(self, name: str) -> Path:
        """What belongs to one Worker."""
        return self.home / "workers" / name

    def worker_log(self, name: str) -> Path:
        """What the Worker wrote."""
        return self.worker(name) / "worker.log"

    def config_file(self, name: str) -> Path:
        """What its `workerd` is started with."""
        return self.worker(name) / "workerd.capnp"

    def pid_file(self, name: str) -> Path:
        """The process id of its `workerd`."""
        return self.worker(name) / "workerd.pid"

    def sockets(self, name: str) -> Sockets:
        """Its unix sockets; hashed, because a Worker's name may be long."""
        return self._sockets(hashlib.sha256(name.encode()).hexdigest()[:16])

    def _sockets(self, base: str) -> Sockets:
        return Sockets(*(self.runtime / f"{base}.{kind}" for kind in ("control", "gateway", "peers")))


PRODUCTS = ("d1", "queues", "r2")
"""Products of Cloudflare's whose data a `workerd` of its own keeps, apart from KV."""


def open_folders(home: Path, environment: Mapping[str, str]) -> Folders:
    """The folders, made where they are not there. Raises `PywranglerError` where that is not possible."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (home / "workers", home / "durable-objects", home / "container-logs"):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise not_writable(home, error) from error
    runtime = plan_runtime_folder(home, environment)
    _make_private(runtime)
    return Folders(home, runtime)


def not_writable(home: Path, error: OSError) -> PywranglerError:
    """The error for a home folder that cannot be used."""
    return PywranglerError(
        f"The local platform's folder `{home}` cannot be written: {error.strerror}.",
        hint="Make the folder writable, or set PYWRANGLER_HOME to another one.",
        code="state-not-writable",
    )


def plan_runtime_folder(home: Path, environment: Mapping[str, str]) -> Path:
    """The folder for sockets: the same for the same home each time, and short enough for the kernel."""
    candidate = home / "run"
    if len(os.fsencode(candidate)) + SOCKET_NAME_BYTES <= MAX_SOCKET_PATH_BYTES:
        return candidate
    name = "pywrangler-" + hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    base = Path(environment.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    candidate = base / name
    if len(os.fsencode(candidate)) + SOCKET_NAME_BYTES <= MAX_SOCKET_PATH_BYTES:
        return candidate
    return Path("/tmp") / name  # noqa: S108 - checked to be ours and private before it is used


def _make_private(folder: Path) -> None:
    """Make the folder, or make sure that it is ours: below /tmp somebody else may have put one there."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise not_writable(folder, error) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PywranglerError(
            f"{folder}, where the local platform's sockets belong, is not a folder of this user.",
            hint="Remove it, or set PYWRANGLER_HOME to a shorter path.",
            code="runtime-folder",
        )
    folder.chmod(0o700)
