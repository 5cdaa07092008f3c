"""Emulation of the network sidecar that workerd expects beside every container: a loopback port each, and no
container.

workerd 2026-11-17 configures the sidecar's outgoing traffic (`PUT /egress`), asks for its certificate (`GET
/ca`), and connects to the container through it (`CONNECT`). A CONNECT does not say which container it is for,
so each container has a port of its own.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

from pywrangler.errors import PywranglerError
from pywrangler.local.gateway.docker_api.wire import (
    CHUNK_BYTES,
    TUNNEL_OPEN,
    BadRequestError,
    RequestHead,
    peer_closed,
    read_head,
    read_json,
    respond,
)
from pywrangler.local.gateway.ingress import ClosedPortError, Ingress, NoInstanceError
from pywrangler.local.gateway.outbound.egress_networks import EgressNetworks
from pywrangler.local.gateway.tunnels.callers import Callers, comes_from_browser
from pywrangler.local.gateway.tunnels.passing import PassingReader, start_passing_server
from pywrangler.local.gateway.tunnels.tunnel import ContainerEnd, WorkerEnd, carry

log = logging.getLogger(__name__)

INGRESS_PORT = 39001
"""The sidecar's port inside its container, under which workerd looks for the published one."""
REFUSED_SECONDS = 1.0
"""How long a refused connection stays open, so that its response arrives."""
TUNNEL_END_SECONDS = 0.5
PAUSE_SECONDS = 0.005
NO_CERTIFICATE = "no certificate: outgoing connections are not intercepted\n"


class Sidecar:
    """The sidecar of one container."""

    def __init__(
        self, name: str, ingress: Ingress, egress_networks: EgressNetworks, callers: Callers
    ) -> None:
        self.name = name
        self.port = 0
        self._callers = callers
        self._egress_networks = egress_networks
        self._ingress = ingress
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[Any]] = set()
        self._tunnels: dict[asyncio.Task[Any], WorkerEnd] = {}
        self._waiting: set[asyncio.Task[Any] | None] = set()
        """Those whose container does not respond yet: another one may come, with another sidecar."""
        self._ends: dict[asyncio.Task[Any] | None, ContainerEnd] = {}
        """The containers that the others lead to."""

    async def open(self) -> None:
        """Listen on a free loopback port."""
        self._server = await start_passing_server(self._serve, "127.0.0.1", limit=CHUNK_BYTES, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self, *, is_final: bool = False) -> None:
        """Stop listening and break what is open. Unless it `is_final`, connections that the next container of
        the name takes over stay open.
        """
        if self._server is not None:
            self._server.close()
        going_on = {task for task, end in self._ends.items() if end.is_giving_way()} | self._waiting
        for connection in self._connections - (set() if is_final else going_on):
            connection.cancel()

    def describe(self) -> dict[str, Any]:
        """The sidecar as Docker's `inspect` would show it."""
        published = [{"HostIp": "127.0.0.1", "HostPort": str(self.port)}]
        return {
            "Id": f"{self.name}-proxy",
            "State": {"Status": "running", "Running": True},
            "Config": {"Image": "virtual"},
            "NetworkSettings": {"Ports": {f"{INGRESS_PORT}/tcp": published}},
        }

    async def _serve(self, reader: PassingReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this as a task
        self._connections.add(task)
        try:
            await self._handle((reader, writer))
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._connections.discard(task)
            writer.close()

    async def _handle(self, streams: WorkerEnd) -> None:
        reader, writer = streams
        try:
            head = await read_head(reader)
            if head is None:
                return
            if comes_from_browser(head) or not self._callers.is_known(writer.get_extra_info("socket")):
                await _turn_away(streams)
                return
            if head.method == "CONNECT":
                await self._connect(head, streams)
                return
            writer.write(await self._respond(head, reader))
        except BadRequestError as error:
            writer.write(respond(400, str(error)))
        with suppress(OSError):
            await writer.drain()

    async def _respond(self, head: RequestHead, reader: asyncio.StreamReader) -> bytes:
        if (head.method, head.target) == ("PUT", "/egress"):
            egress = self._egress_networks.egress_of(self.name).updated(await read_json(reader, head))
            try:
                if await self._egress_networks.tell(self.name, egress):
                    await self._end_tunnels()
            except PywranglerError as error:
                return respond(501, error.message)
            return respond(200, {})
        if (head.method, head.target) == ("GET", "/ca"):
            return respond(200, self._egress_networks.certificate() or NO_CERTIFICATE)
        return respond(501, f"{head.method} {head.target} is not offered here")

    async def _connect(self, head: RequestHead, streams: WorkerEnd) -> None:
        port = head.target.rpartition(":")[2]
        if not port.isdigit():
            raise BadRequestError(f"CONNECT to {head.target!r} names no port")
        task = asyncio.current_task()
        self._waiting.add(task)
        end = None
        try:
            end = await self._ingress.enter(self.name, int(port))
        except ClosedPortError as error:
            # Not 400: workerd turns that into "Container is not listening to port N" alone, and the package
            # waits for slow programs only if it reads Cloudflare's own words.
            streams[1].write(respond(503, str(error)))
        except NoInstanceError as error:
            streams[1].write(respond(503, str(error)))
        finally:
            self._waiting.discard(task)
        if end is not None:
            streams[1].write(TUNNEL_OPEN)
            await self._carry(streams, end)

    async def _carry(self, streams: WorkerEnd, end: ContainerEnd) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this as a task
        self._tunnels[task], self._ends[task] = streams, end
        try:
            await carry(streams, end)
        finally:
            self._tunnels.pop(task, None)
            self._ends.pop(task, None)

    async def _end_tunnels(self) -> None:
        """The container has another address now, and nothing would come back from the former one.

        workerd would send its next request into a tunnel that it does not know to be closed.
        """
        tunnels = dict(self._tunnels)
        for _, writer in tunnels.values():
            with suppress(OSError, RuntimeError):
                writer.write_eof()
        with suppress(TimeoutError):
            async with asyncio.timeout(TUNNEL_END_SECONDS):
                while not all(reader.at_eof() for reader, _ in tunnels.values()):  # noqa: ASYNC110 - no event
                    await asyncio.sleep(PAUSE_SECONDS)
        for task in tunnels:
            task.cancel()


async def _turn_away(streams: WorkerEnd) -> None:
    """Refuse a request from a program other than workerd."""
    reader, writer = streams
    log.warning("A program that is not the Worker's runtime connected to a port of the platform; refused.")
    writer.write(respond(403, "This port serves the runtime of one Worker only.\n"))
    writer.write_eof()
    # Read the rest of the request: closing a connection with unread bytes would lose the response.
    with suppress(TimeoutError):
        async with asyncio.timeout(REFUSED_SECONDS):
            await peer_closed(reader)


class Sidecars:
    """All sidecars of one gateway, by container name."""

    def __init__(self, ingress: Ingress, egress_networks: EgressNetworks, callers: Callers) -> None:
        self._callers = callers
        self._ingress = ingress
        self._egress_networks = egress_networks
        self._sidecars: dict[str, Sidecar] = {}

    async def ensure(self, name: str) -> Sidecar:
        """The container's sidecar, which listens when this returns."""
        if (sidecar := self._sidecars.get(name)) is None:
            sidecar = self._sidecars[name] = Sidecar(
                name, self._ingress, self._egress_networks, self._callers
            )
            await sidecar.open()
        return sidecar

    def get(self, name: str) -> Sidecar | None:
        """The container's sidecar, if it exists."""
        return self._sidecars.get(name)

    def remove(self, name: str, *, is_final: bool = False) -> bool:
        """Close the container's sidecar; False if it did not exist. `is_final`: no other will follow."""
        if (sidecar := self._sidecars.pop(name, None)) is None:
            return False
        sidecar.close(is_final=is_final)
        self._egress_networks.forget(name)
        return True

    def close(self) -> None:
        """Close all."""
        for name in list(self._sidecars):
            self.remove(name, is_final=True)
