"""The REST API's address and token, and the registry's address. They are kept, so that clients and names of
images that use them still work after a restart.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from pywrangler.local.daemon.workers.ports import LAST_PORT, LOOPBACK
from pywrangler.private_files import write_private

FILE_NAME = "api.json"


@dataclass(frozen=True)
class ApiAddress:
    """Ports are 0 before the first start."""

    port: int
    token: str
    registry_port: int = 0


def load_api_address(home: Path) -> ApiAddress:
    """The stored address, or one with a new token."""
    try:
        if kept := parse_api_address((home / FILE_NAME).read_text()):
            return kept
    except (OSError, ValueError):
        pass
    return ApiAddress(port=0, token=secrets.token_urlsafe(32))


def parse_api_address(text: str) -> ApiAddress | None:
    """The content of a file that any program may have written; None if it is invalid."""
    try:
        kept = ApiAddress(**json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return None
    ports, token = (kept.port, kept.registry_port), kept.token
    if not all(type(port) is int and 0 <= port <= LAST_PORT for port in ports):
        return None
    is_token = isinstance(token, str) and token.isascii() and token.isprintable() and " " not in token
    return kept if is_token and token else None


def keep_api_address(home: Path, address: ApiAddress) -> None:
    """Store it, readable by its owner only."""
    write_private(home / FILE_NAME, json.dumps(asdict(address)))


@dataclass(frozen=True)
class ApiListeners:
    """The platform's listening sockets, and the token of its API."""

    api: socket.socket
    registry: socket.socket
    token: str


def listen(home: Path) -> ApiListeners:
    """Listen on the last run's ports if they are free, and store the current ones."""
    kept = load_api_address(home)
    listening = ApiListeners(_open_socket(kept.port), _open_socket(kept.registry_port), kept.token)
    keep_api_address(home, ApiAddress(port_of(listening.api), kept.token, port_of(listening.registry)))
    return listening


def port_of(listening: socket.socket) -> int:
    """The port on which a socket listens."""
    return int(listening.getsockname()[1])


def _open_socket(port: int) -> socket.socket:
    """A listening socket on loopback: on the stored port if it is free, else on any."""
    if port:
        with contextlib.suppress(OSError):
            return socket.create_server((LOOPBACK[4], port), reuse_port=False)
    return socket.create_server((LOOPBACK[4], 0))
