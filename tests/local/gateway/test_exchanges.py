"""Random sequences of HTTP exchanges through Worker, Durable Object and container.

PYWRANGLER_TEST_EXCHANGES says how many sequences are tried (`make exchanges`: 2900, about 10,000
exchanges).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.conftest import OUTER
from tests.local.gateway.world import World

pytestmark = [pytest.mark.docker, pytest.mark.workerd]

PORT = 8083
SEQUENCES = int(OUTER.get("PYWRANGLER_TEST_EXCHANGES", "60"))
SIDE_BY_SIDE = 4
SUM = b"#" * 32
"""The container puts the sum of the request's body here."""
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection"}
STATUSES = [200, 201, 202, 203, 206, 226, 301, 302, 303, 307, 308]
STATUSES += [400, 401, 403, 404, 409, 413, 418, 422, 429, 500, 503, 599]
INTERIM = [
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 102 Processing\r\nX-Interim: 1\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.js>\r\n\r\n",
]
EXTENSIONS = [b"", b"", b";a", b";a=b", b' ; a="x;\\"y"', b";a=b;c"]
TRAILERS = [b"", b"", b"Digest: x\r\n", b"Digest: x\r\nX-Trailer: y: z\r\n"]


@dataclass(frozen=True)
class Step:
    """One request, how the container answers it, and what the Worker must get."""

    request: dict[str, Any]
    status: int
    fields: list[tuple[str, str]]
    body: bytes


def chunked(pieces: Iterable[tuple[bytes, bytes]], extension: bytes, trailers: bytes) -> bytes:
    chunks = [b"%x%s\r\n%s\r\n" % (len(data), each, data) for data, each in pieces if data]
    return b"".join([*chunks, b"0", extension, b"\r\n", trailers, b"\r\n"])


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """An exchange of any kind that HTTP/1.1 has."""
    method = draw(st.sampled_from(["GET", "GET", "HEAD", "DELETE", "OPTIONS", "POST", "PUT", "PATCH"]))
    sent = draw(st.binary(max_size=2000)) if method in ("POST", "PUT", "PATCH") else None
    if sent is not None and draw(st.integers(0, 9)) == 0:
        sent *= 500
    early = draw(st.sampled_from([None, None, None, "reads on", "closes"])) if sent else None
    body = draw(st.binary(max_size=300)) * draw(st.sampled_from([1, 1, 1, 40, 2000]))
    framing = draw(
        st.sampled_from(["none", "length", "empty", "reset", "chunked", "chunked", "until the end"])
    )
    is_old = draw(st.integers(0, 5)) == 0 and framing != "chunked"
    connection = draw(st.sampled_from(["", "", "", "close", "Close", "close, x-y", "keep-alive"]))
    if early == "closes":
        # Unread bytes of a request break the connection, so the response must mark its own end. A
        # server that closes without saying so loses the next request, also where a client asks it directly.
        framing = "length" if framing == "until the end" else framing
        connection = "close, x-y"
    head, fields = b"", [("x-sum", SUM.decode()), ("x-step", draw(st.text("abc ", max_size=5)).strip())]
    if framing == "none":
        status, body = draw(st.sampled_from([204, 304])), b""
    elif framing == "reset":
        status, body, head = 205, b"", b"Content-Length: 0\r\n"
    else:
        status = draw(st.sampled_from(STATUSES))
    if framing == "empty":
        body = b""
    if framing in ("length", "empty"):
        head = b"Content-Length: %d\r\n" % len(body) * draw(st.sampled_from([1, 1, 1, 2]))
    content = body
    if framing == "chunked":
        head = b"Transfer-Encoding: chunked\r\n"
        cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=4)))
        parts = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
        extended = [(part, draw(st.sampled_from(EXTENSIONS))) for part in parts]
        content = chunked(extended, draw(st.sampled_from(EXTENSIONS)), draw(st.sampled_from(TRAILERS)))
    if method == "HEAD":
        content = body = b""
    closes = framing == "until the end" or "close" in connection.lower() or early == "closes"
    closes = closes or (is_old and connection != "keep-alive")
    line = b"HTTP/1.%d %d Said So\r\n" % (not is_old, status)
    named = b"".join(f"{name.title()}: {value}\r\n".encode() for name, value in fields)
    if connection:
        head += f"Connection: {connection}\r\n".encode()
    interim = b"".join(draw(st.lists(st.sampled_from(INTERIM), max_size=2))) if not is_old else b""
    raw = interim + line + head + named + b"\r\n" + content
    cuts = sorted(draw(st.lists(st.integers(1, min(len(raw), 400)), max_size=3)))
    pieces = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    script = {"early": early, "closes": closes, "pieces": [base64.b64encode(p).decode() for p in pieces]}
    digest = hashlib.md5(b"" if early or sent is None else sent, usedforsecurity=False).hexdigest()
    wanted = [(name, value.replace(SUM.decode(), digest)) for name, value in fields]
    if framing in ("length", "empty", "reset") and method != "HEAD":
        wanted.append(("content-length", str(len(body))))
    request = {
        "method": method,
        "path": "/" + base64.urlsafe_b64encode(json.dumps(script).encode()).decode(),
        "headers": {"Upgrade": "websocket"} if method == "GET" and draw(st.integers(0, 9)) == 0 else {},
        "body": None if sent is None else base64.b64encode(sent).decode(),
        "streams": sent is not None and draw(st.booleans()),
    }
    return Step(request, status, sorted(wanted), body)


def judged(step: Step, got: Any) -> str | None:
    """What is wrong with a result, or None."""
    if isinstance(got, str):
        return got
    status, fields, body = got
    names = {name for name, _ in step.fields}
    seen = sorted((name, value) for name, value in fields if name in names)
    others = {name for name, _ in fields} - names - HOP_BY_HOP - {"content-length"}
    if (status, seen, base64.b64decode(body), others) != (step.status, step.fields, step.body, set()):
        return f"{status} {fields} and {len(body)} base64 digits of body"
    return None


def sequences(count: int) -> list[list[Step]]:
    """Random sequences, others with each run."""
    drawn: list[list[Step]] = []

    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(steps(), min_size=2, max_size=6))
    def collect(sequence: list[Step]) -> None:
        drawn.append(sequence)

    collect()
    return drawn


async def test_random_sequences_arrive_as_the_container_sent_them(world: World) -> None:
    await world.call("raw", "start", {})
    await world.call("raw", "http", PORT, "/nothing")
    waiting = await asyncio.to_thread(sequences, SEQUENCES)
    total, wrong = sum(map(len, waiting)), []

    async def play() -> None:
        while waiting:
            sequence = waiting.pop()
            got = await world.call("raw", "exchanges", PORT, [step.request for step in sequence])
            for step, result in zip(sequence, got, strict=True):
                if fault := judged(step, result):
                    wrong.append((fault, step, [s.request["method"] for s in sequence]))

    await asyncio.gather(*(play() for _ in range(SIDE_BY_SIDE)))
    print(f"{total} exchanges, {len(wrong)} wrong")  # noqa: T201
    assert not wrong, "\n".join(map(str, wrong[:3]))


SAID = (
    "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    "1;a=b\r\nx\r\n0\r\nA: b\r\n\r\n"
)


async def test_a_stream_of_connect_keeps_bytes_that_are_no_requests(world: World) -> None:
    await world.call("raw", "start", {})
    assert await world.call("raw", "raw", 8081, "HTTP/1.1 204 No Content\r\n\r\n", True, 0) == "received 27"
    for size in (1, 100_000):
        assert await world.call("raw", "tcp", 8081, size) == f"received {size}"
    for _ in range(2):
        pieces = [base64.b64encode(SAID.encode()).decode()]
        script = json.dumps({"early": None, "closes": True, "pieces": pieces}).encode()
        request = f"get /{base64.urlsafe_b64encode(script).decode()} x\r\n\r\n"
        assert await world.call("raw", "raw", PORT, request, False, 0) == SAID


async def test_no_get_is_lost_behind_a_head(world: World) -> None:
    await world.call("raw", "start", {})
    pair = [
        {"method": method, "path": "/pair", "headers": {}, "body": None, "streams": False}
        for method in ("HEAD", "GET")
    ]
    for _ in range(6):
        results = await asyncio.gather(*(world.call("raw", "exchanges", 8080, pair * 5) for _ in range(10)))
        assert {result[0] if isinstance(result, list) else result for all_ in results for result in all_} == {
            200
        }
