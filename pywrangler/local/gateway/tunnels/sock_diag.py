"""Asks Linux about the TCP sockets of this machine: sock_diag(7), messages of a netlink socket."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

BY_FAMILY = 20
"""The kind of a question about sockets, and of the answers to it (`SOCK_DIAG_BY_FAMILY`)."""
_SOCK_DIAG = 4
_REQUEST, _DUMP = 0x1, 0x300
_ERROR, _DONE = 2, 3
_HEADER = struct.Struct("=IHHII")
_ANSWER_SECONDS = 1.0
_LARGEST_PIECE = 1 << 18


def ask_kernel(question: bytes, *, is_dump: bool = False) -> bytes:
    """The kernel's messages about the socket, or with `is_dump` all sockets, that `question` describes (a
    `struct inet_diag_req_v2`). Raises OSError if the kernel refuses.
    """
    flags = _REQUEST | (_DUMP if is_dump else 0)
    response = b""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as kernel:
        kernel.settimeout(_ANSWER_SECONDS)
        kernel.send(_HEADER.pack(_HEADER.size + len(question), BY_FAMILY, flags, 1, 0) + question)
        last = (_ERROR, _DONE) if is_dump else (_ERROR, BY_FAMILY)
        while not any(kind in last for kind, _ in messages(response)):
            response += kernel.recv(_LARGEST_PIECE)
    if any(kind == _ERROR for kind, _ in messages(response)):
        raise OSError("the kernel has no such socket, or does not tell")
    return response


def messages(response: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and body of each message."""
    start = 0
    while start + _HEADER.size <= len(response):
        length, kind, *_ = _HEADER.unpack_from(response, start)
        yield kind, response[start + _HEADER.size : start + length]
        start += aligned(max(length, _HEADER.size))


def aligned(length: int) -> int:
    """The position of the next item: messages and attributes begin at multiples of four."""
    return (length + 3) & ~3
