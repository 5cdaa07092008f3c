"""Bytes that are passed on at the moment they arrive.

A task that waits for each piece costs a future and a turn of the event loop per piece, and on a plain socket
also three system calls, because asyncio watches it only while a task waits. Here a function passes a piece
on, and the task wakes only for what that function leaves to it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

Pass = Callable[[bytes], int]
"""Passes on the first bytes of a piece without waiting, and returns how many. It raises nothing."""

Handler = Callable[["PassingReader", asyncio.StreamWriter], Awaitable[None]]


class PassingReader(asyncio.StreamReader):
    """A stream whose bytes can be passed on as they arrive."""

    _pass_on: Pass | None = None

    async def read_rest(self, limit: int, pass_on: Pass) -> bytes:
        """Like `read(limit)`. What arrives while this waits goes to `pass_on`, and only what that leaves is
        returned.
        """
        self._pass_on = pass_on
        try:
            return await self.read(limit)
        finally:
            self._pass_on = None

    def feed_data(self, data: bytes) -> None:  # type: ignore[override]  # it is always bytes
        """Called by the transport for each piece."""
        if self._pass_on is not None:
            if (passed := self._pass_on(data)) == len(data):
                return
            self._pass_on = None  # what follows has to wait behind the rest
            data = data[passed:]
        super().feed_data(data)


async def start_passing_server(handler: Handler, host: str, *, limit: int, backlog: int) -> asyncio.Server:
    """Like `asyncio.start_server` on a free port, with readers of this module."""
    loop = asyncio.get_running_loop()

    def connected() -> asyncio.StreamReaderProtocol:
        reader = PassingReader(limit=limit, loop=loop)
        return asyncio.StreamReaderProtocol(reader, lambda _, writer: handler(reader, writer), loop=loop)

    return await loop.create_server(connected, host, 0, backlog=backlog)


async def receive_rest(connection: socket.socket, limit: int, pass_on: Pass) -> bytes:
    """Like `loop.sock_recv(connection, limit)`. What arrives goes to `pass_on`, and only what that leaves is
    returned. Raises OSError.
    """
    loop = asyncio.get_running_loop()
    rest: asyncio.Future[bytes] = loop.create_future()

    def receive() -> None:
        if rest.done():  # cancelled in the same turn of the loop
            return
        try:
            data = connection.recv(limit)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            rest.set_exception(error)
        else:
            if data and (passed := pass_on(data)) == len(data):
                return
            rest.set_result(data[passed:] if data else b"")
        loop.remove_reader(number)

    number = connection.fileno()
    loop.add_reader(number, receive)
    try:
        return await rest
    finally:
        loop.remove_reader(number)
