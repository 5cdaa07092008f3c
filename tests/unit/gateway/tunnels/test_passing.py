"""Pieces that are passed on as they arrive, and what is left for the task that waits."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest

from pywrangler.local.gateway.tunnels.passing import PassingReader, receive_rest

pytestmark = pytest.mark.asyncio
LIMIT = 1000


class Taker:
    """Takes `room` bytes, and notes them."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.taken: list[bytes] = []

    def __call__(self, data: bytes) -> int:
        taken = data[: self.room]
        self.room -= len(taken)
        self.taken.append(taken)
        return len(taken)


async def waiting(reader: PassingReader, taker: Taker) -> asyncio.Task[bytes]:
    task = asyncio.create_task(reader.read_rest(LIMIT, taker))
    await asyncio.sleep(0)
    return task


async def test_what_arrives_is_passed_on_and_wakes_nobody() -> None:
    reader, taker = PassingReader(), Taker(100)
    task = await waiting(reader, taker)
    for piece in (b"one", b"two"):
        reader.feed_data(piece)
    await asyncio.sleep(0)
    assert (taker.taken, task.done()) == ([b"one", b"two"], False)
    reader.feed_eof()
    assert await task == b""


async def test_the_rest_and_what_follows_it_wait_for_the_task_in_their_order() -> None:
    reader, taker = PassingReader(), Taker(4)
    task = await waiting(reader, taker)
    for piece in (b"one", b"two", b"three"):
        reader.feed_data(piece)
    assert await task == b"wothree"
    assert taker.taken == [b"one", b"t"]


async def test_bytes_that_came_before_the_wait_are_not_passed_on() -> None:
    reader, taker = PassingReader(), Taker(100)
    reader.feed_data(b"before")
    assert await reader.read_rest(LIMIT, taker) == b"before"
    reader.feed_data(b"between")
    assert await reader.read_rest(LIMIT, taker) == b"between"
    assert taker.taken == []


async def test_a_socket_is_read_until_something_is_left() -> None:
    inner, outer = socket.socketpair()
    with inner, outer:
        inner.setblocking(False)
        taker = Taker(4)
        task = asyncio.create_task(receive_rest(inner, LIMIT, taker))
        for piece in (b"one", b"two"):
            outer.send(piece)
            await asyncio.sleep(0.01)
        assert await task == b"wo"
        assert taker.taken == [b"one", b"t"]
        # Nobody waits now: the bytes stay in the socket.
        outer.send(b"three")
        await asyncio.sleep(0.01)
        assert inner.recv(LIMIT) == b"three"


async def test_the_end_of_a_socket_is_the_empty_rest() -> None:
    inner, outer = socket.socketpair()
    with inner:
        inner.setblocking(False)
        outer.close()
        assert await receive_rest(inner, LIMIT, Taker(100)) == b""


async def test_a_broken_connection_is_raised() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        inner = socket.create_connection(listening.getsockname())
        outer, _ = listening.accept()
    with inner:
        inner.setblocking(False)
        outer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        outer.close()
        with pytest.raises(ConnectionResetError):
            await receive_rest(inner, LIMIT, Taker(100))


async def test_a_wait_that_is_cancelled_while_bytes_arrive_leaves_them() -> None:
    loop, errors = asyncio.get_running_loop(), list[dict[str, object]]()
    loop.set_exception_handler(lambda _, context: errors.append(context))
    inner, outer = socket.socketpair()
    with inner, outer:
        inner.setblocking(False)
        task = asyncio.create_task(receive_rest(inner, LIMIT, Taker(0)))
        await asyncio.sleep(0)
        outer.send(b"late")
        loop.call_soon(task.cancel)  # the loop finds the bytes in the same turn
        with pytest.raises(asyncio.CancelledError):
            await task
        assert inner.recv(LIMIT) == b"late"
    assert errors == []
