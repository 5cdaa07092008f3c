"""What comes from `workerd` and from containers: requests to the engine, and what a tunnel carries."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from pywrangler.engine.failures import EngineRefusedError
from pywrangler.local.gateway.docker_api.create_body import (
    comparable_entrypoint,
    comparable_variables,
    take_size,
)
from pywrangler.local.gateway.docker_api.directories import helper_response, volume_response
from pywrangler.local.gateway.docker_api.exchange import not_offered
from pywrangler.local.gateway.docker_api.names import parse_container_name
from pywrangler.local.gateway.docker_api.routing import Action, route, signal_number
from pywrangler.local.gateway.docker_api.wire import (
    CHUNK_BYTES,
    BadRequestError,
    read_body,
    read_head,
    read_json,
)
from pywrangler.local.gateway.exec.commands import read_kill, read_size, read_wrapped
from pywrangler.local.gateway.tunnels.conversation import Conversation
from tests.fuzz.records import Read, Target

NAME = f"workerd-namespace-{'0a' * 32}"
DIRECTIONS = b"\0\0"
"""Between what the Worker and what the container sends."""


def open_requests(_directory: Path) -> Read:
    """The gateway's HTTP, up to what its handlers get."""
    loop = asyncio.new_event_loop()
    loop.close()  # a reader that has all of its data does not use it

    def read(data: bytes) -> None:
        reader = asyncio.StreamReader(CHUNK_BYTES, loop=loop)
        reader.feed_data(data)
        reader.feed_eof()
        with contextlib.suppress(BadRequestError, EngineRefusedError):
            _without_waiting(_read_request(reader))

    return read


async def _read_request(reader: asyncio.StreamReader) -> None:
    if (head := await read_head(reader)) is None:
        return
    if (found := route(head.method, head.target)) is None:
        assert not_offered(head)
        return
    helper_response(found)
    volume_response(head.method, found)
    parse_container_name(found.container or "")
    signal_number(found.query.get("signal", "SIGKILL"))
    if found.action in (Action.CREATE, Action.EXEC_CREATE):
        body = await read_json(reader, head)
        if found.action is Action.CREATE:
            request, _ = take_size(body)
            comparable_variables(request, "0a" * 32)
            comparable_entrypoint(request, "0a" * 32)
        else:
            read_kill(body)
            read_wrapped(body)
            read_size(body)
    else:
        await read_body(reader, head)


def _without_waiting(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine whose data is all there."""
    with contextlib.suppress(StopIteration):
        coroutine.send(None)
        raise AssertionError("it waits for more than the end")


def open_tunnels(_directory: Path) -> Read:
    """What a tunnel carries, in pieces of any sizes."""

    def read(data: bytes) -> None:
        number, parts = data[:2], data[2:].split(DIRECTIONS)
        whole = _carried(parts, lambda part: iter((part,)))
        sizes = random.Random(number)  # noqa: S311 - the same each time is the point

        def pieces(part: bytes) -> Iterator[bytes]:
            at = 0
            while at < len(part):
                size = sizes.choice((1, 2, 3, 17, 1000))
                yield part[at : at + size]
                at += size

        # Where the pieces end decides when bytes are passed on, and never which.
        assert _carried(parts, pieces) == whole

    return read


def _carried(parts: list[bytes], pieces: Callable[[bytes], Iterator[bytes]]) -> bytes:
    """What the Worker gets."""
    conversation, got = Conversation(), b""
    for number, part in enumerate(parts):
        for piece in pieces(part):
            got += conversation.response(piece) if number % 2 else conversation.ask(piece)
            assert not (conversation.is_idle and conversation.is_open)
    return got + conversation.end()


def _request(method: str, target: str, body: object = None) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    return (
        f"{method} {target} HTTP/1.1\r\nHost: d\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content
    )


REQUESTS = Target(
    "requests",
    open_requests,
    (
        _request(
            "POST",
            f"/containers/create?name={NAME}",
            {
                "Image": "application-of/box",
                "Env": ["A=1", "pywrangler.instance-size=lite"],
                "Cmd": ["sh", "-c", "true"],
                "HostConfig": {
                    "Mounts": [{"Type": "volume", "Source": "workerd-snap-clone-1", "Target": "/d"}]
                },
            },
        ),
        _request("POST", f"/v1.41/containers/{NAME}/kill?signal=SIGTERM"),
        _request("POST", f"/containers/{NAME}/exec", {"Cmd": ["ls"], "ConsoleSize": [24, 80], "Tty": True}),
        _request("POST", "/exec/0a0b/start", {"Detach": False}),
        _request("GET", "/images/pywrangler.local%2Fsnapshot:1/json"),
        _request("POST", f"/commit?container={NAME}&repo=a&tag=b"),
        _request("GET", "/volumes/workerd-snap-00000000-0000-4000-8000-1"),
        b"GET /_ping HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    words=(
        "Content-Length: ",
        "Transfer-Encoding: ",
        "/containers/",
        "HTTP/1.1\r\n",
        "http://[",
        "//[::1",
        "signal=",
    ),
)
TUNNELS = Target(
    "tunnels",
    open_tunnels,
    tuple(
        b"ab" + DIRECTIONS.join(parts)
        for parts in (
            (
                b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                b"POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nT: a\r\n\r\n",
            ),
            (
                b"HEAD / HTTP/1.0\r\n\r\n",
                b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                b"GET /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
                b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5, 5\r\n\r\n",
            ),
            (
                b"GET /w HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi",
                b"\x81\x82abcdef",
            ),
            (b"\x00\x01 not HTTP", b"HTTP/1.1 200 OK\r\n\r\nto the end"),
        )
    ),
    words=(
        "Content-Length: ",
        "Transfer-Encoding: chunked\r\n",
        "\r\n\r\n",
        "\0\0",
        "HTTP/1.1 204 No Content\r\n",
    ),
)
