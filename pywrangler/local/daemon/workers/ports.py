"""Listening sockets of Workers: opened by the platform, handed to each `workerd` that serves the Worker."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pywrangler.errors import PywranglerError
from pywrangler.local.workerd.records import LOOPBACK_SOCKETS, PublicSocket

LOOPBACK = {4: "127.0.0.1", 6: "::1"}
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
BACKLOG = 1024
"""Connections that may wait while one `workerd` follows another."""
DEFER_ACCEPT_SECONDS = 5
"""After that long a connection is handed over without any bytes."""
LAST_PORT = 65535


@dataclass(frozen=True)
class Listeners:
    """Sockets of one Worker, by IP version; all on the same port."""

    port: int
    sockets: Mapping[int, socket.socket]

    @property
    def public(self) -> tuple[PublicSocket, ...]:
        """As the configuration of `workerd` has them."""
        return tuple(LOOPBACK_SOCKETS[version] for version in self.sockets)

    @property
    def descriptors(self) -> dict[str, int]:
        """Descriptors by the name of the socket in workerd's configuration."""
        return {LOOPBACK_SOCKETS[version].name: each.fileno() for version, each in self.sockets.items()}

    def close(self) -> None:
        """Stop listening."""
        for each in self.sockets.values():
            each.close()


def open_listeners(preferred: int | None, first: int, reserved: Collection[int]) -> Listeners:
    """Sockets on the preferred port where it is free, else on the next free one from `first`.

    Ports in `reserved` belong to other Workers. Raises `PywranglerError` when there is none.
    """
    candidates = (port for port in range(first, LAST_PORT + 1) if port not in reserved)
    for port in (*(() if preferred is None else (preferred,)), *candidates):
        if listeners := _try_port(port):
            return listeners
    raise PywranglerError(
        f"no port from {first} on is free for a Worker",
        hint="set PYWRANGLER_WORKER_PORT to another first port",
        code="no-port",
    )


def _try_port(port: int) -> Listeners | None:
    """Sockets on all of loopback's addresses; None when any of them is taken."""
    opened: dict[int, socket.socket] = {}
    for version, address in LOOPBACK.items():
        try:
            opened[version] = _listen(version, address, port)
        except OSError as error:
            if version == 6 and error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                continue  # a machine without IPv6
            for each in opened.values():
                each.close()
            return None
    return Listeners(port, opened)


def _listen(version: int, address: str, port: int) -> socket.socket:
    opened = socket.socket(_FAMILIES[version], socket.SOCK_STREAM)
    try:
        # So that connections of a former life, which linger in TIME_WAIT, do not keep the port.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sys.platform == "linux":
            # A connection is handed over together with its first bytes. Without this, a workerd that ends
            # closes those that it has accepted and that have not said anything yet.
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, DEFER_ACCEPT_SECONDS)
        opened.bind((address, port))
        opened.listen(BACKLOG)
    except BaseException:
        opened.close()
        raise
    return opened
