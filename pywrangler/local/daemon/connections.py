"""Whether clients wait for an answer on a port of this machine, as its kernel sees it.

The listening sockets of a Worker are in the hands of `workerd`, which reports no request while it is handled.
Linux tells any process when data last came and went on each TCP connection (sock_diag(7)).
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_SOCK_DIAG = 4
_BY_FAMILY = 20
_REQUEST, _DUMP = 0x1, 0x300
_ERROR, _DONE = 2, 3
_INFO = 2
"""The attribute with the state of a TCP connection (`INET_DIAG_INFO`)."""
_CLOSED = 6
_STATES = (1 << 1) | (1 << 8) | (1 << _CLOSED)
"""Connections that are open, those whose client has said all, and those that were closed a while ago."""
_CLOSED_MS = 60_000
"""How long Linux remembers a closed connection (`TCP_TIMEWAIT_LEN`), at the end that closed it."""
_HEADER = struct.Struct("=IHHII")
_MESSAGE_BYTES = 72
"""Of a `struct inet_diag_msg`, which stands before the attributes."""
_PORTS = struct.Struct("!HH")
_PORTS_AT, _EXPIRES_AT = 4, 52
_SENT_AGO_AT, _RECEIVED_AGO_AT, _BYTES_RECEIVED_AT = 44, 52, 128
"""Where the fields stand in a `struct tcp_info` (linux/tcp.h)."""
_ANSWER_SECONDS = 1.0

AFTER_MS = 100
"""How long after its answer a request may still begin to use a container (`waitUntil`)."""


@dataclass(frozen=True)
class Connection:
    """One client's connection. Times are in milliseconds before now."""

    sent_ago: int
    received_ago: int
    bytes_received: int


def is_in_use(connections: Iterable[Connection]) -> bool:
    """Whether any of the clients waits for an answer, or has just had it."""
    return any(
        each.bytes_received > 0 and (each.received_ago <= each.sent_ago or each.received_ago < AFTER_MS)
        for each in connections
    )


def connections_to(port: int) -> list[Connection] | None:
    """The connections of clients to a local port; None where this system does not tell."""
    if sys.platform != "linux":
        return None
    try:
        families = (socket.AF_INET, socket.AF_INET6)
        return [found for family in families for found in read_connections(_dump(family), port)]
    except (OSError, struct.error):
        return None


def read_connections(dump: bytes, port: int) -> Iterator[Connection]:
    """Those of one local port in the kernel's answer."""
    for kind, body in _messages(dump):
        if kind != _BY_FAMILY:
            continue
        ports = _PORTS.unpack_from(body, _PORTS_AT)
        if body[1] == _CLOSED:
            # Seen from the client's end, where that has closed it and is on this machine.
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
                )


def _dump(family: int) -> bytes:
    """The kernel's answer about all connections of one address family. Raises OSError."""
    body = struct.pack("=BBBxI", family, socket.IPPROTO_TCP, 1 << (_INFO - 1), _STATES) + bytes(48)
    answer = b""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as kernel:
        kernel.settimeout(_ANSWER_SECONDS)
        kernel.send(_HEADER.pack(_HEADER.size + len(body), _BY_FAMILY, _REQUEST | _DUMP, 1, 0) + body)
        while not any(kind in (_ERROR, _DONE) for kind, _ in _messages(answer)):
            answer += kernel.recv(1 << 18)
    if any(kind == _ERROR for kind, _ in _messages(answer)):
        raise OSError("the kernel does not tell about connections")
    return answer


def _messages(dump: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and body of each message."""
    start = 0
    while start + _HEADER.size <= len(dump):
        length, kind, *_ = _HEADER.unpack_from(dump, start)
        yield kind, dump[start + _HEADER.size : start + length]
        start += _aligned(max(length, _HEADER.size))


def _attribute(body: bytes, wanted: int) -> bytes:
    start = _MESSAGE_BYTES
    while start + 4 <= len(body):
        length, kind = struct.unpack_from("=HH", body, start)
        if kind == wanted:
            return body[start + 4 : start + length]
        start += _aligned(max(length, 4))
    return b""


def _aligned(length: int) -> int:
    return (length + 3) & ~3
