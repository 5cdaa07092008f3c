"""R2's S3 interface, as containers reach it: on this machine's address in their network, and under R2's own
host name. That name is in their `/etc/hosts`, or their connections are intercepted.

The interface itself listens on loopback. Connections are carried to it if a container of the platform begins
them that may use the internet. So no other program, user or machine gets in by this address, and a container
gets to nothing else.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any

from pywrangler.local.gateway.docker_api.storage_hosts import HOST, PORT, StorageHosts, host_names
from pywrangler.local.gateway.docker_api.wire import CHUNK_BYTES, Streams, relay
from pywrangler.local.gateway.outbound.addresses import bound
from pywrangler.local.gateway.outbound.certificates import Authority

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 512
"""At once, from all containers."""
CONTAINER_WAIT_SECONDS = 2.0
"""How long a connection waits until its container is known. A program may begin one before the engine reports
that it runs.
"""
PAUSE_SECONDS = 0.02

MayPass = Callable[[str], Awaitable[bool]]
"""Whether a container with this address may use the interface."""


def is_host_of(host: str, account_id: str) -> bool:
    """Whether a host name is R2's for this account: with or without a bucket and a jurisdiction."""
    form = rf"(.+\.)?{re.escape(account_id)}\.([a-z]{{1,16}}\.)?{re.escape(HOST)}\.?"
    return re.fullmatch(form, host, re.IGNORECASE) is not None


class ObjectStorage:
    """One for the platform. `find_port` gives the port that the interface has, or will have; `serving_port`
    the port on which it listens now, or None; `find_buckets` the buckets with their jurisdictions.
    """

    def __init__(
        self,
        account_id: str,
        find_port: Callable[[], int],
        serving_port: Callable[[], int | None],
        authority: Authority,
        find_buckets: Callable[[], Iterable[tuple[str, str]]] = tuple,
    ) -> None:
        self.authority = authority
        """Signs the certificates of R2's host names; limited to them."""
        self._find_buckets = find_buckets
        self._account_id = account_id
        self._find_port = find_port
        self._serving_port = serving_port
        self._addresses: set[str] = set()
        """Where containers look for it."""
        self._servers: dict[tuple[str, int], asyncio.Server] = {}
        self._opening = asyncio.Lock()
        self._guards: list[MayPass] = []
        self._connections: set[asyncio.Task[Any]] = set()
        self._warned_of: set[int] = set()

    def add_guard(self, may_pass: MayPass) -> None:
        """Let through the containers that a gateway knows."""
        self._guards.append(may_pass)

    def remove_guard(self, may_pass: MayPass) -> None:
        """The gateway closes."""
        self._guards.remove(may_pass)

    def is_named(self, host: str | None) -> bool:
        """Whether a host name is R2's own for the platform's account."""
        return host is not None and is_host_of(host, self._account_id)

    def endpoint_at(self, address: str) -> str:
        """The interface's URL, on an address of this machine."""
        return f"http://{address}:{self._find_port()}"

    def hosts_at(self, address: str) -> StorageHosts | None:
        """R2's own host names for a new container that finds the interface on an address of this machine;
        None while it cannot.
        """
        if (address, PORT) not in self._servers:
            return None
        names = host_names(self._account_id, self._find_buckets())
        return StorageHosts(names, address, self.authority.certificate_pem)

    def is_at(self, destination: str, address: str) -> bool:
        """Whether a connection to `destination` is for the interface, on an address of this machine."""
        return destination == f"{address}:{self._find_port()}"

    async def open(self, address: str) -> str | None:
        """Listen on an address of this machine while the interface runs; the URL, or None if that is not
        possible.
        """
        self._addresses.add(address)
        await self.refresh()
        port = self._find_port()
        is_open = self._serving_port() is None or (address, port) in self._servers
        return f"http://{address}:{port}" if is_open else None

    async def refresh(self) -> None:
        """Listen for containers if the interface runs, and not if it does not: no other port is opened beyond
        loopback.
        """
        ports = () if self._serving_port() is None else (self._find_port(), PORT)
        async with self._opening:
            wanted = {(each, port) for each in self._addresses for port in ports}
            for each in self._servers.keys() - wanted:
                self._servers.pop(each).close()
            for address, port in wanted - self._servers.keys():
                context = self._make_context() if port == PORT else None
                try:
                    server = await asyncio.start_server(
                        self._serve, sock=bound(address, port), limit=CHUNK_BYTES, ssl=context
                    )
                except OSError as error:
                    self._warn(address, port, error)
                else:
                    self._servers[address, port] = server

    def _make_context(self) -> ssl.SSLContext:
        """For TLS with R2's own host names."""

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
            if not self.is_named(name):
                return int(ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)
            connection.context = self.authority.context_for(str(name))
            return None

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        context.sni_callback = choose
        return context

    async def connect(self) -> Streams | None:
        """A connection to the interface; None while it does not run."""
        if (port := self._serving_port()) is None:
            return None
        with suppress(OSError):
            return await asyncio.open_connection("127.0.0.1", port, limit=CHUNK_BYTES)
        return None

    def close(self) -> None:
        """Stop listening and break what is open."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()
        for connection in self._connections:
            connection.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this as a task
        self._connections.add(task)
        upstream: Streams | None = None
        try:
            source = writer.get_extra_info("peername")[0]
            if len(self._connections) > MOST_CONNECTIONS or not await self._may_pass(source):
                log.warning("A connection from %s to the S3 interface for containers was refused.", source)
                return
            if (upstream := await self.connect()) is not None:
                await relay((reader, writer), upstream)
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._connections.discard(task)
            writer.close()
            if upstream is not None:
                upstream[1].close()

    async def _may_pass(self, source: str) -> bool:
        for _ in range(round(CONTAINER_WAIT_SECONDS / PAUSE_SECONDS)):
            for may_pass in list(self._guards):
                if await may_pass(source):
                    return True
            await asyncio.sleep(PAUSE_SECONDS)
        return False

    def _warn(self, address: str, port: int, error: OSError) -> None:
        if port not in self._warned_of:
            self._warned_of.add(port)
            what = f"https://ACCOUNT.{HOST}" if port == PORT else "the S3 interface of R2"
            log.warning(
                "Containers cannot reach %s: port %s of %s cannot be opened: %s.",
                what,
                port,
                address,
                error.strerror,
            )
