"""Tunnels between workerd and a container, with both played by sockets."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from pywrangler.local.gateway.tunnels import tunnel
from pywrangler.local.gateway.tunnels.passing import PassingReader, start_passing_server
from pywrangler.local.gateway.tunnels.tunnel import ContainerEnd, carry
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.asyncio

GET = b"GET / HTTP/1.1\r\nHost: c\r\n\r\n"
UPLOAD = b"POST / HTTP/1.1\r\nHost: c\r\nContent-Length: 50000000\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: c\r\nContent-Length: 2\r\n\r\nhi"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 7\r\n\r\ntoo big"


@dataclass
class Ends:
    """The two ends of an open tunnel, which block no event loop."""

    worker: socket.socket
    container: socket.socket
    seen: list[bool]
    listening: socket.socket
    """Where the container accepts more connections."""

    async def another(self) -> socket.socket:
        """The container's end of the next connection to it."""
        async with asyncio.timeout(10):
            accepted, _ = await asyncio.get_running_loop().sock_accept(self.listening)
        accepted.setblocking(False)
        return accepted

    async def said(self, end: socket.socket, count: int = 0) -> bytes:
        """What an end receives: `count` bytes, or all until the end of the stream."""
        got = b""
        while (not count or len(got) < count) and (piece := await self._receive(end)):
            got += piece
        return got

    async def _receive(self, end: socket.socket) -> bytes:
        async with asyncio.timeout(10):
            return await asyncio.get_running_loop().sock_recv(end, 65536)

    async def has_answered(self) -> bool:
        """Whether bytes of the container have come to the tunnel."""
        return False in self.seen

    async def say(self, end: socket.socket, data: bytes) -> None:
        async with asyncio.timeout(20):
            await asyncio.get_running_loop().sock_sendall(end, data)


@asynccontextmanager
async def opened() -> AsyncIterator[Ends]:
    """A tunnel. It must have ended by itself when the block ends and the ends are closed."""
    loop = asyncio.get_running_loop()
    finished = loop.create_future()
    seen: list[bool] = []

    async def connect() -> ContainerEnd:
        inner = socket.create_connection(container_side.getsockname())
        inner.setblocking(False)
        return ContainerEnd(inner, seen.append, follow=connect)

    async def serve(reader: PassingReader, writer: asyncio.StreamWriter) -> None:
        try:
            await carry((reader, writer), await connect())
        finally:
            finished.set_result(None)

    with socket.create_server(("127.0.0.1", 0)) as container_side:
        server = await start_passing_server(serve, "127.0.0.1", limit=65536, backlog=10)
        worker = socket.create_connection(server.sockets[0].getsockname())
        worker.setblocking(False)
        container_side.setblocking(False)
        container, _ = await loop.sock_accept(container_side)
        ends = Ends(worker, container, seen, container_side)
        try:
            with worker, container:
                yield ends
            async with asyncio.timeout(5):
                await finished
        finally:
            server.close()


def reset(connection: socket.socket) -> None:
    """Break a connection instead of closing it."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


async def test_the_first_byte_for_workerd_is_read_alone_whatever_follows() -> None:
    async with opened() as ends:
        await ends.say(ends.worker, GET)
        await ends.said(ends.container, len(GET))
        answer = b"HTTP/1.1 204 No Content\r\n\r\n"
        await ends.say(ends.container, answer)
        # All of it has time to arrive: read at once, the first byte could be alone by chance.
        await asyncio.sleep(0.1)
        assert ends.worker.recv(65536) == b"H"
        assert ends.worker.recv(65536) == answer[1:]
        await ends.say(ends.worker, GET)
        await ends.say(ends.container, answer)
        assert await ends.said(ends.worker, len(answer)) == answer
        assert set(ends.seen) == {True, False}


@pytest.mark.parametrize("is_raw", [True, False])
async def test_bytes_and_half_closes_of_both_sides_arrive(is_raw: bool) -> None:
    total = 5_000_000
    asked = b"\0" * total if is_raw else UPLOAD.replace(b"50000000", b"5000000") + b"?" * total
    said = b"!" * total if is_raw else b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n" + b"!" * total
    async with opened() as ends:
        sending = asyncio.ensure_future(ends.say(ends.worker, asked))
        assert await ends.said(ends.container, len(asked)) == asked
        await sending
        ends.worker.shutdown(socket.SHUT_WR)
        assert await ends.said(ends.container) == b""
        sending = asyncio.ensure_future(ends.say(ends.container, said))
        assert await ends.said(ends.worker, len(said)) == said
        await sending
        ends.container.shutdown(socket.SHUT_WR)
        assert await ends.said(ends.worker) == b""


@pytest.mark.parametrize("how", ["close", "reset", "stop reading"])
async def test_a_response_during_an_upload_arrives_and_the_rest_of_the_upload_is_taken(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tunnel, "STALLED_SECONDS", 0.2)
    async with opened() as ends:
        sending = asyncio.ensure_future(ends.say(ends.worker, UPLOAD + b"?" * 50_000_000))
        await ends.said(ends.container, 100_000)
        await ends.say(ends.container, TOO_LARGE)
        await eventually_async(ends.has_answered, what="the response on its way")
        if how == "close":
            ends.container.close()
        elif how == "reset":
            reset(ends.container)
        assert await ends.said(ends.worker) == TOO_LARGE
        await sending


async def test_a_reset_in_the_middle_of_a_response_is_a_reset_for_workerd() -> None:
    async with opened() as ends:
        await ends.say(ends.worker, GET)
        await ends.said(ends.container, len(GET))
        await ends.say(ends.container, TOO_LARGE[:-2])
        assert await ends.said(ends.worker, len(TOO_LARGE) - 2) == TOO_LARGE[:-2]
        reset(ends.container)
        with pytest.raises(ConnectionResetError):
            await ends.said(ends.worker)


async def test_a_client_that_goes_away_ends_its_request_in_the_container() -> None:
    async with opened() as ends:
        await ends.say(ends.worker, GET)
        await ends.said(ends.container, len(GET))
        await ends.say(ends.container, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        await ends.said(ends.worker, 10)
        ends.worker.close()
        with pytest.raises(ConnectionError):
            await ends.say(ends.container, b"!" * 100_000_000)


async def answer_one(ends: Ends) -> None:
    """One request and its response."""
    await ends.say(ends.worker, GET)
    await ends.said(ends.container, len(GET))
    await ends.say(ends.container, OK)
    assert await ends.said(ends.worker, len(OK)) == OK


@pytest.mark.parametrize("breaks", [False, True])
@pytest.mark.parametrize("request_", [GET, POST])
async def test_a_connection_that_ended_between_two_requests_is_replaced(
    request_: bytes, breaks: bool
) -> None:
    async with opened() as ends:
        await answer_one(ends)
        (reset if breaks else socket.socket.close)(ends.container)
        await ends.say(ends.worker, request_)
        with await ends.another() as container:
            assert await ends.said(container, len(request_)) == request_
            await ends.say(container, OK)
            assert await ends.said(ends.worker, len(OK)) == OK


async def test_a_request_without_effects_is_sent_again_if_the_connection_ends_before_the_response() -> None:
    async with opened() as ends:
        await answer_one(ends)
        await ends.say(ends.worker, GET)
        assert await ends.said(ends.container, len(GET)) == GET
        ends.container.close()
        with await ends.another() as container:
            assert await ends.said(container, len(GET)) == GET
            container.close()
            assert await ends.said(ends.worker) == b""


@pytest.mark.parametrize("request_", [POST, GET[:10], GET.replace(b"Host", b"Upgrade: x\r\nHost")])
async def test_another_request_is_sent_once(request_: bytes) -> None:
    async with opened() as ends:
        await answer_one(ends)
        await ends.say(ends.worker, request_)
        assert await ends.said(ends.container, len(request_)) == request_
        ends.container.close()
        assert await ends.said(ends.worker) == b""


async def test_workerd_learns_of_the_end_of_an_idle_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel, "IDLE_END_SECONDS", 0.05)
    async with opened() as ends:
        await answer_one(ends)
        ends.container.close()
        assert await ends.said(ends.worker) == b""


async def test_a_container_that_takes_no_other_connection_ends_the_tunnel() -> None:
    async with opened() as ends:
        await answer_one(ends)
        ends.listening.close()
        ends.container.close()
        await ends.say(ends.worker, GET)
        assert await ends.said(ends.worker) == b""
