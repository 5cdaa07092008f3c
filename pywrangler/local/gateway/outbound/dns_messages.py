"""The part of DNS that intercepted containers need: reads a question, writes a response (RFC 1035). Pure."""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass

ADDRESS = 1
"""The type of a question for IPv4 addresses (A)."""
NO_ERROR, FORMAT_ERROR, NO_SUCH_NAME = 0, 1, 3
SECONDS_TO_LIVE = 5
"""Short, because the names that the Worker answers for can change at any time."""

_HEADER = struct.Struct(">HHHHHH")
_RESPONSE, _RECURSION_DESIRED, _RECURSION_AVAILABLE = 0x8000, 0x0100, 0x0080
_NAME_OF_QUESTION = 0xC000 | _HEADER.size
"""A pointer to the name in the question, which follows the header."""


@dataclass(frozen=True)
class Question:
    """The only question of a query."""

    id: int
    flags: int
    name: str
    type: int
    raw: bytes
    """As in the query, to repeat it in the response."""


def read_question(query: bytes) -> Question | None:
    """The question of a query, or None for anything else."""
    try:
        id_, flags, count, *_ = _HEADER.unpack_from(query)
        if flags & _RESPONSE or count != 1:
            return None
        labels, position = [], _HEADER.size
        while size := query[position]:
            if size > 63:
                return None
            labels.append(query[position + 1 : position + 1 + size].decode("ascii", "replace"))
            position += 1 + size
        type_, _ = struct.unpack_from(">HH", query, position + 1)
        return Question(id_, flags, ".".join(labels), type_, query[_HEADER.size : position + 5])
    except (IndexError, struct.error):
        return None


def write_response(question: Question, addresses: Sequence[str], status: int = NO_ERROR) -> bytes:
    """The response to a question with its IPv4 `addresses`, possibly none."""
    flags = _RESPONSE | (question.flags & _RECURSION_DESIRED) | _RECURSION_AVAILABLE | status
    header = _HEADER.pack(question.id, flags, 1, len(addresses), 0, 0)
    records = [
        struct.pack(">HHHLH", _NAME_OF_QUESTION, ADDRESS, 1, SECONDS_TO_LIVE, 4) + socket.inet_aton(address)
        for address in addresses
    ]
    return header + question.raw + b"".join(records)
