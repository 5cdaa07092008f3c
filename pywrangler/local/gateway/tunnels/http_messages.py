"""The part of HTTP/1.1 messages that a relay must parse: where each ends (RFC 9112, 6.3). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum, auto
from typing import NamedTuple

HEAD_LIMIT_BYTES = 256 * 1024
LONGEST_LENGTH = 18
"""Digits of a body's size: of a number of 64 bits."""
_REQUEST_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) [^ \r\n]+ HTTP/1\.[01]\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9][0-9])(?: [^\r\n]*)?\r?\n")
_CHUNK_LINE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(;[^\n]*?)?\r?\n")
_PLAIN_FIELDS = re.compile(rb"\n(?:[^\s:][^\n:]*:[^\n]*\n)*\r?\n")
_EXAMINED = re.compile(rb"\n(connection|content-length|transfer-encoding|upgrade):([^\n]*)")
_ANSWER_START = b"HTTP/1."
CLOSE = b"close"
UPGRADED = 101
_WITHOUT_BODY = (204, 304)

Fields = dict[bytes, bytes]
"""Values by name, both in lower case; those of one name with ", " between them (RFC 9110, 5.2)."""


class MalformedError(ValueError):
    """These bytes are not HTTP/1.1."""


class Framing(Enum):
    """The way in which the end of a message is determined."""

    NO_BODY = auto()
    LENGTH = auto()
    CHUNKED = auto()
    END_OF_CONNECTION = auto()


NOTHING = Framing.NO_BODY, 0
"""No body, and its length."""


class FollowedRequest(NamedTuple):
    """Facts in a request's head about the messages that follow."""

    method: bytes
    framing: Framing
    length: int = 0
    is_upgrade: bool = False


class ResponseHead(NamedTuple):
    """Facts in a response's head about the messages that follow; `raw` is the head to pass on."""

    status: int
    framing: Framing
    raw: bytes
    length: int = 0
    unasked: tuple[Framing, int] | None = None
    """The body that the head announces and the response must not have: to HEAD, or with 204 or 304."""

    @property
    def is_interim(self) -> bool:
        """Whether this only announces another response."""
        return self.status < 200 and self.status != UPGRADED


def end_of_head(data: bytes, start: int = 0) -> int:
    """The end of the first head in `data`, or -1 while it is incomplete. The search begins at `start`."""
    end = data.find(b"\n\r\n", start)
    bare = data.find(b"\n\n", start, len(data) if end < 0 else end + 1)
    if bare >= 0:
        return bare + 2
    return end + 3 if end >= 0 else -1


def may_be_request(data: bytes) -> bool:
    """Whether an incomplete head can still become a request's."""
    line, newline, _ = data.partition(b"\n")
    if newline:
        return _REQUEST_LINE.fullmatch(line + newline) is not None
    return len(data) <= HEAD_LIMIT_BYTES and re.match(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]*($| )", data) is not None


def may_be_response(data: bytes) -> bool:
    """Whether an incomplete head can still become a response's."""
    begins_so = data[: len(_ANSWER_START)] == _ANSWER_START[: len(data)]
    return begins_so and len(data) <= HEAD_LIMIT_BYTES


def read_request(head: bytes) -> FollowedRequest:
    """A request's head. Raises MalformedError."""
    if (line := _REQUEST_LINE.match(head)) is None:
        raise MalformedError("no request line")
    fields = _fields(head, line.end() - 1)
    is_upgrade = b"upgrade" in fields
    if b"transfer-encoding" in fields:
        if not _is_chunked(fields):
            raise MalformedError("a request without a length")
        return FollowedRequest(line[1], Framing.CHUNKED, is_upgrade=is_upgrade)
    if (length := _length(fields)) is None:
        return FollowedRequest(line[1], Framing.NO_BODY, is_upgrade=is_upgrade)
    return FollowedRequest(line[1], Framing.LENGTH, length, is_upgrade)


def read_response(head: bytes, method: bytes) -> ResponseHead:
    """The head of a response to a request with `method`. Raises MalformedError.

    `raw` translates what workerd does not understand: several equal lengths (RFC 9110, 8.6), and the end of
    the connection afterwards. For the latter workerd knows only `Connection: close`. Without it, workerd
    sends its next request into a connection that ends.
    """
    if (line := _STATUS_LINE.match(head)) is None:
        raise MalformedError("no status line")
    status = int(line[2])
    fields = _fields(head, line.end() - 1)
    # A server that ends its response to a GET by closing also closes after the same response to a HEAD.
    stated = NOTHING if status < 200 or status in _WITHOUT_BODY else _stated_framing(fields)
    framing, length = NOTHING if method == b"HEAD" else stated
    changed: set[bytes] = set()
    added = b""
    if b"," in fields.get(b"content-length", b""):
        changed.add(b"content-length")
        added += b"Content-Length: %d\r\n" % (_length(fields) or 0)
    is_last = stated[0] is Framing.END_OF_CONNECTION or _is_last(line[1], fields)
    if is_last and status >= 200 and fields.get(b"connection") != CLOSE:
        changed.add(b"connection")
        added += b"Connection: close\r\n"
    raw = _without(head, changed, added) if changed else head
    unasked = _stated_body(fields) if framing is Framing.NO_BODY else None
    return ResponseHead(status, framing, raw, length, unasked)


def _stated_body(fields: Fields) -> tuple[Framing, int] | None:
    """The body that the fields announce, whatever the method and the status allow; None for an empty one."""
    if _is_chunked(fields):
        return Framing.CHUNKED, 0
    length = _length(fields)
    return (Framing.LENGTH, length) if length else None


def read_chunk_line(line: bytes) -> tuple[int, bytes]:
    """The size of the chunk that follows, and the line without extensions. Raises MalformedError."""
    if (found := _CHUNK_LINE.fullmatch(line)) is None:
        raise MalformedError("no size of a chunk")
    return int(found[1], 16), line if found[2] is None else found[1] + b"\r\n"


def _stated_framing(fields: Fields) -> tuple[Framing, int]:
    """How the body of a response ends that may have one, and its length."""
    if b"transfer-encoding" in fields:
        return (Framing.CHUNKED if _is_chunked(fields) else Framing.END_OF_CONNECTION), 0
    if (length := _length(fields)) is None:
        return Framing.END_OF_CONNECTION, 0
    return Framing.LENGTH, length


def _is_last(version: bytes, fields: Fields) -> bool:
    """Whether the fields say that the connection ends after this response."""
    options = _tokens(fields, b"connection")
    return CLOSE in options or (version == b"0" and b"keep-alive" not in options)


def _fields(head: bytes, start: int) -> Fields:
    """The fields that this module looks at. `start` is the end of the first line, with which they begin.
    Raises MalformedError.
    """
    lines = head[start:].lower()
    fields: Fields = {}
    # Nearly every head is plain; splitting it would take ten times as long.
    for name, value in _EXAMINED.findall(lines) if _PLAIN_FIELDS.fullmatch(lines) else _all_fields(lines):
        fields[name] = fields[name] + b", " + value.strip() if name in fields else value.strip()
    return fields


def _all_fields(lines: bytes) -> list[tuple[bytes, bytes]]:
    """Every field, also of a head with lines that go on in the next one."""
    fields: list[tuple[bytes, bytes]] = []
    for line in lines.split(b"\n"):
        if line[:1] in (b" ", b"\t") and fields:
            name, value = fields[-1]
            fields[-1] = (name, value + b" " + line.strip())
        elif line.strip():
            name, colon, value = line.partition(b":")
            if not colon or not name.strip():
                raise MalformedError(f"no field: {line[:100]!r}")
            fields.append((name, value.strip()))
    return fields


def _tokens(fields: Fields, name: bytes) -> list[bytes]:
    value = fields.get(name)
    return [token.strip() for token in value.split(b",") if token.strip()] if value else []


def _is_chunked(fields: Fields) -> bool:
    return _tokens(fields, b"transfer-encoding")[-1:] == [b"chunked"]


def _length(fields: Fields) -> int | None:
    lengths = set(_tokens(fields, b"content-length"))
    if not lengths:
        return None
    length = lengths.pop()
    if lengths or not length.isdigit() or len(length) > LONGEST_LENGTH:
        raise MalformedError("an invalid length")
    return int(length)


def _without(head: bytes, names: Iterable[bytes], added: bytes) -> bytes:
    """A head without the fields `names`, and with the lines `added`."""
    kept: list[bytes] = []
    is_dropped = False
    for line in head.splitlines(keepends=True)[:-1]:
        if line[:1] not in (b" ", b"\t"):
            is_dropped = line.partition(b":")[0].lower() in names
        if not is_dropped:
            kept.append(line)
    return b"".join([*kept, added, b"\r\n"])
