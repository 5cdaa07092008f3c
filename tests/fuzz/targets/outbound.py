"""What containers send out: DNS questions, and the first bytes of connections."""

from __future__ import annotations

import struct
from pathlib import Path

from pywrangler.local.gateway.outbound.dns_messages import NO_SUCH_NAME, read_question, write_response
from pywrangler.local.gateway.outbound.first_bytes import MOST_BYTES, read_opening
from tests.fuzz.records import Read, Target

RESPONSE, ANSWERS = 0x8000, 6
LONGEST_DATAGRAM = 65_535


def open_questions(_directory: Path) -> Read:
    """The reader of DNS questions, and the writer of responses."""

    def read(data: bytes) -> None:
        if (question := read_question(data)) is None:
            return
        assert question.raw in data
        for addresses, status in ((("192.0.2.1", "192.0.2.2"), 0), ((), NO_SUCH_NAME)):
            response = write_response(question, addresses, status)
            id_, flags, questions, answers = struct.unpack_from(">HHHH", response)
            assert (id_, questions, answers) == (question.id, 1, len(addresses))
            assert flags & RESPONSE
            assert flags & 0xF == status
            assert read_question(response) is None, "no one answers a response"

    return read


def open_openings(_directory: Path) -> Read:
    """The reader of the first bytes of connections."""

    def read(data: bytes) -> None:
        data = data[:MOST_BYTES]
        decided = read_opening(data)
        assert read_opening(data, is_all=True) is not None
        # More bytes do not change what was decided.
        half = read_opening(data[: len(data) // 2])
        assert half is None or half == decided

    return read


def _query(name: bytes, kind: int = 1, count: int = 1) -> bytes:
    labels = b"".join(bytes([len(label)]) + label for label in name.split(b"."))
    return struct.pack(">HHHHHH", 7, 0x0100, count, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1)


def _hello(name: bytes) -> bytes:
    named = struct.pack(">HBH", len(name) + 3, 0, len(name)) + name
    extensions = struct.pack(">HH", 0, len(named)) + named + struct.pack(">HH", 43, 3) + b"\x02\x03\x04"
    body = b"\x03\x03" + bytes(32) + b"\0" + struct.pack(">H", 2) + b"\x13\x01" + b"\x01\0"
    body += struct.pack(">H", len(extensions)) + extensions
    hello = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack(">H", len(hello)) + hello


QUESTIONS = Target(
    "questions",
    open_questions,
    (_query(b"example.com"), _query(b"a.b.c.d.e", 28), _query(b"x" * 63, 255), _query(b"two", count=2)),
    words=("\x00\x00\x01\x00\x01", "\xc0\x0c"),
    largest_bytes=LONGEST_DATAGRAM,
)
OPENINGS = Target(
    "openings",
    open_openings,
    (
        b"GET / HTTP/1.1\r\nHost: example.com:80\r\n\r\n",
        b"POST /a HTTP/1.0\nhost:\t[::1]:8080\n\n",
        b"SSH-2.0-OpenSSH\r\n",
        _hello(b"example.com"),
        _hello(b""),
    ),
    words=("Host: ", "HTTP/1.1\r\n", "\r\n\r\n"),
)
