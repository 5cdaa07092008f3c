"""Requests while one container of a name follows another: they wait, and tunnels that are kept move."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from pywrangler.local.gateway.containers import succession as successions_module
from pywrangler.local.gateway.containers.succession import Successions
from pywrangler.local.gateway.tunnels.conversation import Conversation
from pywrangler.local.gateway.tunnels.passing import PassingReader, start_passing_server
from pywrangler.local.gateway.tunnels.tunnel import ContainerEnd, carry
from tests.support.waiting import eventually_async

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
PATIENCE_SECONDS = 10


@dataclass
class Box:
    """A container: the tunnel's end of a connection, and its own."""

    name: str
    is_giving_way: bool = False
    conversations: set[Conversation] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.outer, self.inner = socket.socketpair()
        for each in (self.outer, self.inner):
            each.setblocking(False)

    async def answer(self) -> None:
        """Read one request, and respond with the name."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await loop.sock_recv(self.inner, 65536) == GET
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(self.name)}\r\n\r\n"
        await loop.sock_sendall(self.inner, head.encode() + self.name.encode())


@dataclass
class World:
    """workerd with one tunnel to the first box."""

    first: Box
    second: Box
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    is_there_a_second: bool = True

    async def ask(self, box: Box) -> bytes:
        """Send a request that `box` has to answer; the body that comes back."""
        self.writer.write(GET)
        async with asyncio.timeout(PATIENCE_SECONDS):
            _, head = await asyncio.gather(box.answer(), self.reader.readuntil(b"\r\n\r\n"))
            assert b"200 OK" in head
            return await self.reader.readexactly(len(box.name))


@asynccontextmanager
async def opened() -> AsyncIterator[World]:
    first, second = Box("one"), Box("second")
    world: World

    def end_of(box: Box) -> ContainerEnd:
        return ContainerEnd(box.outer, lambda _: None, box.conversations, lambda: box.is_giving_way, follow)

    async def follow() -> ContainerEnd:
        if not world.is_there_a_second:
            raise ConnectionResetError("there is none")
        return end_of(second)

    async def serve(reader: PassingReader, writer: asyncio.StreamWriter) -> None:
        await carry((reader, writer), end_of(first))

    server = await start_passing_server(serve, "127.0.0.1", limit=65536, backlog=10)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    world = World(first, second, reader, writer)
    try:
        yield world
    finally:
        writer.close()
        server.close()
        for box in (first, second):
            box.inner.close()
            box.outer.close()


@pytest.mark.parametrize("has_ended", [False, True], ids=["before the end", "after the end"])
async def test_the_next_request_of_a_kept_tunnel_goes_to_the_container_that_follows(has_ended: bool) -> None:
    async with opened() as world:
        assert await world.ask(world.first) == b"one"
        assert not any(each.is_open for each in world.first.conversations)
        world.first.is_giving_way = True
        if has_ended:
            world.first.inner.close()
            await asyncio.sleep(0.05)  # the end has time to arrive at the tunnel
        assert await world.ask(world.second) == b"second"
        assert (len(world.first.conversations), len(world.second.conversations)) == (0, 1)
        assert await world.ask(world.second) == b"second"


async def test_a_request_that_was_sent_stays_with_its_container() -> None:
    async with opened() as world:
        world.writer.write(GET)
        answering = asyncio.create_task(world.first.answer())
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not any(each.is_open for each in world.first.conversations):  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.01)
        world.first.is_giving_way = True
        await answering
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert (await world.reader.readuntil(b"one")).endswith(b"one")
        assert await world.ask(world.second) == b"second"


async def test_without_a_container_that_follows_the_tunnel_breaks() -> None:
    async with opened() as world:
        assert await world.ask(world.first) == b"one"
        world.first.is_giving_way, world.is_there_a_second = True, False
        world.first.inner.close()
        world.writer.write(GET)
        async with asyncio.timeout(PATIENCE_SECONDS):
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await world.reader.readexactly(1)


async def test_requests_wait_until_the_next_container_runs() -> None:
    successions = Successions()
    with successions.of("box") as succession:
        waiting = asyncio.create_task(succession.wait(PATIENCE_SECONDS))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await succession.is_awaited.wait()
        assert not waiting.done()
        successions.began("other")
        assert successions.get("box") is succession
        successions.began("box")
        await waiting
    assert successions.get("box") is None
    assert not succession.is_awaited.is_set()


async def test_requests_wait_no_longer_when_none_will_come() -> None:
    successions = Successions()
    with successions.of("box") as succession:
        waiting = asyncio.create_task(succession.wait(PATIENCE_SECONDS))
        await succession.is_awaited.wait()
    await waiting
    assert successions.get("box") is None


async def test_a_pause_waits_for_the_container_that_requests_wait_for() -> None:
    successions, order = Successions(), list[str]()

    async def pause() -> None:
        async with successions.paused():
            order.append("paused")
            await asyncio.sleep(0.05)
            order.append("resumed")

    with successions.of("box") as succession:
        waiting = asyncio.create_task(succession.wait(PATIENCE_SECONDS))
        await succession.is_awaited.wait()
        succession.left()
        pausing = asyncio.create_task(pause())
        await asyncio.sleep(2 * successions_module.TOLD_SECONDS)  # it must not pause before the next one runs
        order.append("next")
        successions.began("box")
        await waiting
        await eventually_async(lambda: is_in("paused", order), what="the pause")
        assert await successions.resumed()
    await pausing
    assert order == ["next", "paused", "resumed"]
    assert not await successions.resumed()


async def test_a_pause_waits_until_a_durable_object_knows_of_the_end() -> None:
    successions, clock = Successions(), asyncio.get_running_loop().time
    with successions.of("box") as succession:
        succession.left()
        begun = clock()
        async with successions.paused():
            assert clock() - begun >= successions_module.TOLD_SECONDS


async def test_a_pause_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(successions_module, "UNASKED_SECONDS", 0.05)
    monkeypatch.setattr(successions_module, "AWAITED_SECONDS", 0.2)
    successions, clock = Successions(), asyncio.get_running_loop().time
    with successions.of("box") as succession:  # the container takes long to end
        async with successions.paused():
            pass
        waiting = asyncio.create_task(succession.wait(PATIENCE_SECONDS))
        await succession.is_awaited.wait()
        begun = clock()
        async with successions.paused():
            assert clock() - begun >= 0.2
        assert not waiting.done()
    await waiting


async def is_in(word: str, words: list[str]) -> bool:
    return word in words
