"""Asks the kernel whether clients wait for a response on a port of this machine.

`workerd` has a Worker's listening sockets, and does not report a request while it handles it. Linux tells
every process when data was last received and sent on each TCP connection (sock_diag(7)).
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pywrangler.local.gateway.tunnels.sock_diag import BY_FAMILY, aligned, ask_kernel, messages

_INFO = 2
"""The attribute with the state of a TCP connection (`INET_DIAG_INFO`)."""
_CLOSED = 6
_STATES = (1 << 1) | (1 << 8) | (1 << _CLOSED)
"""States of connections: open, half-closed by the client, and closed a while ago."""
_CLOSED_MS = 60_000
"""How long Linux remembers a closed connection (`TCP_TIMEWAIT_LEN`), on the side that closed it."""
_MESSAGE_BYTES = 72
"""The size of `struct inet_diag_msg`, which comes before the attributes."""
_PORTS = struct.Struct("!HH")
_PORTS_AT, _EXPIRES_AT, _INODE_AT = 4, 52, 68
_SENT_AGO_AT, _RECEIVED_AGO_AT, _BYTES_RECEIVED_AT = 44, 52, 128
"""The offsets of the fields in `struct tcp_info` (linux/tcp.h)."""

AFTER_MS = 100
"""How long after its response a request may still begin to use a container (`waitUntil`)."""


@dataclass(frozen=True)
class Connection:
    """One client's connection. Times are in milliseconds before now."""

    sent_ago: int
    received_ago: int
    bytes_received: int
    is_accepted: bool = False
    """Whether a program has it; the others wait in the queue of a listening socket, or are over."""


def is_in_use(connections: Iterable[Connection]) -> bool:
    """Whether any of the clients waits for a response, or has just had one."""
    return any(
        each.bytes_received > 0 and (each.received_ago <= each.sent_ago or each.received_ago < AFTER_MS)
        for each in connections
    )


def is_busy(connections: Iterable[Connection]) -> bool:
    """Whether a program serves any of the clients: it waits for a response, or data went either way just
    now.
    """
    served = [each for each in connections if each.is_accepted]
    return is_in_use(served) or any(each.bytes_received > 0 and each.sent_ago < AFTER_MS for each in served)


def connections_to(port: int) -> list[Connection] | None:
    """The connections of clients to a local port; None if this system does not say."""
    if sys.platform != "linux":
        return None
    try:
        families = (socket.AF_INET, socket.AF_INET6)
        return [found for family in families for found in read_connections(_dump(family), port)]
    except (OSError, struct.error):
        return None


def read_connections(dump: bytes, port: int) -> Iterator[Connection]:
    """The connections to one local port in the kernel's response."""
    for kind, body in messages(dump):
        if kind != BY_FAMILY:
            continue
        ports = _PORTS.unpack_from(body, _PORTS_AT)
        if body[1] == _CLOSED:
            # This is the client's side, if the client has closed the connection and is on this machine.
            if port in ports:
                ago = _CLOSED_MS - struct.unpack_from("=I", body, _EXPIRES_AT)[0]
                yield Connection(sent_ago=0, received_ago=max(ago, 0), bytes_received=1)
        elif ports[0] == port:
            info = _attribute(body, _INFO)
            if len(info) >= _BYTES_RECEIVED_AT + 8:
                yield Connection(
                    sent_ago=struct.unpack_from("=I", info, _SENT_AGO_AT)[0],
                    received_ago=struct.unpack_from("=I", info, _RECEIVED_AGO_AT)[0],
                    bytes_received=struct.unpack_from("=Q", info, _BYTES_RECEIVED_AT)[0],
                    is_accepted=struct.unpack_from("=I", body, _INODE_AT)[0] != 0,
                )


def _dump(family: int) -> bytes:
    """The kernel's response about all connections of one address family. Raises OSError."""
    fields = (family, socket.IPPROTO_TCP, 1 << (_INFO - 1), _STATES)
    return ask_kernel(struct.pack("=BBBxI", *fields) + bytes(48), is_dump=True)


def _attribute(body: bytes, wanted: int) -> bytes:
    start = _MESSAGE_BYTES
    while start + 4 <= len(body):
        length, kind = struct.unpack_from("=HH", body, start)
        if kind == wanted:
            return body[start + 4 : start + length]
        start += aligned(max(length, 4))
    return b""
