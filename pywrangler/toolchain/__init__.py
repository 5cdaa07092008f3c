"""workerd and esbuild: pinned, downloaded once through npm into a cache that all projects share.

The usual case, everything in place, needs the standard library only and a few milliseconds.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from pywrangler.errors import MissingError
from pywrangler.toolchain.lock import Package, current_platform, lock_digest, packages_for, read_lock
from pywrangler.toolchain.records import InstallProgress, SilentProgress, Toolchain

__all__ = ["InstallProgress", "SilentProgress", "Toolchain", "cache_folder", "ensure"]

CACHE_VARIABLE = "PYWRANGLER_CACHE"
OVERRIDE_VARIABLES = {"workerd": "PYWRANGLER_WORKERD", "esbuild": "PYWRANGLER_ESBUILD"}


def cache_folder(environment: Mapping[str, str]) -> Path:
    """The folder for what can be made again: `$PYWRANGLER_CACHE`, else in the user's cache folder."""
    if chosen := environment.get(CACHE_VARIABLE):
        return Path(chosen).expanduser().absolute()
    user_home = Path(environment.get("HOME") or Path.home())
    if sys.platform == "darwin":
        return user_home / "Library/Caches/pywrangler"
    return Path(environment.get("XDG_CACHE_HOME") or user_home / ".cache") / "pywrangler"


def ensure(environment: Mapping[str, str], progress: InstallProgress | None = None) -> Toolchain:
    """The toolchain, installed first where it is not here yet.

    `PYWRANGLER_WORKERD` and `PYWRANGLER_ESBUILD` name programs to use instead. Raises MissingError when a
    named program does not exist, when this platform is not supported, and when the installation failed.
    """
    programs = {name: _named(environment, variable) for name, variable in OVERRIDE_VARIABLES.items()}
    if None in programs.values():
        installed = _installed(environment, progress or SilentProgress())
        programs = {name: named or installed[name] for name, named in programs.items()}
    return Toolchain(**{name: program for name, program in programs.items() if program is not None})


def _named(environment: Mapping[str, str], variable: str) -> Path | None:
    chosen = environment.get(variable)
    if not chosen:
        return None
    program = Path(chosen).expanduser().absolute()
    if not os.access(program, os.X_OK) or program.is_dir():
        raise MissingError(
            f"{variable} names {program}, which is not a program that can be run.",
            hint=f"Correct {variable}, or unset it: pywrangler then downloads its own.",
            code="toolchain-override",
        )
    return program


def _installed(environment: Mapping[str, str], progress: InstallProgress) -> dict[str, Path]:
    lock = read_lock()
    packages = _packages(lock)
    folder = cache_folder(environment) / "toolchain" / lock_digest(lock)
    programs = {package.program: folder / package.executable for package in packages}
    if not all(os.access(program, os.X_OK) for program in programs.values()):
        _install(folder, packages, environment, progress)
    return programs


def _packages(lock: bytes) -> tuple[Package, ...]:
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
    folder: Path, packages: tuple[Package, ...], environment: Mapping[str, str], progress: InstallProgress
) -> None:
    from pywrangler.toolchain.install import Installation

    Installation(folder, packages, environment, progress).run()
