"""The part of HTTP/1.1 that the gateway needs: read a request's head and small body, write a response, relay
bytes.

Why not a whole HTTP server: an exec turns its connection into a raw stream, and so does CONNECT, and both
must keep every byte, half-close and back-pressure. Here a handler has the two asyncio streams and can do
either in one line. The only client is workerd, which opens one connection per request, so every response
closes its connection.
"""

from __future__ import annotations

import asyncio
import http
import http.client
import io
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from typing import Any

CHUNK_BYTES = 256 * 1024
CONTROL_D = b"\x04"
_IS_ABOUT_BODY = re.compile(rb"(?:content-length|transfer-encoding):", re.IGNORECASE)
HEAD_LIMIT_BYTES = 256 * 1024
BODY_LIMIT_BYTES = 16 * 1024 * 1024
"""The limit of requests that the gateway reads. Bytes that it only relays have no limit."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class BadRequestError(Exception):
    """A malformed request."""


@dataclass(frozen=True)
class RequestHead:
    """The first line and the headers of a request; `raw` is every byte of them, with the empty line."""

    method: str
    target: str
    headers: Message
    raw: bytes


async def read_head(reader: asyncio.StreamReader) -> RequestHead | None:
    """The next request's head, or None if the peer closed the connection. Raises BadRequestError."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise BadRequestError("the connection ended inside a request's head") from error
        return None
    except asyncio.LimitOverrunError as error:
        raise BadRequestError(f"a request's head is larger than {HEAD_LIMIT_BYTES} bytes") from error
    first_line, _, rest = raw.partition(b"\r\n")
    try:
        method, target, _ = first_line.decode("latin-1").split(" ")
        return RequestHead(method, target, http.client.parse_headers(io.BytesIO(rest)), raw)
    except (ValueError, http.client.HTTPException) as error:
        raise BadRequestError(f"not an HTTP request: {first_line[:200]!r}") from error


async def read_json(reader: asyncio.StreamReader, head: RequestHead) -> dict[str, Any]:
    """The request's body as a JSON object; empty without a body. Raises BadRequestError."""
    try:
        value = json.loads(await read_body(reader, head) or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadRequestError(f"the body of {head.method} {head.target} is not JSON") from error
    return value if isinstance(value, dict) else {}


async def read_body(reader: asyncio.StreamReader, head: RequestHead) -> bytes:
    """The request's whole body. Raises BadRequestError."""
    if head.headers.get("Transfer-Encoding"):
        raise BadRequestError(f"{head.method} {head.target} has a chunked body")
    length = head.headers.get("Content-Length") or "0"
    if not re.fullmatch("[0-9]{1,20}", length) or int(length) > BODY_LIMIT_BYTES:
        raise BadRequestError(f"the body of {head.method} {head.target} has {length[:50]} bytes")
    try:
        return await reader.readexactly(int(length))
    except asyncio.IncompleteReadError as error:
        raise BadRequestError(f"the body of {head.method} {head.target} ends too early") from error


def respond(status: int, body: object = None) -> bytes:
    """A whole response: JSON for a value, plain text for a `str`, no body for None."""
    reason = http.HTTPStatus(status).phrase
    lines = [f"HTTP/1.1 {status} {reason}", "Connection: close"]
    content = b""
    if isinstance(body, str):
        content = body.encode()
        lines.append("Content-Type: text/plain; charset=utf-8")
    elif body is not None:
        content = json.dumps(body).encode()
        lines.append("Content-Type: application/json")
    if status != http.HTTPStatus.NO_CONTENT:
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


TUNNEL_OPEN = b"HTTP/1.1 200 OK\r\n\r\n"
"""The response to a CONNECT; everything after it belongs to the tunnel."""


def request_with(head: RequestHead, body: bytes) -> bytes:
    """A request with another body."""
    lines = [line for line in head.raw.split(b"\r\n")[:-2] if not _IS_ABOUT_BODY.match(line)]
    return b"\r\n".join((*lines, b"Content-Length: %d" % len(body), b"", body))


async def relay(one: Streams, other: Streams, *, is_typed: bool = False) -> None:
    """Carry bytes in both directions until both ends are done, in constant memory.

    If one end only stops sending, the other side is half-closed, and the end can continue to receive. If one
    end breaks, the other one is closed, too. Both connections are closed afterwards.

    `is_typed` says that what `one` sends goes into a terminal. There Ctrl-D is the end of the input: an
    engine (Docker 26) takes a half-close for the end of the output.
    """
    try:
        async with asyncio.TaskGroup() as pumps:
            pumps.create_task(_type(one[0], other[1]) if is_typed else _pump(one[0], other[1]))
            pumps.create_task(_pump(other[0], one[1]))
    except* (OSError, RuntimeError):
        # A transport raises RuntimeError if the other side closed it in the meantime.
        for _, writer in (one, other):
            writer.transport.abort()
    finally:
        for _, writer in (one, other):
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK_BYTES):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    else:
        # TLS has no half-close, and a peer that waits for the end must see one.
        writer.close()


async def _type(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    last = b"\n"
    while data := await reader.read(CHUNK_BYTES):
        writer.write(data)
        await writer.drain()
        last = data[-1:]
    # In the middle of a line the first one only hands over the line.
    writer.write(CONTROL_D if last in b"\r\n" else CONTROL_D * 2)


async def peer_closed(reader: asyncio.StreamReader) -> None:
    """Returns when the peer, which sends nothing more, has closed or broken the connection."""
    with suppress(OSError):
        while await reader.read(CHUNK_BYTES):
            pass
