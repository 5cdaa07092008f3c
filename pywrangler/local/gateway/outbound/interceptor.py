"""Takes connections and DNS questions of one Worker's containers, and passes connections to workerd.

The kernel redirects them here (see `firewall`). workerd answers a CONNECT with 200 if a handler of the Worker
wants HTTP, from which TLS is then removed. It answers with 202 if the handler wants the bytes unchanged, or
if workerd passes them on itself because the container may reach the internet. Connections from other
addresses than our containers' are closed.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from pywrangler.local.gateway.docker_api.wire import CHUNK_BYTES, Streams, relay
from pywrangler.local.gateway.outbound.addresses import bound
from pywrangler.local.gateway.outbound.certificates import Authority
from pywrangler.local.gateway.outbound.dns_messages import (
    ADDRESS,
    NO_ERROR,
    NO_SUCH_NAME,
    read_question,
    write_response,
)
from pywrangler.local.gateway.outbound.egress import Egress
from pywrangler.local.gateway.outbound.first_bytes import MOST_BYTES, Opening, Protocol, read_opening
from pywrangler.local.gateway.outbound.object_storage import ObjectStorage

log = logging.getLogger(__name__)

EgressOf = Callable[[str], Awaitable[Egress | None]]
"""The egress of the container with an address, or None if none of our containers has it."""

SILENCE_SECONDS = 0.5
"""After this time without bytes, the server is assumed to speak first."""
PEEK_AGAIN_SECONDS = 0.005
RESOLVE_SECONDS = 2.0
"""Less than the four seconds after which the engine's own resolver gives up."""
NOBODYS_ADDRESS = "198.18.0.1"
"""The address of names that only the Worker knows, from the range for tests (RFC 2544). One address is
enough, because HTTP and TLS transmit the name.
"""
_SO_ORIGINAL_DST = 80
"""linux/netfilter_ipv4.h; the same number in linux/netfilter_ipv6/ip6_tables.h"""
_HANDLED, _TAKEN = 200, 202


class Interceptor:
    """Listens on one address of this machine, which is a network's gateway."""

    def __init__(
        self, egress_of: EgressOf, authority: Authority, object_storage: ObjectStorage | None = None
    ) -> None:
        self._egress_of = egress_of
        self._authority = authority
        self._storage = object_storage
        self._address = ""
        self._listener: socket.socket | None = None
        self._listener6: socket.socket | None = None
        self._questions: asyncio.DatagramTransport | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def is_open(self) -> bool:
        """Whether it listens."""
        return self._listener is not None

    @property
    def tcp_port(self) -> int:
        """The port to redirect connections to."""
        return _port_of(self._listener)

    @property
    def tcp6_port(self) -> int:
        """The same for IPv6; 0 if it does not listen there."""
        return _port_of(self._listener6)

    @property
    def dns_port(self) -> int:
        """The port to redirect DNS questions to."""
        return _port_of(self._questions.get_extra_info("socket") if self._questions else None)

    async def open(self, address: str, bridge6: str | None = None) -> None:
        """Listen on free ports of `address`, and for IPv6 on a free port of the interface `bridge6`."""
        loop = asyncio.get_running_loop()
        questions, _ = await loop.create_datagram_endpoint(
            lambda: _Questions(self._spawn, self._answer), sock=bound(address, kind=socket.SOCK_DGRAM)
        )
        listener = bound(address)
        listener.listen(512)
        self._questions, self._listener = questions, listener
        self._address = address
        self._spawn(self._accept(listener))
        if bridge6 is not None:
            # The kernel redirects to any of the interface's addresses, also to the one of the link.
            self._listener6 = listener6 = socket.create_server(("::", 0), family=socket.AF_INET6, backlog=512)
            listener6.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, bridge6.encode())
            listener6.setblocking(False)
            self._spawn(self._accept(listener6))

    def close(self) -> None:
        """Stop listening and break open connections."""
        for task in self._tasks:
            task.cancel()
        if self._questions is not None:
            self._questions.close()
        for listener in (self._listener, self._listener6):
            if listener is not None:
                listener.close()
        self._questions = self._listener = self._listener6 = None

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Connections

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connection, (source, *_) = await loop.sock_accept(listener)
            self._spawn(self._serve(connection, source))

    async def _serve(self, connection: socket.socket, source: str) -> None:
        upstream: Streams | None = None
        try:
            connection.setblocking(False)
            egress = await self._egress_of(source)
            if egress is None or not egress.port:
                return
            destination = _original_destination(connection)
            opening = (await _peek(connection)).to(destination)
            authority, upstream = await self._find_way(egress, opening, destination)
            if upstream is not None:
                context = None
                if authority is not None and opening.protocol is Protocol.TLS and opening.host:
                    context = authority.context_for(opening.host)
                # From here on its socket belongs to the streams.
                taken, connection = connection, socket.socket()
                await relay(await _take_over(taken, context), upstream)
        except (OSError, ValueError, EOFError, asyncio.LimitOverrunError) as error:
            # ValueError: a name that no certificate can have. OSError: also TLS that the container did not
            # trust.
            log.info("An outgoing connection of %s ended: %s", source, error)
        finally:
            connection.close()
            if upstream is not None:
                upstream[1].close()

    async def _find_way(
        self, egress: Egress, opening: Opening, destination: str
    ) -> tuple[Authority | None, Streams | None]:
        """Who signs for the requested name where TLS is removed, and where the connection continues; None:
        nowhere.

        R2's own host is the platform's S3 interface where no handler wants it. The interface's address is
        the platform's own, so no handler is asked about it.
        """
        storage = self._storage if egress.is_internet_allowed else None
        if storage is not None and storage.is_at(destination, self._address):
            return None, await storage.connect()
        is_storage = storage is not None and storage.is_named(opening.host)
        signing = storage.authority if storage is not None and egress.trusts_storage else self._authority
        if storage is not None and is_storage and not egress.handles(opening.host or ""):
            return signing, await storage.connect()
        upstream = await asyncio.open_connection("127.0.0.1", egress.port, limit=CHUNK_BYTES)
        status = await _ask(upstream, destination, opening)
        if status == _HANDLED:
            return self._authority, upstream
        if status == _TAKEN and not is_storage:
            return None, upstream
        upstream[1].close()
        return signing, await storage.connect() if storage is not None and status == _TAKEN else None

    # Names

    async def _answer(self, query: bytes, source: str) -> bytes | None:
        if (question := read_question(query)) is None or (egress := await self._egress_of(source)) is None:
            return None
        is_storage = self._storage is not None and self._storage.is_named(question.name)
        addresses = await _resolve(question.name, egress, is_storage=is_storage)
        if question.type == ADDRESS and addresses:
            return write_response(question, addresses)
        return write_response(question, (), NO_ERROR if addresses else NO_SUCH_NAME)


class _Questions(asyncio.DatagramProtocol):
    """Answers each datagram with the result of `answer`."""

    def __init__(
        self, spawn: Callable[[Any], None], answer: Callable[[bytes, str], Awaitable[bytes | None]]
    ) -> None:
        self._spawn = spawn
        self._answer = answer
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # the type of an endpoint for datagrams
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._spawn(self._reply(data, addr))

    async def _reply(self, data: bytes, addr: tuple[str, int]) -> None:
        response = await self._answer(data, addr[0])
        if response is not None and self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(response, addr)


async def _resolve(name: str, egress: Egress, *, is_storage: bool) -> list[str]:
    """The addresses of a name that the container may know. Without internet no question leaves this machine,
    because DNS could carry data out, too. R2's own host is on this machine.
    """
    if egress.is_internet_allowed and is_storage:
        return [NOBODYS_ADDRESS]
    if egress.is_internet_allowed:
        loop = asyncio.get_running_loop()
        with suppress(OSError, UnicodeError):
            async with asyncio.timeout(RESOLVE_SECONDS):
                found = await loop.getaddrinfo(name, None, family=socket.AF_INET, type=socket.SOCK_STREAM)
            return sorted({str(entry[4][0]) for entry in found})
    return [NOBODYS_ADDRESS] if egress.handles(name) else []


async def _peek(connection: socket.socket) -> Opening:
    """The opening of a connection, from its first bytes, which are not consumed."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + SILENCE_SECONDS
    while True:
        data = b""
        with suppress(BlockingIOError):
            data = connection.recv(MOST_BYTES, socket.MSG_PEEK)
        if opening := read_opening(data, is_all=loop.time() > deadline):
            return opening
        await asyncio.sleep(PEEK_AGAIN_SECONDS)


def _original_destination(connection: socket.socket) -> str:
    """The original target of a redirected connection, as `address:port` or `[address]:port`."""
    if connection.family == socket.AF_INET6:
        found = connection.getsockopt(socket.IPPROTO_IPV6, _SO_ORIGINAL_DST, 28)
        port, address = struct.unpack_from(">2xH4x16s", found)
        return f"[{socket.inet_ntop(socket.AF_INET6, address)}]:{port}"
    found = connection.getsockopt(socket.SOL_IP, _SO_ORIGINAL_DST, 16)
    port, address = struct.unpack_from(">2xH4s", found)
    return f"{socket.inet_ntoa(address)}:{port}"


async def _ask(upstream: Streams, destination: str, opening: Opening) -> int:
    """The status of workerd's response to a connection's CONNECT."""
    head = [f"CONNECT {destination} HTTP/1.1", f"Host: {destination}"]
    if opening.host is not None:
        name = "X-Tls-Sni" if opening.protocol is Protocol.TLS else "X-Hostname"
        # workerd reads it as the host of a URL.
        head.append(f"{name}: [{opening.host}]" if ":" in opening.host else f"{name}: {opening.host}")
    upstream[1].write("\r\n".join([*head, "", ""]).encode("latin-1"))
    response = await upstream[0].readuntil(b"\r\n\r\n")
    return int(response.split(b" ", 2)[1])


async def _take_over(connection: socket.socket, context: Any) -> Streams:
    """Streams over an accepted connection. With a `context`, TLS is removed."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=CHUNK_BYTES)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.connect_accepted_socket(lambda: protocol, connection, ssl=context)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


def _port_of(listening: socket.socket | None) -> int:
    return int(listening.getsockname()[1]) if listening is not None else 0
