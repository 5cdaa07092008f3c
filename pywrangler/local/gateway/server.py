"""The Docker Engine as workerd sees it: a unix socket. Requests are decided here, answered from records, or
passed on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from pywrangler.engine.address import EngineAddress
from pywrangler.engine.failures import EngineRefusedError
from pywrangler.engine.streams import open_connection
from pywrangler.errors import PywranglerError
from pywrangler.local.gateway.containers.container import TrackedContainer
from pywrangler.local.gateway.containers.supervisor import ContainerSupervisor
from pywrangler.local.gateway.docker_api.directories import helper_response, volume_response
from pywrangler.local.gateway.docker_api.exchange import Exchange, missing, not_offered, refuse
from pywrangler.local.gateway.docker_api.names import ContainerName
from pywrangler.local.gateway.docker_api.routing import Action, route, signal_number
from pywrangler.local.gateway.docker_api.wire import (
    CHUNK_BYTES,
    BadRequestError,
    Streams,
    peer_closed,
    read_body,
    read_head,
    read_json,
    relay,
    respond,
)
from pywrangler.local.gateway.exec.execs import Execs
from pywrangler.local.gateway.launcher import Launcher, StartRefusedError
from pywrangler.local.gateway.sidecars import Sidecars
from pywrangler.local.gateway.snapshots.requests import SnapshotRequests
from pywrangler.local.gateway.tunnels.callers import Callers

log = logging.getLogger(__name__)

STOP_GRACE_SECONDS = 10.0
"""Docker's own default for a stop."""
EARLIEST_END_SECONDS = 0.1
"""The end of a container is reported this long after its start at the earliest. `@cloudflare/containers` 0.3
checks a port right after the start, and treats a container that has already ended as failed, even with exit
code 0.
"""
BRIDGE = {
    "Name": "bridge",
    "Driver": "bridge",
    "IPAM": {"Config": [{"Subnet": "127.0.0.0/8", "Gateway": "127.0.0.1"}]},
}
"""The gateway address in responses. workerd listens on it for outgoing traffic from its sidecars, so it is
loopback.
"""

LEFT = "its Durable Object left this node"

Response = bytes | None
"""None: the handler has answered on the connection itself."""


class DockerServer:
    """Serves one workerd."""

    def __init__(
        self,
        address: EngineAddress,
        supervisor: ContainerSupervisor,
        launcher: Launcher,
        sidecars: Sidecars,
        callers: Callers,
        execs: Execs,
        snapshots: SnapshotRequests,
        removal_grace_seconds: float | None = None,
    ) -> None:
        """`removal_grace_seconds`: how long a container that workerd removes may take; None: it is killed."""
        self.is_restart_planned = False
        """While True, workerd's requests to remove or kill containers have no effect: the next workerd adopts
        them.
        """
        self._address = address
        self._supervisor = supervisor
        self._launcher = launcher
        self._sidecars = sidecars
        self._callers = callers
        self._execs = execs
        self._snapshots = snapshots
        self._removal_grace_seconds = removal_grace_seconds
        self._server: asyncio.Server | None = None
        self._creating: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._connections: set[asyncio.Task[Any]] = set()
        self._handlers: dict[Action, Callable[[Exchange], Awaitable[Response]]] = {
            Action.CREATE: self._create,
            Action.START: self._start,
            Action.INSPECT: self._inspect,
            Action.WAIT: self._wait,
            Action.KILL: self._kill,
            Action.STOP: self._stop,
            Action.REMOVE: self._remove,
            Action.EXEC_CREATE: self._exec_create,
            Action.EXEC_START: self._exec_start,
            Action.EXEC_INSPECT: self._exec_inspect,
            Action.VOLUME: self._volume,
            Action.COMMIT: self._commit,
            Action.IMAGE: self._image,
            Action.REMOVE_IMAGE: self._remove_image,
            Action.NAME_SNAPSHOT: self._name_snapshot,
            Action.TUNNEL: self._tunnel,
        }
        self._fixed = {
            Action.NETWORK: respond(200, BRIDGE),
            Action.VOLUMES: respond(200, {"Volumes": [], "Warnings": []}),
            Action.PING: respond(200, "OK"),
        }

    @property
    def is_creating(self) -> bool:
        """Whether a container is being created."""
        return any(lock.locked() for lock in self._creating.values())

    async def open(self, socket_path: Path) -> None:
        """Listen on a unix socket that only this user may use. A stale one in its place is removed."""
        self._server = await asyncio.start_unix_server(
            self._serve, socket_path, limit=CHUNK_BYTES, backlog=512
        )
        _make_private(socket_path)

    def close(self) -> None:
        """Stop listening and break what is open."""
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this as a task
        self._connections.add(task)
        try:
            self._callers.learn(writer.get_extra_info("socket"))
            if (reply := await self._reply((reader, writer))) is not None:
                writer.write(reply)
                await writer.drain()
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._connections.discard(task)
            writer.close()

    async def _reply(self, streams: Streams) -> Response:
        try:
            if (head := await read_head(streams[0])) is None:
                return None
            if (found := route(head.method, head.target)) is None:
                return not_offered(head)
            if found.action in self._fixed:
                return self._fixed[found.action]
            if (reply := helper_response(found)) is not None:
                if found.action is Action.CREATE:
                    await read_body(streams[0], head)
                return reply
            return await self._handlers[found.action](Exchange(found, head, streams))
        except BadRequestError as error:
            return refuse(400, str(error))
        except EngineRefusedError as error:
            return refuse(error.status, error.message)
        except PywranglerError as error:
            return refuse(500, error.message)

    # Handlers

    async def _create(self, exchange: Exchange) -> Response:
        name = exchange.name
        request = await read_json(exchange.streams[0], exchange.head)
        if not name.is_proxy:
            self._supervisor.forget_end(name.container)
        await self._sidecars.ensure(name.container)
        if name.is_proxy:
            return respond(201, {"Id": exchange.route.container, "Warnings": []})
        lock = self._creating.setdefault(name.container, asyncio.Lock())
        async with lock:  # a runtime and the one that follows it may ask at the same time
            return await self._create_one(name, request)

    async def _create_one(self, name: ContainerName, request: Mapping[str, Any]) -> Response:
        if (present := self._supervisor.get(name.container)) is not None:
            if not present.exited.done():
                # Docker's response; workerd then removes the old container and tries again.
                return refuse(409, f"the container name {name.container} is in use")
            await present.removed.wait()
        try:
            container_id = await self._launcher.create(name, request)
        except StartRefusedError as error:
            # The text of a refusal here never reaches the Worker; the text of a failed wait does. So report
            # success, and let the wait fail.
            self._supervisor.refusals[name.container] = error.message
            container_id = name.container
        return respond(201, {"Id": container_id, "Warnings": []})

    async def _start(self, exchange: Exchange) -> Response:
        name = exchange.name
        if name.is_proxy or name.container in self._supervisor.refusals:
            return respond(204)
        container = self._required(name)
        if container.is_running:
            return respond(304)
        try:
            await self._supervisor.start(container)
        except EngineRefusedError as error:
            self._supervisor.refusals[name.container] = f"the container could not be started: {error.message}"
        return respond(204)

    async def _inspect(self, exchange: Exchange) -> Response:
        name = exchange.name
        container = self._supervisor.get(name.container)
        inspected = await self._supervisor.describe(container) if container else None
        if name.is_proxy:
            # Created on demand for a running container: a new workerd asks for the sidecars of the earlier
            # one.
            if inspected:
                await self._sidecars.ensure(name.container)
            sidecar = self._sidecars.get(name.container)
            return respond(200, sidecar.describe()) if sidecar else missing(name)
        return respond(200, inspected) if inspected else missing(name)

    async def _wait(self, exchange: Exchange) -> Response:
        name = exchange.name
        if name.is_proxy or exchange.query.get("condition") == "removed":
            # Also for a refused start: a new workerd first removes a container of the same name, and gives up
            # the start if this is refused.
            return missing(name)
        if refusal := self._supervisor.refusals.get(name.container):
            return refuse(500, refusal)
        if (container := self._supervisor.get(name.container)) is None:
            end = self._supervisor.last_end(name.container)
            return missing(name) if end is None else respond(200, {"StatusCode": end})
        gone = asyncio.ensure_future(peer_closed(exchange.streams[0]))
        ends: list[asyncio.Future[Any]] = [container.exited, gone]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        if not container.exited.done():
            return None
        await asyncio.sleep(container.seconds_until_age(EARLIEST_END_SECONDS))
        return respond(200, {"StatusCode": container.exited.result()})

    async def _kill(self, exchange: Exchange) -> Response:
        name = exchange.name
        if self.is_restart_planned or name.is_proxy:
            return respond(204)
        signal = signal_number(exchange.query.get("signal", "SIGKILL"))
        if signal is None:
            return refuse(400, f"unknown signal {exchange.query['signal']}")
        container = self._supervisor.get(name.container)
        if container is None or not await self._supervisor.signal(container, signal):
            return refuse(409, f"container {name.container} is not running")
        return respond(204)

    async def _stop(self, exchange: Exchange) -> Response:
        name = exchange.name
        container = self._supervisor.get(name.container)
        if container is not None and not self.is_restart_planned:
            await self._supervisor.stop(container, STOP_GRACE_SECONDS)
        return respond(204)

    async def _remove(self, exchange: Exchange) -> Response:
        name = exchange.name
        if self.is_restart_planned:
            return respond(204)
        if name.is_proxy:
            return respond(204) if self._sidecars.remove(name.container) else missing(name)
        if self._supervisor.refusals.pop(name.container, None) is not None:
            return respond(204)
        if (container := self._supervisor.get(name.container)) is None:
            return missing(name)
        if self._removal_grace_seconds is None or container.running_since is None:
            await self._supervisor.remove(container)
        else:
            # workerd releases the Durable Object to other nodes when this has its response.
            await self._supervisor.stop(container, self._removal_grace_seconds, LEFT)
        return respond(204)

    async def _exec_create(self, exchange: Exchange) -> Response:
        container = self._required(exchange.name)
        inspected = await self._supervisor.describe(container)
        if inspected is None:
            return refuse(409, f"container {exchange.name.container} is not running")
        body = await read_json(exchange.streams[0], exchange.head)
        return await self._execs.create(container, inspected, body)

    async def _exec_start(self, exchange: Exchange) -> Response:
        content = await read_body(exchange.streams[0], exchange.head)
        return await self._execs.start(exchange.route.exec or "", exchange.head, content, exchange.streams)

    async def _exec_inspect(self, exchange: Exchange) -> Response:
        return await self._execs.inspect(exchange.route.exec or "")

    async def _volume(self, exchange: Exchange) -> Response:
        await read_body(exchange.streams[0], exchange.head)
        return volume_response(exchange.head.method, exchange.route)

    async def _commit(self, exchange: Exchange) -> Response:
        return await self._snapshots.take(self._required(exchange.name), exchange.route.image or "")

    async def _image(self, exchange: Exchange) -> Response:
        return self._snapshots.describe(exchange.route.image or "") or not_offered(exchange.head)

    async def _remove_image(self, exchange: Exchange) -> Response:
        return await self._snapshots.remove(exchange.route.image or "") or not_offered(exchange.head)

    async def _name_snapshot(self, exchange: Exchange) -> Response:
        content = await read_body(exchange.streams[0], exchange.head)
        return self._snapshots.name(exchange.route.image or "", content.decode(errors="replace"))

    async def _tunnel(self, exchange: Exchange) -> Response:
        """The engine itself answers, byte by byte, on a separate connection."""
        if exchange.route.container is not None:
            if exchange.name.container in self._supervisor.refusals:
                # A file for a container that was refused; the wait reports the reason later.
                await read_body(exchange.streams[0], exchange.head)
                return respond(200)
            self._required(exchange.name)
        engine = await open_connection(self._address)
        engine[1].write(exchange.head.raw)
        await relay(exchange.streams, engine)
        return None

    def _required(self, name: ContainerName) -> TrackedContainer:
        container = self._supervisor.get(name.container)
        if container is None:
            raise EngineRefusedError(f"No such container: {name.container}", 404)
        return container


def _make_private(socket_path: Path) -> None:
    socket_path.chmod(0o600)
