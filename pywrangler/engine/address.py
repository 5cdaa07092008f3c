"""Finds the address of the Docker Engine: first as the Docker CLI does, then at the usual sockets of engines.

It uses the standard library only, and opens no connection.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pywrangler.dataclass import dataclass
from pywrangler.errors import MissingError

DEFAULT_SOCKET = Path("/var/run/docker.sock")
DEFAULT_TCP_PORTS = {False: 2375, True: 2376}
"""The Docker CLI's default ports, by whether TLS is used."""


@dataclass(frozen=True)
class TlsFiles:
    """PEM files for an engine behind TLS. A None is not used (no `ca`: the system's certificates)."""

    ca: Path | None
    certificate: Path | None
    key: Path | None
    is_verified: bool = True


@dataclass(frozen=True)
class EngineAddress:
    """The address of an engine. `url` is `unix:///path` or `tcp://host:port`; `origin` says who chose it."""

    url: str
    origin: str
    tls: TlsFiles | None = None
    is_of_context: bool = False
    """Whether a Docker context names it."""

    @property
    def socket_path(self) -> Path | None:
        """The unix socket, or None for an engine reached over TCP."""
        return Path(self.url.removeprefix("unix://")) if self.url.startswith("unix://") else None

    @property
    def host_and_port(self) -> tuple[str, int]:
        """Host and port of an engine reached over TCP."""
        parts = urlsplit(self.url)
        return parts.hostname or "localhost", parts.port or DEFAULT_TCP_PORTS[self.tls is not None]

    def __str__(self) -> str:
        return f"{self.url} (from {self.origin})"


def find_engine(environment: Mapping[str, str]) -> EngineAddress:
    """The engine to use: `WRANGLER_DOCKER_HOST`, `DOCKER_HOST`, the current context, then the known sockets.

    If nothing is found, the result is Docker's default socket, so that the failure to connect names it.
    Raises MissingError for an address of a kind that cannot be used (`ssh://`, `npipe://`) or a context that
    does not exist.
    """
    for variable in ("WRANGLER_DOCKER_HOST", "DOCKER_HOST"):
        if chosen := environment.get(variable):
            return _parse(chosen, variable, _tls_of_environment(environment))
    return _current_context(environment) or _known_socket(environment)


def docker_directory(environment: Mapping[str, str]) -> Path:
    """The Docker CLI's configuration directory."""
    chosen = environment.get("DOCKER_CONFIG")
    return Path(chosen) if chosen else _user_home(environment) / ".docker"


def cli_environment(environment: Mapping[str, str], address: EngineAddress) -> dict[str, str]:
    """`environment` changed so that the Docker CLI talks to `address`, whatever context is current."""
    chosen = {name: value for name, value in environment.items() if not name.startswith("DOCKER_TLS")}
    chosen.pop("DOCKER_CONTEXT", None)
    chosen["DOCKER_HOST"] = address.url
    if address.tls is not None:
        chosen["DOCKER_TLS_VERIFY" if address.tls.is_verified else "DOCKER_TLS"] = "1"
        if file := address.tls.ca or address.tls.certificate:
            chosen["DOCKER_CERT_PATH"] = str(file.parent)
    return chosen


def _user_home(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("HOME") or Path.home())


def _parse(text: str, origin: str, tls: TlsFiles | None) -> EngineAddress:
    if text.startswith("/"):
        return EngineAddress(f"unix://{text}", origin)
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "tcp", text
    if scheme == "unix" and rest:
        return EngineAddress(f"unix://{rest}", origin)
    if scheme in ("tcp", "http", "https"):
        if not _is_host_and_port(rest):
            raise MissingError(
                f"The address of the Docker Engine is `{text}` (from {origin}), which is not an address.",
                hint="Write it like `unix:///var/run/docker.sock` or `tcp://127.0.0.1:2375`.",
                code="engine-address",
            )
        return EngineAddress(f"tcp://{rest.rstrip('/')}", origin, tls)
    raise MissingError(
        f"The Docker Engine at `{text}` (from {origin}) cannot be used: {scheme}:// is not supported."
        if rest
        else f"The address of the Docker Engine is `{text}` (from {origin}), which names no socket.",
        hint="Name a unix:// or tcp:// address in DOCKER_HOST. For ssh, forward the engine's socket:"
        " ssh -nNT -L /tmp/engine.sock:/var/run/docker.sock HOST, then DOCKER_HOST=unix:///tmp/engine.sock.",
        code="engine-address",
    )


def _is_host_and_port(text: str) -> bool:
    """Whether a URL may have it after `tcp://`; the host may be absent, as for the Docker CLI."""
    try:
        parts = urlsplit(f"tcp://{text}")
        _ = parts.port
    except ValueError:
        return False
    return not any(character in text for character in " \t@?#")


def _tls_of_environment(environment: Mapping[str, str]) -> TlsFiles | None:
    is_verified = bool(environment.get("DOCKER_TLS_VERIFY"))
    if not is_verified and not environment.get("DOCKER_TLS"):
        return None
    directory = Path(environment.get("DOCKER_CERT_PATH") or docker_directory(environment))
    return _tls_in(directory, is_verified=is_verified)


def _tls_in(directory: Path, *, is_verified: bool) -> TlsFiles:
    def present(name: str) -> Path | None:
        file = directory / name
        return file if file.is_file() else None

    return TlsFiles(present("ca.pem"), present("cert.pem"), present("key.pem"), is_verified)


def _current_context(environment: Mapping[str, str]) -> EngineAddress | None:
    directory = docker_directory(environment)
    configuration = _read_json(directory / "config.json") or {}
    name = environment.get("DOCKER_CONTEXT") or configuration.get("currentContext")
    if not isinstance(name, str) or name in ("", "default"):
        return None
    # A context's directories are named after the hash of its name (Docker CLI, cli/context/store).
    digest = hashlib.sha256(name.encode()).hexdigest()
    meta = _read_json(directory / "contexts/meta" / digest / "meta.json") or {}
    endpoints = meta.get("Endpoints")
    endpoint = endpoints.get("docker") if isinstance(endpoints, dict) else None
    if not isinstance(endpoint, dict) or not endpoint.get("Host"):
        raise MissingError(
            f"The Docker context `{name}` does not exist in {directory}.",
            hint="Choose another one with `docker context use NAME`, or set DOCKER_HOST.",
            code="engine-context",
        )
    is_verified = not endpoint.get("SkipTLSVerify")
    tls = _tls_in(directory / "contexts/tls" / digest / "docker", is_verified=is_verified)
    # Docker's command uses TLS for a context with certificates, or with a word about them.
    has_tls = bool(tls.ca or tls.certificate) or not is_verified
    found = _parse(str(endpoint["Host"]), f"the Docker context `{name}`", tls if has_tls else None)
    return replace(found, is_of_context=True)


def _read_json(file: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _known_socket(environment: Mapping[str, str]) -> EngineAddress:
    present = [place for place in _socket_places(environment) if _is_socket(place)]
    # Prefer a socket this user may use: a rootless engine often runs beside a system-wide one.
    usable = (place for place in present if os.access(place, os.R_OK | os.W_OK))
    found = next(usable, present[0] if present else DEFAULT_SOCKET)
    return EngineAddress(f"unix://{found}", "the default" if found == DEFAULT_SOCKET else "a known socket")


def _socket_places(environment: Mapping[str, str]) -> Iterator[Path]:
    home = _user_home(environment)
    yield DEFAULT_SOCKET
    yield home / ".docker/run/docker.sock"  # Docker Desktop
    yield home / ".docker/desktop/docker.sock"  # Docker Desktop on Linux
    yield home / ".colima/default/docker.sock"
    yield home / ".config/colima/default/docker.sock"
    yield home / ".orbstack/run/docker.sock"
    yield home / ".rd/docker.sock"  # Rancher Desktop
    yield home / ".local/share/containers/podman/machine/podman.sock"
    runtime = Path(environment.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    yield runtime / "docker.sock"  # rootless Docker
    yield runtime / "podman/podman.sock"
    yield Path("/run/podman/podman.sock")


def _is_socket(place: Path) -> bool:
    try:
        return stat.S_ISSOCK(place.stat().st_mode)
    except OSError:
        return False
