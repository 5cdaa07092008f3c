"""Sockets at this machine's address on an engine's network."""

from __future__ import annotations

import socket
import sys

FREE_BIND = getattr(socket, "IP_FREEBIND", 15)
"""Linux's number (ip(7)); Python names it since 3.12 only."""


def bound(address: str, port: int = 0, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """A socket that is bound to an address, and does not block. The address need not exist yet: Podman gives
    it to the machine with the first container of the network. Raises OSError if the port is taken.
    """
    made = socket.socket(socket.AF_INET, kind)
    try:
        made.setblocking(False)
        if kind == socket.SOCK_STREAM:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sys.platform == "linux":
            made.setsockopt(socket.IPPROTO_IP, FREE_BIND, 1)
        made.bind((address, port))
    except OSError:
        made.close()
        raise
    return made
