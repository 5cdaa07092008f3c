"""The platform's paths below its home directory, and the directory of its unix sockets."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pywrangler.errors import PywranglerError
from pywrangler.local.protocol import DATABASE_NAME, LOCK_NAME, UNFINISHED_NAME
from pywrangler.local.store import UPLOADS_NAME
from pywrangler.local.workerd.records import SharedSockets, Sockets

MAX_SOCKET_PATH_BYTES = 100
"""The kernel allows 107 bytes on Linux and 103 on macOS."""
SOCKET_NAME_BYTES = len("/0123456789abcdef.control")


@dataclass(frozen=True)
class Directories:
    """Paths of one platform. `runtime` holds sockets: `<home>/run`, or a private directory elsewhere."""

    home: Path
    runtime: Path

    @property
    def lock(self) -> Path:
        """Locked by the running platform."""
        return self.home / LOCK_NAME

    @property
    def unfinished(self) -> Path:
        """Exists while the platform runs, and until all of its processes and containers have ended."""
        return self.home / UNFINISHED_NAME

    @property
    def database(self) -> Path:
        """The platform's database."""
        return self.home / DATABASE_NAME

    @property
    def uploads(self) -> Path:
        """Files of requests that have not ended."""
        return self.home / UPLOADS_NAME

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
        """The output of containers: a directory per application, a file per instance."""
        return self.home / "container-logs"

    @property
    def storage(self) -> Path:
        """Durable Objects: a directory per namespace, so that a namespace can move to another Worker."""
        return self.home / "durable-objects"

    @property
    def browsers(self) -> Path:
        """Profiles of browsers that run."""
        return self.home / BROWSERS

    def emails(self, name: str) -> Path:
        """The messages that a Worker sent by `send_email` bindings."""
        return self.home / "emails" / name

    @property
    def analytics(self) -> Path:
        """The data points that Workers wrote by `analytics_engine_datasets`."""
        return self.home / "analytics"

    def cache(self, name: str) -> Path:
        """The content of a Worker's caches."""
        return self.home / "caches" / name

    @property
    def shared_sockets(self) -> SharedSockets:
        """The unix sockets that all Workers share."""
        products = {name: self.product_sockets(name).peers for name in PRODUCTS}
        calls = {name: self.product_calls(name) for name in PRODUCTS}
        return SharedSockets(self.runtime / "platform", products, calls, self.runtime / "bindings")

    def product(self, name: str) -> Path:
        """The data of a product of Cloudflare's, such as `r2`."""
        return self.home / name

    def product_config_file(self, name: str) -> Path:
        """The configuration of the product's `workerd`."""
        return self.product(name) / "workerd.capnp"

    def product_pid_file(self, name: str) -> Path:
        """The process id of that `workerd`."""
        return self.product(name) / "workerd.pid"

    def product_sockets(self, name: str) -> Sockets:
        """Its unix sockets. It has no gateway."""
        return self._sockets(name)

    def product_calls(self, name: str) -> Path:
        """The unix socket on which it takes calls over HTTP."""
        return self.runtime / f"{name}.calls"

    def worker(self, name: str) -> Path:
        """The directory of one Worker."""
        return self.home / "workers" / name

    def worker_log(self, name: str) -> Path:
        """The Worker's log."""
        return self.worker(name) / "worker.log"

    def config_file(self, name: str) -> Path:
        """The configuration of its `workerd`."""
        return self.worker(name) / "workerd.capnp"

    def pid_file(self, name: str) -> Path:
        """The process id of its `workerd`."""
        return self.worker(name) / "workerd.pid"

    def sockets(self, name: str) -> Sockets:
        """Its unix sockets; hashed, because a Worker's name may be long."""
        return self._sockets(hashlib.sha256(name.encode()).hexdigest()[:16])

    def _sockets(self, base: str) -> Sockets:
        return Sockets(*(self.runtime / f"{base}.{kind}" for kind in ("control", "gateway", "peers")))


BROWSERS = "browsers"
KEY_VALUES = "key-values"
"""KV namespaces, among the products."""
PRODUCTS = ("d1", KEY_VALUES, "queues", "r2")
"""Products of Cloudflare's that have a separate `workerd` for their data."""


def open_directories(home: Path, environment: Mapping[str, str]) -> Directories:
    """The directories; missing ones are created. Raises `PywranglerError` if that is not possible."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for directory in (home / "workers", home / "durable-objects", home / "container-logs"):
            directory.mkdir(mode=0o700, exist_ok=True)
        for directory in (home, home / "workers", home / "durable-objects"):
            _check_owners(home, directory)
    except OSError as error:
        raise not_writable(home, error) from error
    runtime = plan_runtime_directory(home, environment)
    _make_private(runtime)
    return Directories(home, runtime)


def remove_runtime(runtime: Path) -> None:
    """Remove the directory of a platform that has ended, with the sockets that it and its processes left."""
    with contextlib.suppress(OSError):
        for file in list(runtime.iterdir()):
            if stat.S_ISSOCK(file.lstat().st_mode):
                file.unlink()
        runtime.rmdir()


def not_writable(home: Path, error: OSError) -> PywranglerError:
    """The error for a home directory that cannot be used."""
    return PywranglerError(
        f"The local platform's directory `{home}` cannot be written: {error.strerror}.",
        hint="Make the directory writable, or set PYWRANGLER_HOME to another one.",
        code="state-not-writable",
    )


def plan_runtime_directory(home: Path, environment: Mapping[str, str]) -> Path:
    """The directory for sockets: always the same for the same home, and short enough for the kernel."""
    candidate = home / "run"
    if len(os.fsencode(candidate)) + SOCKET_NAME_BYTES <= MAX_SOCKET_PATH_BYTES:
        return candidate
    name = "pywrangler-" + hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    base = Path(environment.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    candidate = base / name
    if len(os.fsencode(candidate)) + SOCKET_NAME_BYTES <= MAX_SOCKET_PATH_BYTES:
        return candidate
    return Path("/tmp") / name  # noqa: S108 - before use it is checked to be private and ours


def _check_owners(home: Path, directory: Path) -> None:
    """Check that this user may use what is in a directory. After a start by root, some of it is root's."""
    own = os.getuid()
    for entry in directory.iterdir():
        try:
            owner = entry.lstat().st_uid
        except FileNotFoundError:  # of a platform that runs
            continue
        if owner != own and not _may_use(entry):
            raise _foreign(home, entry, _name_of(owner), _name_of(own))


def _foreign(home: Path, entry: Path, owner: str, own: str) -> PywranglerError:
    return PywranglerError(
        f"The local platform's directory `{home}` cannot be written:"
        f" `{entry.relative_to(home)}` in it belongs to another user ({owner}).",
        hint=f"Give it back: `sudo chown -R {own} {home}`. Or set PYWRANGLER_HOME to another directory.",
        code="state-not-writable",
    )


def _may_use(entry: Path) -> bool:
    return os.access(entry, os.R_OK | os.W_OK | (os.X_OK if entry.is_dir() else 0))


def _name_of(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return str(user_id)


def _make_private(directory: Path) -> None:
    """Create the directory, or check that it is ours: below /tmp another user may have created it."""
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        found = directory.lstat()
    except OSError as error:
        raise not_writable(directory, error) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PywranglerError(
            f"The directory `{directory}` for the local platform's sockets does not belong to this user.",
            hint="Remove it, or set PYWRANGLER_HOME to a shorter path.",
            code="runtime-folder",
        )
    directory.chmod(0o700)
