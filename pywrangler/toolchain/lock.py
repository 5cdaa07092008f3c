"""The packages with the programs, from the npm lock file beside this module.

The packages named here hold one executable each and need no install script. The lock file has an integrity
hash per package and no registry's address: npm's own configuration decides where they come from. To update,
change the versions in `lock_files/package.json` and, in that directory, run

    npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved

A version may differ by platform when one was published later than the others.

The Workers that serve static assets and caches are not published by themselves in their newest form; they are
part of miniflare, of the release whose date is that of workerd. Wrangler runs the same ones.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pywrangler.dataclass import dataclass

LOCK_FILE = Path(__file__).with_name("lock_files") / "package-lock.json"
PRODUCT_WORKERS_FILE = Path(__file__).with_name("lock_files") / "product-workers.json"
"""A package by itself, for those who use static assets or caches: name, version and integrity, as in a lock
file.
"""
TYPES_WORKER_FILE = Path(__file__).with_name("lock_files") / "types-worker.json"
"""The same for those who want the runtime's types: workerd's main package, which has no program."""
REMOTE_CALLS_FILE = Path(__file__).with_name("lock_files") / "remote-calls.json"
"""The same for those who call methods of remote bindings: the library that miniflare's Worker for them has,
in the same version, for its counterpart at Cloudflare.
"""
WORKERS = (
    "analytics-engine/analytics-engine",
    "assets/assets",
    "assets/router",
    "browser-rendering/binding",
    "cache/cache",
    "cache/cache-entry",
    "dispatch-namespace/dispatch-namespace",
    "dispatch-namespace/dispatch-namespace-proxy",
    "pipelines/pipeline",
    "r2/bucket",
    "r2/public",
    "r2/s3/index",
    "ratelimit/ratelimit",
    "ratelimit/ratelimit-object",
    "shared/index",
    "shared/object-entry",
    "shared/remote-proxy-client",
    "shared/zod",
)
"""Those of the package that are used."""
CPU_NAMES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
"""From the kernel's name of a processor to npm's."""
PROGRAM_BYTES = 166_000_000
PRODUCT_WORKERS_BYTES = 14_000_000
TYPES_WORKER_BYTES = 5_100_000
REMOTE_CALLS_BYTES = 2_900_000
"""Sizes on disk, for a progress bar; measured on Linux x64 in November 2026."""


@dataclass(frozen=True)
class Package:
    """One npm package. `entry` is its part of the lock file."""

    name: str
    version: str
    entry: Mapping[str, Any]

    @property
    def title(self) -> str:
        """What it is installed for, in words."""
        raise NotImplementedError

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are used, as paths inside an installation."""
        raise NotImplementedError


class Program(Package):
    """A package that holds one program."""

    @property
    def title(self) -> str:
        """The program with its version."""
        return f"{self.program} {self.version}"

    @property
    def files(self) -> tuple[Path, ...]:
        """The program."""
        return (self.executable,)

    @property
    def program(self) -> str:
        """`workerd` or `esbuild`; also the executable's name."""
        return "workerd" if self.name.startswith("@cloudflare/workerd-") else "esbuild"

    @property
    def executable(self) -> Path:
        """The program's path inside an installation."""
        return Path("node_modules", self.name, "bin", self.program)

    @property
    def version_output(self) -> str:
        """The program's output for `--version`. workerd 1.20261117.1 prints `workerd 2026-11-17`."""
        if self.program == "esbuild":
            return self.version
        return f"workerd {_release_date(self.version)}"


class ProductWorkersPackage(Package):
    """The package that holds the Workers which serve static assets and caches.

    Its dependencies are for Node: none of them is installed.
    """

    @property
    def title(self) -> str:
        """What the Workers are for, and where they come from."""
        return f"what serves assets, caches and other products ({self.name} {self.version})"

    @property
    def directory(self) -> Path:
        """Where the Workers are inside an installation."""
        return Path("node_modules", self.name, "dist/src/workers")

    @property
    def files(self) -> tuple[Path, ...]:
        """The Workers that the local platform runs."""
        return tuple(self.directory / f"{name}.worker.js" for name in WORKERS)


class TypesWorkerPackage(Package):
    """The package that holds the Worker which describes the runtime's types."""

    @property
    def title(self) -> str:
        """What the Worker is for, and where it comes from."""
        return f"what describes the runtime's types ({self.name} {self.version})"

    @property
    def worker(self) -> Path:
        """The Worker's path inside an installation."""
        return Path("node_modules", self.name, "worker.mjs")

    @property
    def files(self) -> tuple[Path, ...]:
        """The Worker."""
        return (self.worker,)


class RemoteCallsPackage(Package):
    """The package that answers calls of methods over a WebSocket."""

    @property
    def title(self) -> str:
        """What it is for, and where it comes from."""
        return f"what calls methods of remote bindings ({self.name} {self.version})"

    @property
    def module(self) -> Path:
        """The module's path inside an installation. It imports nothing that a Worker does not have."""
        return Path("node_modules", self.name, "dist/index-workers.js")

    @property
    def files(self) -> tuple[Path, ...]:
        """The module."""
        return (self.module,)


def read_lock() -> bytes:
    """The lock file as it was shipped."""
    return LOCK_FILE.read_bytes()


def lock_digest(lock: bytes) -> str:
    """A short name for exactly these packages."""
    return hashlib.sha256(lock).hexdigest()[:16]


def current_platform() -> tuple[str, str]:
    """This machine in npm's words, such as `("linux", "x64")`."""
    machine = os.uname().machine
    return sys.platform, CPU_NAMES.get(machine, machine)


def packages_for(lock: bytes, platform: tuple[str, str]) -> tuple[Program, ...]:
    """The packages that hold the programs for a platform; fewer than two if it is not supported."""
    system, cpu = platform
    entries = json.loads(lock)["packages"]
    return tuple(
        Program(path.removeprefix("node_modules/"), entry["version"], entry)
        for path, entry in entries.items()
        if path and system in entry["os"] and cpu in entry["cpu"]
    )


def latest_compatibility_date() -> str:
    """The newest compatibility date that workerd knows, by the lock file."""
    entries = json.loads(read_lock())["packages"]
    versions = (entry["version"] for path, entry in entries.items() if "/workerd-" in path)
    return max(map(_release_date, versions))


def _release_date(version: str) -> str:
    """The day of a workerd's release, which its version names: 2026-11-17 of 1.20261117.1."""
    day = version.split(".")[1]
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


def product_workers(lock: bytes) -> ProductWorkersPackage:
    """The package of `PRODUCT_WORKERS_FILE`."""
    ((name, entry),) = json.loads(lock).items()
    return ProductWorkersPackage(name, entry["version"], entry)


def types_worker(lock: bytes) -> TypesWorkerPackage:
    """The package of `TYPES_WORKER_FILE`."""
    ((name, entry),) = json.loads(lock).items()
    return TypesWorkerPackage(name, entry["version"], entry)


def remote_calls(lock: bytes) -> RemoteCallsPackage:
    """The package of `REMOTE_CALLS_FILE`."""
    ((name, entry),) = json.loads(lock).items()
    return RemoteCallsPackage(name, entry["version"], entry)


def workerd_version() -> str:
    """The version of workerd for this platform; the newest one where there is none for it."""
    lock = read_lock()
    programs = packages_for(lock, current_platform())
    named = [program.version for program in programs if program.program == "workerd"]
    return named[0] if named else types_worker(TYPES_WORKER_FILE.read_bytes()).version


def plan_project(packages: Iterable[Package]) -> dict[str, str]:
    """The two files, by name, of an npm project that consists of `packages`.

    They are plain dependencies here: npm passes over an optional one that cannot be downloaded, and says
    nothing.
    """
    chosen = tuple(packages)
    root = {
        "name": "pywrangler-toolchain",
        "dependencies": {package.name: package.version for package in chosen},
    }
    entries = {
        f"node_modules/{package.name}": {
            key: value for key, value in package.entry.items() if key != "optional"
        }
        for package in chosen
    }
    lock = {**root, "lockfileVersion": 3, "requires": True, "packages": {"": root, **entries}}
    return {
        "package.json": json.dumps({**root, "private": True}),
        "package-lock.json": json.dumps(lock),
    }
