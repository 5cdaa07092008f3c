"""A tunnel between workerd and a port of a container.

The container's end is a plain socket, because each direction can fail alone: a program that refuses an upload
closes while the upload still comes, and its response up to then counts. A transport of asyncio would drop
that with the first failed write.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from pywrangler.local.gateway.docker_api.wire import CHUNK_BYTES
from pywrangler.local.gateway.tunnels.conversation import Conversation
from pywrangler.local.gateway.tunnels.first_byte import send_first
from pywrangler.local.gateway.tunnels.passing import PassingReader, receive_rest

STALLED_SECONDS = 2.0
"""How long a program that has already responded may leave the rest of its request unread."""

FLUSH_AGAIN_SECONDS = 0.001
IDLE_END_SECONDS = 1.0
"""How long workerd does not learn that the container ended a connection between two requests. Its next one
may be on its way.
"""

WorkerEnd = tuple[PassingReader, asyncio.StreamWriter]
"""The connection to workerd."""

Seen = Callable[[bool], None]
"""Called for every piece; True if it goes towards the container."""


_PEEK = int(socket.MSG_PEEK | socket.MSG_DONTWAIT)
"""A number: joining the two members of an enumeration takes longer than the call."""


class _ResetError(Exception):
    """The container broke the connection before its response was complete."""


@dataclass(frozen=True)
class ContainerEnd:
    """One end of a tunnel: a connection to a port of a container."""

    connection: socket.socket
    seen: Seen
    conversations: set[Conversation] = field(default_factory=set)
    """What the container has open; the tunnel adds its own while it is there."""
    is_giving_way: Callable[[], bool] = lambda: False
    """Whether the container is being replaced: it gets no more requests."""
    follow: Callable[[], Awaitable[ContainerEnd]] | None = None
    """Connects to the container that follows. Raises `OSError`."""


async def carry(worker: WorkerEnd, end: ContainerEnd) -> None:
    """Carry bytes in both directions until both ends are done, in constant memory. Closes both.

    If one end only stops sending, the other side is half-closed, and the end can continue to receive. Between
    two requests the tunnel moves to the container that follows, if there is one, or to another connection if
    the container ended this one: workerd keeps tunnels, and its next request must not meet the end of the
    former.
    """
    tunnel = _Tunnel(worker, end)
    try:
        async with asyncio.TaskGroup() as directions:
            directions.create_task(tunnel.carry_inwards())
            directions.create_task(tunnel.carry_outwards())
    except* (OSError, RuntimeError, _ResetError):
        # A transport raises RuntimeError if the other side closed it in the meantime.
        worker[1].transport.abort()
    finally:
        tunnel.close()
        worker[1].close()


class _Tunnel:
    def __init__(self, worker: WorkerEnd, end: ContainerEnd) -> None:
        self._reader, self._writer = worker
        self._conversation = Conversation()
        self._end = end
        self._container = end.connection
        end.conversations.add(self._conversation)
        self._moved_or_asked_all = asyncio.Event()
        """Set when it has another end, and when workerd sends nothing more."""
        self._is_first = True
        """Whether workerd has received nothing yet."""
        self._is_taken = True
        """Whether the container takes what is sent to it."""
        self._has_responded = False
        """Whether the container has sent something on this connection."""
        self._is_moving = self._has_ended = False
        self._repeatable = b""
        """A request without effects that has no response yet, on a connection that had one before."""

    def close(self) -> None:
        """Close the connection to the container."""
        self._end.conversations.discard(self._conversation)
        self._container.close()

    @property
    def _may_move(self) -> bool:
        """Whether the next request is for another container."""
        return self._end.is_giving_way() and self._end.follow is not None and self._conversation.is_idle

    @property
    def _is_left(self) -> bool:
        """Whether the next request needs another connection, because the container has ended this one."""
        is_idle = self._end.follow is not None and self._conversation.is_idle
        return is_idle and not self._has_ended and _is_over(self._container)

    async def _move(self) -> None:
        """Go on with the container that follows, or with another connection to the same."""
        assert self._end.follow is not None  # noqa: S101 - the caller looked
        self._is_moving = True
        end = await self._end.follow()
        self._is_moving = self._has_responded = False
        self._is_taken = True
        self._end.conversations.discard(self._conversation)
        with suppress(OSError):  # whoever still reads from it gets its end, and closes it
            self._container.shutdown(socket.SHUT_RDWR)
        self._end, self._container = end, end.connection
        end.conversations.add(self._conversation)
        self._moved_or_asked_all.set()

    async def carry_inwards(self) -> None:
        """To the container.

        The rest of a request that the container no longer takes is read and dropped: workerd gives the Worker
        the end of a response only after it has sent the whole request.
        """
        while data := await self._reader.read_rest(CHUNK_BYTES, self._pass_inwards):
            if self._may_move or self._is_left:
                await self._move()
            if released := self._read_request(data):
                await self._receive(released)
            self._is_taken = self._is_taken and await self._is_sent(data)
            if not self._is_taken and self._conversation.is_raw:
                return
        self._moved_or_asked_all.set()
        if self._is_taken:
            with suppress(OSError):
                self._container.shutdown(socket.SHUT_WR)

    def _read_request(self, data: bytes) -> bytes:
        """Parse a piece from workerd. Returns bytes that were held back and are for workerd."""
        self._end.seen(True)
        is_first_piece = self._has_responded and self._conversation.is_idle
        released = self._conversation.ask(data)
        self._repeatable = data if is_first_piece and self._conversation.is_repeatable else b""
        return released

    def _pass_inwards(self, data: bytes) -> int:
        """Send as much of a piece to the container as it takes at once. It is parsed afterwards: what is not
        sent is parsed with the rest.
        """
        if self._is_first or self._is_moving or not self._is_taken or self._may_move or self._is_left:
            return 0
        try:
            sent = self._container.send(data)
        except OSError:
            return 0
        if released := self._read_request(data[:sent]):
            self._writer.write(released)
        return sent

    async def carry_outwards(self) -> None:
        """To workerd. Raises _ResetError."""
        while True:
            connection = self._container
            is_reset = await self._carry_responses(connection)
            if self._container is connection and not self._reader.at_eof():
                await self._wait_for_another()
            if self._container is connection:
                break
            connection.close()
            self._moved_or_asked_all.clear()
        await self._receive(self._conversation.end())
        if is_reset and (self._conversation.is_raw or self._conversation.is_response_cut):
            await self._flush()
            # Without this, closing would look like the regular end of a response without a length.
            own = self._writer.get_extra_info("socket")
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise _ResetError
        self._writer.write_eof()

    async def _wait_for_another(self) -> None:
        """Return with another connection, or if there will be none."""
        if self._may_move:
            await self._moved_or_asked_all.wait()
        elif self._repeatable and self._end.follow is not None:
            # The container ended the connection before the request arrived, as servers do after a time.
            request, self._repeatable = self._repeatable, b""
            await self._move()
            await asyncio.get_running_loop().sock_sendall(self._container, request)
        elif self._end.follow is not None and self._conversation.is_idle:
            is_waiting = True
            while is_waiting:
                with suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_END_SECONDS):
                        await self._moved_or_asked_all.wait()
                is_waiting = self._is_moving
            self._has_ended = not self._moved_or_asked_all.is_set()

    async def _carry_responses(self, connection: socket.socket) -> bool:
        """All that the container sends; whether it broke the connection."""
        try:
            while data := await receive_rest(connection, CHUNK_BYTES, self._pass_outwards):
                await self._receive(self._read_response(data))
        except OSError:
            return True
        return False

    def _read_response(self, data: bytes) -> bytes:
        """What workerd gets for a piece from the container."""
        self._has_responded, self._repeatable = True, b""
        self._end.seen(False)
        return self._conversation.response(data)

    def _pass_outwards(self, data: bytes) -> int:
        """Send a piece to workerd if that needs no waiting."""
        if self._is_first or self._writer.is_closing() or self._writer.transport.get_write_buffer_size():
            return 0
        if passed := self._read_response(data):
            self._writer.write(passed)
        return len(data)

    async def _receive(self, data: bytes) -> None:
        """Send `data` to workerd."""
        if data and self._is_first:
            self._is_first = False
            # The stream of a connect() arrives in the pieces in which the container sent it.
            if not self._conversation.is_stream:
                await self._flush()
                data = data[_send_first(self._writer, data) :]
        if data:
            self._writer.write(data)
            await self._writer.drain()

    async def _flush(self) -> None:
        transport = self._writer.transport
        while transport.get_write_buffer_size() and not transport.is_closing():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(FLUSH_AGAIN_SECONDS)

    async def _is_sent(self, data: bytes) -> bool:
        """Send `data` to the container. False if it does not take it: it has closed the connection, or it has
        responded and takes nothing more of the request.
        """
        try:
            sent = self._container.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return False
        if sent == len(data):
            return True
        sending = asyncio.ensure_future(
            asyncio.get_running_loop().sock_sendall(self._container, memoryview(data)[sent:])
        )
        try:
            was_answered = False
            while not sending.done():
                await asyncio.wait((sending,), timeout=STALLED_SECONDS)
                if was_answered and not sending.done():
                    self._container.shutdown(socket.SHUT_RDWR)
                    return False
                was_answered = self._conversation.is_answered_early
            sending.result()
        except OSError:
            return False
        finally:
            sending.cancel()
        return True


def _is_over(connection: socket.socket) -> bool:
    """Whether the other side has ended the connection, and nothing is left to read."""
    try:
        return not connection.recv(1, _PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _send_first(writer: asyncio.StreamWriter, data: bytes) -> int:
    transport_socket = writer.get_extra_info("socket")
    # The event loop's own object for the socket cannot send.
    with socket.socket(
        transport_socket.family,
        transport_socket.type,
        transport_socket.proto,
        os.dup(transport_socket.fileno()),
    ) as connection:
        return send_first(connection, data)
