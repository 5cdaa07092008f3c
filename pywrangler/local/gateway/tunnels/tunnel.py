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
from collections.abc import Callable
from contextlib import suppress

from pywrangler.local.gateway.docker_api.wire import CHUNK_BYTES, Streams
from pywrangler.local.gateway.tunnels.conversation import Conversation
from pywrangler.local.gateway.tunnels.first_byte import send_first

STALLED_SECONDS = 2.0
"""How long a program that has already responded may leave the rest of its request unread."""

FLUSH_AGAIN_SECONDS = 0.001

Seen = Callable[[bool], None]
"""Called for every piece; True if it goes towards the container."""


class _ResetError(Exception):
    """The container broke the connection before its response was complete."""


async def carry(worker: Streams, container: socket.socket, seen: Seen) -> None:
    """Carry bytes in both directions until both ends are done, in constant memory. Closes both.

    If one end only stops sending, the other side is half-closed, and the end can continue to receive.
    """
    tunnel = _Tunnel(worker, container, seen)
    try:
        async with asyncio.TaskGroup() as directions:
            directions.create_task(tunnel.carry_inwards())
            directions.create_task(tunnel.carry_outwards())
    except* (OSError, RuntimeError, _ResetError):
        # A transport raises RuntimeError if the other side closed it in the meantime.
        worker[1].transport.abort()
    finally:
        container.close()
        worker[1].close()


class _Tunnel:
    def __init__(self, worker: Streams, container: socket.socket, seen: Seen) -> None:
        self._reader, self._writer = worker
        self._container = container
        self._seen = seen
        self._conversation = Conversation()
        self._is_first = True
        """Whether workerd has received nothing yet."""

    async def carry_inwards(self) -> None:
        """To the container.

        The rest of a request that the container no longer takes is read and dropped: workerd gives the Worker
        the end of a response only after it has sent the whole request.
        """
        is_taken = True
        while data := await self._reader.read(CHUNK_BYTES):
            self._seen(True)
            if released := self._conversation.ask(data):
                await self._receive(released)
            is_taken = is_taken and await self._is_sent(data)
            if not is_taken and self._conversation.is_raw:
                return
        if is_taken:
            with suppress(OSError):
                self._container.shutdown(socket.SHUT_WR)

    async def carry_outwards(self) -> None:
        """To workerd. Raises _ResetError."""
        is_reset = False
        try:
            while data := await asyncio.get_running_loop().sock_recv(self._container, CHUNK_BYTES):
                self._seen(False)
                await self._receive(self._conversation.response(data))
        except ConnectionError:
            is_reset = True
        await self._receive(self._conversation.end())
        if is_reset and (self._conversation.is_raw or self._conversation.is_response_cut):
            await self._flush()
            # Without this, closing would look like the regular end of a response without a length.
            own = self._writer.get_extra_info("socket")
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise _ResetError
        self._writer.write_eof()

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
