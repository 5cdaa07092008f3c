"""The target of a connection, from its first bytes: HTTP with a host, TLS with a server name, or neither.
Pure.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from enum import Enum, auto

MOST_BYTES = 16 * 1024
"""The largest size of a TLS record. It is also more than clients send in a request's head before its Host."""

_REQUEST_LINE = re.compile(rb"[A-Z]{1,20} [^ \r\n]+ HTTP/1\.[01]\r?\n")
_END = re.compile(rb"\n\r?\n")
_HOST = re.compile(rb"\n[Hh][Oo][Ss][Tt]:[ \t]*([^ \t\r\n]*)")
_HANDSHAKE, _CLIENT_HELLO, _SERVER_NAME = 22, 1, 0


class Protocol(Enum):
    """The protocol of a connection."""

    HTTP = auto()
    TLS = auto()
    OTHER = auto()


@dataclass(frozen=True)
class Opening:
    """The contents of a connection's first bytes. `host` is the requested name, without a port."""

    protocol: Protocol
    host: str | None = None

    def to(self, destination: str) -> Opening:
        """The opening of a connection to `destination`. TLS to an address has no name: the address is it."""
        if self.protocol is Protocol.TLS and self.host is None:
            return Opening(Protocol.TLS, destination.rpartition(":")[0].strip("[]"))
        return self


def read_opening(data: bytes, *, is_all: bool = False) -> Opening | None:
    """The opening in `data`, or None if more bytes are needed; `is_all` says that no more will come."""
    if data[:1] == bytes([_HANDSHAKE]):
        return _read_tls(data, is_all=is_all)
    if b"\n" in data and not _REQUEST_LINE.match(data):
        return Opening(Protocol.OTHER)
    if end := _END.search(data):
        found = _HOST.search(data, 0, end.end())
        return Opening(Protocol.HTTP, _without_port(found[1].decode("latin-1")) if found else None)
    is_over = is_all or len(data) >= MOST_BYTES or (data and not re.match(rb"[A-Z]", data))
    return Opening(Protocol.OTHER) if is_over else None


def _read_tls(data: bytes, *, is_all: bool) -> Opening | None:
    if len(data) < 5:
        return Opening(Protocol.OTHER) if is_all else None
    (length,) = struct.unpack_from(">H", data, 3)
    if len(data) < min(5 + length, MOST_BYTES) and not is_all:
        return None
    return Opening(Protocol.TLS, _server_name(data[5 : 5 + length]))


def _server_name(hello: bytes) -> str | None:
    """The name in a ClientHello (RFC 8446 section 4.1.2, RFC 6066 section 3), or None if it has none."""
    try:
        if hello[0] != _CLIENT_HELLO:
            return None
        position = 4 + 2 + 32
        position += 1 + hello[position]
        position += 2 + struct.unpack_from(">H", hello, position)[0]
        position += 1 + hello[position]
        (size,) = struct.unpack_from(">H", hello, position)
        return _name_among(hello[position + 2 : position + 2 + size])
    except (IndexError, struct.error):
        return None


def _name_among(extensions: bytes) -> str | None:
    position = 0
    while position + 4 <= len(extensions):
        kind, size = struct.unpack_from(">HH", extensions, position)
        if kind == _SERVER_NAME:
            (name_size,) = struct.unpack_from(">H", extensions, position + 7)
            return extensions[position + 9 : position + 9 + name_size].decode("ascii", "replace") or None
        position += 4 + size
    return None


def _without_port(host: str) -> str | None:
    if host.startswith("["):
        return host[1:].partition("]")[0] or None
    return host.partition(":")[0] or None
