"""workerd and esbuild: pinned, downloaded once through npm into a cache that all projects share.

The usual case, everything in place, needs the standard library only and a few milliseconds.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from pywrangler.errors import MissingError
from pywrangler.toolchain.lock import (
    PRODUCT_WORKERS_BYTES,
    PRODUCT_WORKERS_FILE,
    PROGRAM_BYTES,
    REMOTE_CALLS_BYTES,
    REMOTE_CALLS_FILE,
    TYPES_WORKER_BYTES,
    TYPES_WORKER_FILE,
    Package,
    Program,
    current_platform,
    lock_digest,
    packages_for,
    product_workers,
    read_lock,
    remote_calls,
    types_worker,
)
from pywrangler.toolchain.records import InstallProgress, SilentInstall, Toolchain, is_intact

__all__ = [
    "InstallProgress",
    "SilentProgress",
    "Toolchain",
    "cache_directory",
    "ensure",
    "ensure_product_workers",
    "ensure_remote_calls",
    "ensure_types_worker",
    "find",
]

CACHE_VARIABLE = "PYWRANGLER_CACHE"
OVERRIDE_VARIABLES = {"workerd": "PYWRANGLER_WORKERD", "esbuild": "PYWRANGLER_ESBUILD"}


def cache_directory(environment: Mapping[str, str]) -> Path:
    """The directory of what can be made again: `$PYWRANGLER_CACHE`, else in the user's caches."""
    if chosen := environment.get(CACHE_VARIABLE):
        return Path(chosen).expanduser().absolute()
    user_home = Path(environment.get("HOME") or Path.home())
    if sys.platform == "darwin":
        return user_home / "Library/Caches/pywrangler"
    return Path(environment.get("XDG_CACHE_HOME") or user_home / ".cache") / "pywrangler"


def ensure(environment: Mapping[str, str], progress: InstallProgress | None = None) -> Toolchain:
    """The toolchain, installed first if it is not here yet.

    `PYWRANGLER_WORKERD` and `PYWRANGLER_ESBUILD` name programs to use instead. Raises MissingError when a
    named program does not exist, when this platform is not supported, and when the installation failed.
    """
    toolchain = _toolchain(environment)
    if not _is_installed(toolchain, environment):
        lock = read_lock()
        directory, progress = _directory(environment, lock), progress or SilentInstall()
        _install(directory, _packages(lock), environment, progress, PROGRAM_BYTES)
    return toolchain


def ensure_product_workers(environment: Mapping[str, str], progress: InstallProgress | None = None) -> Path:
    """The directory of the Workers that implement products of Cloudflare, installed first if it is missing.

    Raises MissingError when that failed.
    """
    lock = PRODUCT_WORKERS_FILE.read_bytes()
    package = product_workers(lock)
    directory = _directory(environment, lock)
    if not is_intact(directory, package.files):
        _install(directory, (package,), environment, progress or SilentInstall(), PRODUCT_WORKERS_BYTES)
    return directory / package.directory


def ensure_types_worker(environment: Mapping[str, str], progress: InstallProgress | None = None) -> Path:
    """The Worker that describes the runtime's types, installed first if it is missing.

    Raises MissingError when that failed.
    """
    lock = TYPES_WORKER_FILE.read_bytes()
    package = types_worker(lock)
    directory = _directory(environment, lock)
    if not is_intact(directory, package.files):
        _install(directory, (package,), environment, progress or SilentInstall(), TYPES_WORKER_BYTES)
    return directory / package.worker


def ensure_remote_calls(environment: Mapping[str, str], progress: InstallProgress | None = None) -> Path:
    """The module that answers calls of methods of remote bindings, installed first if it is missing.

    Raises MissingError when that failed.
    """
    lock = REMOTE_CALLS_FILE.read_bytes()
    package = remote_calls(lock)
    directory = _directory(environment, lock)
    if not (directory / package.module).is_file():
        _install(directory, (package,), environment, progress or SilentInstall(), REMOTE_CALLS_BYTES)
    return directory / package.module


def find(environment: Mapping[str, str]) -> Toolchain | None:
    """The toolchain where it is here already; None if a download is needed first.

    Raises MissingError when a named program does not exist, and when this platform is not supported.
    """
    toolchain = _toolchain(environment)
    return toolchain if _is_installed(toolchain, environment) else None


def _toolchain(environment: Mapping[str, str]) -> Toolchain:
    """Where the programs are, or will be once they are installed."""
    named = {name: _named(environment, variable) for name, variable in OVERRIDE_VARIABLES.items()}
    programs = {name: program for name, program in named.items() if program is not None}
    if len(programs) < len(named):
        lock = read_lock()
        directory = _directory(environment, lock)
        programs = {p.program: directory / p.executable for p in _packages(lock)} | programs
    return Toolchain(**programs)


def _is_installed(toolchain: Toolchain, environment: Mapping[str, str]) -> bool:
    own = cache_directory(environment) / "toolchain"
    for program in (toolchain.workerd, toolchain.esbuild):
        if not os.access(program, os.X_OK):
            return False
        if program.is_relative_to(own):
            directory = own / program.relative_to(own).parts[0]
            if not is_intact(directory, [program.relative_to(directory)]):
                return False
    return True


def _directory(environment: Mapping[str, str], lock: bytes) -> Path:
    return cache_directory(environment) / "toolchain" / lock_digest(lock)


def _named(environment: Mapping[str, str], variable: str) -> Path | None:
    chosen = environment.get(variable)
    if not chosen:
        return None
    program = Path(chosen).expanduser().absolute()
    if not os.access(program, os.X_OK) or program.is_dir():
        raise MissingError(
            f"{variable} names {program}, which is not an executable program.",
            hint=f"Correct {variable}, or unset it: pywrangler then downloads its own.",
            code="toolchain-override",
        )
    return program


def _packages(lock: bytes) -> tuple[Program, ...]:
    platform = current_platform()
    packages = packages_for(lock, platform)
    if not packages:
        raise MissingError(
            f"There is no workerd for this platform ({' '.join(platform)}).",
            hint="Supported are Linux and macOS on x64 and arm64. Programs built elsewhere can be named with"
            " PYWRANGLER_WORKERD and PYWRANGLER_ESBUILD.",
            code="toolchain-platform",
        )
    return packages


def _install(
    directory: Path,
    packages: tuple[Package, ...],
    environment: Mapping[str, str],
    progress: InstallProgress,
    expected_bytes: int,
) -> None:
    from pywrangler.toolchain.install import Installation

    Installation(directory, packages, environment, progress, expected_bytes).run()
