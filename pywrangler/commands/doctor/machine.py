"""What `doctor` looks at on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pywrangler.commands.doctor.checks import Finding
from pywrangler.errors import MissingError, PywranglerError

if TYPE_CHECKING:
    from pywrangler.commands.context.invocation import Invocation

LEAST_BYTES, FEW_BYTES = 100_000_000, 2_000_000_000
"""Below the first, writing soon fails; below the second, an image may not fit."""
LARGEST_CLOCK_SECONDS = 5.0
NPM_SECONDS = 15
DEFAULT_PORT = 8787
AMD64 = ("x86_64", "amd64")
EMULATOR = Path("/proc/sys/fs/binfmt_misc/qemu-x86_64")
FREE_SPACE = "Make room there, for example with `docker system prune`, or choose another directory with"


class Machine:
    """The checks of one run that need no account."""

    def __init__(self, run: Invocation) -> None:
        self._run = run
        self._environment: Mapping[str, str] = run.environment
        self._info = cache(self._ask_engine)

    def _ask_engine(self) -> tuple[dict[str, Any], str, float]:
        """The engine's description, its address, and the time of the response. Raises `MissingError`."""
        from pywrangler.inside.engine import session_of_environment

        session = session_of_environment(self._environment)
        return session.json("GET", "/info"), str(session.address), time.time()

    def engine(self) -> Finding:
        """Whether the Docker Engine answers."""
        info, address, _ = self._info()
        if info.get("OSType") == "windows":
            return Finding.fail(
                f"The Docker Engine at {address} runs Windows containers.", "Switch it to Linux containers."
            )
        name = "Podman" if self._is_podman() else "Docker Engine"
        return Finding.ok(f"{name} {info.get('ServerVersion')} at {address}.")

    def _is_podman(self) -> bool:
        from pywrangler.inside.engine import serves_podman, session_of_environment

        return serves_podman(session_of_environment(self._environment))

    def buildx(self) -> Finding:
        """Whether images can be built."""
        from pywrangler.images.docker_cli import find_builder

        docker = self._environment.get("WRANGLER_DOCKER_BIN") or "docker"
        try:
            has_podman = self._is_podman()
        except MissingError:
            has_podman = False
        builder = find_builder(docker, self._environment, is_podman_engine=has_podman)
        match builder.kind:
            case "buildx":
                return Finding.ok(f"`{docker} buildx` builds images.")
            case "podman":
                return Finding.ok(f"`{docker} build` builds images.")
            case "engine":
                return Finding.warn(
                    f"`{docker} build` builds images with Podman, without secrets and `--cache-to`.",
                    "Build with Podman's own command: set WRANGLER_DOCKER_BIN=podman.",
                )

    def emulation(self) -> Finding:
        """Whether images of Cloudflare's architecture run here."""
        try:
            info, _, _ = self._info()
        except MissingError:
            return Finding.ok("Not checked: the Docker Engine does not answer.")
        architecture = info.get("Architecture", "unknown")
        if architecture in AMD64:
            return Finding.ok("The engine runs linux/amd64, as Cloudflare does.")
        if EMULATOR.exists() or "desktop" in str(info.get("OperatingSystem", "")).lower():
            return Finding.ok(f"The engine ({architecture}) emulates linux/amd64.")
        return Finding.warn(
            f"The engine runs {architecture}, and images for Cloudflare are linux/amd64.",
            "Install an emulator: `sudo apt-get install qemu-user-static`, or turn on Rosetta.",
        )

    def disk(self) -> Finding:
        """Whether there is space for state, downloads and images."""
        from pywrangler.toolchain import cache_directory

        places = {
            self._run.home: "PYWRANGLER_HOME",
            cache_directory(self._environment): "PYWRANGLER_CACHE",
        }
        lines = []
        for directory, variable in places.items():
            there = next(each for each in (directory, *directory.parents) if each.exists())
            free = shutil.disk_usage(there).free
            if free < LEAST_BYTES:
                return Finding.fail(
                    f"The disk of {directory} is full: {_size(free)} are free.", f"{FREE_SPACE} {variable}."
                )
            if not os.access(there, os.W_OK):
                return Finding.fail(
                    f"This user may not write to {there}.",
                    f"Change the owner of the directory, or choose another one with {variable}.",
                )
            if free < FEW_BYTES:
                return Finding.warn(
                    f"The disk of {directory} has {_size(free)} free space.", f"{FREE_SPACE} {variable}."
                )
            lines.append(f"{_size(free)} free space at {directory}")
        if (images := self._engine_directory()) and (free := shutil.disk_usage(images).free) < LEAST_BYTES:
            return Finding.fail(
                f"The disk of the Docker Engine ({images}) is full: {_size(free)} are free.",
                "Make room there, for example with `docker system prune`.",
            )
        return Finding.ok(f"{', '.join(lines)}.")

    def _engine_directory(self) -> Path | None:
        """Where the engine keeps images, if that is on this machine and can be looked at."""
        try:
            info, _, _ = self._info()
            directory = Path(str(info.get("DockerRootDir") or "/nowhere"))
            return directory if info.get("Name") == socket.gethostname() and directory.is_dir() else None
        except (PywranglerError, OSError):
            return None

    def ports(self) -> Finding:
        """Whether Workers get the port that they ask for."""
        from pywrangler.local.client.finding import find

        if find(self._environment) is not None:
            return Finding.ok("The local platform runs and has its ports.")
        if (wanted := self._configured_port()) is not None:
            return _port_of_configuration(wanted)
        text = self._environment.get("PYWRANGLER_WORKER_PORT") or str(DEFAULT_PORT)
        if not text.isdecimal() or not 0 < int(text) < 65536:
            return Finding.fail(
                f"PYWRANGLER_WORKER_PORT is `{text}`, which is not a port.", "Set it to a number up to 65535."
            )
        if reason := _why_taken(int(text)):
            return Finding.warn(
                f"Port {text} cannot be used: {reason}. Workers get the next free one.",
                f"End the program that uses it (`ss -ltnp sport = :{text}` shows it), or set"
                " PYWRANGLER_WORKER_PORT.",
            )
        return Finding.ok(f"Port {text} is free for the first Worker.")

    def _configured_port(self) -> int | None:
        """The port that `dev.port` of the configuration names."""
        try:
            fields = self._run.project.fields
            settings = fields.get("dev") if fields else None
        except PywranglerError:
            return None  # another check reports the configuration
        port = settings.get("port") if isinstance(settings, Mapping) else None
        return port if isinstance(port, int) and 0 < port < 65536 else None

    def npm(self) -> Finding:
        """Whether npm runs, which downloads runtimes and installs the packages of Workers."""
        from pywrangler.toolchain.npm import find_npm

        command = find_npm(self._environment)
        try:
            asked = subprocess.run(
                [*command, "--version"],
                capture_output=True,
                text=True,
                env=dict(self._environment),
                timeout=NPM_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Finding.warn(f"npm did not answer within {NPM_SECONDS} s.", "Run `npm --version`.")
        if asked.returncode:
            return Finding.fail(
                "npm does not run.", "Install Node.js again; `npm --version` shows the reason."
            )
        return Finding.ok(f"npm {asked.stdout.strip()}.")

    def runtime(self) -> Finding:
        """Whether the pinned programs are here."""
        from pywrangler.toolchain import find

        if find(self._environment) is None:
            return Finding.warn(
                "The runtime (workerd, esbuild) is not downloaded yet.",
                "The first deploy downloads it through npm: `pywrangler deploy`.",
            )
        return Finding.ok("workerd and esbuild are installed.")

    def python(self) -> Finding:
        """Whether the command that runs is the one that the user means."""
        from pywrangler.commands.running.name_conflict import is_namesake_installed

        version = ".".join(map(str, sys.version_info[:3]))
        cure = "Use `pwr`, which is always this one, or install each in an environment of its own."
        if is_namesake_installed(sys.path):
            return Finding.warn(
                "The package workers-py is in the same environment and has the same name.", cure
            )
        found = shutil.which("pywrangler", path=self._environment.get("PATH"))
        own = Path(sys.executable).parent
        if found and Path(found).parent.resolve() != own.resolve() and (own / "pywrangler").exists():
            return Finding.warn(f"`pywrangler` on the PATH is {found}, and this one is in {own}.", cure)
        return Finding.ok(f"Python {version} in {sys.prefix}.")

    def clock(self) -> Finding:
        """Whether the clocks of this machine and of the engine agree; tokens and certificates need them."""
        try:
            info, _, now = self._info()
            engine_time = datetime.fromisoformat(f"{info['SystemTime'][:19]}+00:00").timestamp()
        except (MissingError, KeyError, ValueError):
            return Finding.ok("Not checked: the Docker Engine does not answer.")
        zone = str(info["SystemTime"])[19:]
        offset = abs(now - engine_time)
        if not zone.endswith("Z") or offset <= LARGEST_CLOCK_SECONDS:
            return Finding.ok("This machine and the engine have the same time.")
        return Finding.warn(
            f"The engine's clock is {offset:.0f} s off.",
            "Set it: `sudo timedatectl set-ntp true`. Restart the engine's virtual machine, if it has one.",
        )


def _why_taken(port: int) -> str | None:
    """Why a port of this machine cannot be used; None if it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return os.strerror(error.errno or 0).lower()
    return None


def _port_of_configuration(port: int) -> Finding:
    if reason := _why_taken(port):
        return Finding.fail(
            f"Port {port}, which `dev.port` names, cannot be used: {reason}.",
            f"End the program that uses it (`ss -ltnp sport = :{port}` shows it), or change `dev.port`.",
        )
    return Finding.ok(f"Port {port}, which `dev.port` names, is free.")


def _size(size: int) -> str:
    from pywrangler.wording import readable_bytes

    return readable_bytes(size)
