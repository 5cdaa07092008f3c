"""A small Docker Engine on a unix socket, for tests of the code that acts on one: it keeps images, containers
and networks in memory and answers as the real engine does (API 1.41), without running anything.

What a container's process would do is decided by the test: `Program` says how it takes signals and what it
writes; `FakeEngine.exit` ends one. `refuse` makes the next matching calls fail with a status and a message.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import struct
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

from pywrangler.engine.address import EngineAddress

SIGNAL_STATUS = {"SIGTERM": 143, "SIGKILL": 137, "SIGINT": 130, "15": 143, "9": 137, "2": 130}
"""A process that a signal ends has the status 128 + its number."""


@dataclass
class Program:
    """What an image's process does."""

    ignores: frozenset[str] = frozenset()
    """Signals that do not end it; SIGKILL always does."""
    output: tuple[str, ...] = ()
    start_error: str | None = None
    """The engine's words when the process cannot be started."""
    exits_at_once: int | None = None
    """Its exit status, for one that ends by itself as soon as it runs."""


@dataclass
class FakeContainer:
    """One container, and the end of its process."""

    id: str
    name: str
    body: dict[str, Any]
    address: str
    program: Program
    state: str = "created"
    exit_code: int = 0
    was_out_of_memory: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    signals: list[str] = field(default_factory=list)
    """In the order in which they came."""
    networks: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.networks.add(self.body.get("HostConfig", {}).get("NetworkMode", "bridge"))

    def finish(self, exit_code: int) -> None:
        """End the process."""
        self.state, self.exit_code = "exited", exit_code
        self.ended.set()

    def described(self) -> dict[str, Any]:
        """What inspecting it tells."""
        return {
            "Id": self.id,
            "Name": f"/{self.name}",
            "Config": {"Labels": self.body.get("Labels") or {}, "Env": self.body.get("Env") or []},
            "HostConfig": self.body.get("HostConfig") or {},
            "State": {
                "Status": self.state,
                "Running": self.state == "running",
                "ExitCode": self.exit_code,
                "OOMKilled": self.was_out_of_memory,
            },
            "NetworkSettings": {
                "Ports": {},
                "Networks": {name: {"IPAddress": self.address} for name in self.networks},
            },
        }


class RefusalError(Exception):
    """A response of the engine that is an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class FakeEngine:
    """The engine's state, and what tests set and read."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.address = EngineAddress(f"unix://{socket}", "the test")
        self.images: dict[str, dict[str, Any]] = {}
        self.programs: dict[str, Program] = {}
        """What the process of an image does, by the image's id."""
        self.containers: dict[str, FakeContainer] = {}
        self.networks: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        """Every call as `METHOD /path`, without the version and the query."""
        self._refusals: list[tuple[re.Pattern[str], int, str, list[int]]] = []
        self._numbers = itertools.count(1)

    # What tests set

    def add_image(self, name: str, program: Program | None = None, **config: Any) -> str:
        """Have an image of this name; its id."""
        image_id = f"sha256:{os.urandom(32).hex()}"
        self.images[name] = self.images[image_id] = {"Id": image_id, "RepoTags": [name], "Config": config}
        self.programs[image_id] = program or Program()
        return image_id

    def refuse(self, call: str, status: int, message: str, times: int = 1) -> None:
        """Refuse the next calls that match the expression `call`, as in `POST /containers/create`."""
        self._refusals.append((re.compile(call), status, message, [times]))

    def exit(self, container_id: str, exit_code: int = 0, *, out_of_memory: bool = False) -> None:
        """End a container's process."""
        self.containers[container_id].was_out_of_memory = out_of_memory
        self.containers[container_id].finish(exit_code)

    async def start(self) -> None:
        """Listen."""
        self._runner = web.AppRunner(self.application(), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.UnixSite(self._runner, str(self.socket)).start()

    async def stop(self) -> None:
        """Close the engine and all connections; processes of containers continue."""
        await self._runner.cleanup()
        self.socket.unlink(missing_ok=True)

    def running(self) -> list[FakeContainer]:
        """The containers whose process runs."""
        return [container for container in self.containers.values() if container.state == "running"]

    # What the engine answers

    @web.middleware
    async def _answer(self, request: web.Request, handler: Any) -> web.StreamResponse:
        call = f"{request.method} {re.sub(r'^/v1[.][0-9]+', '', request.path)}"
        self.calls.append(call)
        try:
            for pattern, status, message, left in self._refusals:
                if left[0] and pattern.fullmatch(call):
                    left[0] -= 1
                    raise RefusalError(status, message)
            answer: web.StreamResponse = await handler(request)
            return answer
        except RefusalError as error:
            return web.json_response({"message": error.message}, status=error.status)

    def _container(self, request: web.Request) -> FakeContainer:
        wanted = request.match_info["id"]
        for container in self.containers.values():
            if wanted in (container.id, container.name):
                return container
        raise RefusalError(404, f"No such container: {wanted}")

    async def info(self, _: web.Request) -> web.Response:
        return web.json_response(
            {"Driver": "overlay2", "NCPU": 2, "MemTotal": 8 << 30, "SecurityOptions": []}
        )

    async def image(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self.images:
            raise RefusalError(404, f"No such image: {name}")
        return web.json_response(self.images[name])

    def add_container(self, name: str, body: dict[str, Any]) -> str:
        """Create a container as someone else does; its id."""
        if any(container.name == name for container in self.containers.values()):
            raise RefusalError(409, f'Conflict. The container name "/{name}" is already in use')
        if body["Image"] not in self.images:
            raise RefusalError(404, f"No such image: {body['Image']}")
        program = self.programs[self.images[body["Image"]]["Id"]]
        container_id, number = os.urandom(32).hex(), next(self._numbers)
        # Only Linux has all of 127.0.0.0/8 on loopback. A test can listen there as the container's program.
        address = f"127.77.0.{number}" if sys.platform == "linux" else "127.0.0.1"
        self.containers[container_id] = FakeContainer(container_id, name, body, address, program)
        return container_id

    async def create(self, request: web.Request) -> web.Response:
        container_id = self.add_container(request.query["name"], await request.json())
        return web.json_response({"Id": container_id, "Warnings": []}, status=201)

    async def start_container(self, request: web.Request) -> web.Response:
        container = self._container(request)
        if container.program.start_error:
            raise RefusalError(400, container.program.start_error)
        container.state = "running"
        if container.program.exits_at_once is not None:
            container.finish(container.program.exits_at_once)
        return web.Response(status=204)

    async def wait(self, request: web.Request) -> web.Response:
        container = self._container(request)
        await container.ended.wait()
        return web.json_response({"StatusCode": container.exit_code})

    async def inspect(self, request: web.Request) -> web.Response:
        return web.json_response(self._container(request).described())

    async def kill(self, request: web.Request) -> web.Response:
        container, signal = self._container(request), request.query.get("signal", "SIGKILL")
        if container.state != "running":
            raise RefusalError(409, f"Container {container.id} is not running")
        container.signals.append(signal)
        if signal not in container.program.ignores and signal in SIGNAL_STATUS:
            container.finish(SIGNAL_STATUS[signal])
        return web.Response(status=204)

    async def remove(self, request: web.Request) -> web.Response:
        container = self._container(request)
        if container.state == "running":
            container.finish(SIGNAL_STATUS["SIGKILL"])
        del self.containers[container.id]
        return web.Response(status=204)

    async def logs(self, request: web.Request) -> web.StreamResponse:
        container, response = self._container(request), web.StreamResponse()
        await response.prepare(request)
        for number, text in enumerate(container.program.output):
            stamp = f"2026-11-29T08:00:00.{number:09d}Z " if _is_set(request, "timestamps") else ""
            line = f"{stamp}{text}\n".encode()
            await response.write(struct.pack(">BxxxL", 1, len(line)) + line)
        if _is_set(request, "follow"):
            await container.ended.wait()
        return response

    async def list_containers(self, request: web.Request) -> web.Response:
        found = [
            {
                "Id": container.id,
                "Names": [f"/{container.name}"],
                "Labels": container.body.get("Labels") or {},
                "State": container.state,
                "ImageID": self.images[container.body["Image"]]["Id"],
            }
            for container in self.containers.values()
            if _has_labels(container.body.get("Labels") or {}, request)
        ]
        return web.json_response(found)

    async def list_networks(self, request: web.Request) -> web.Response:
        found = [one for one in self.networks.values() if _has_labels(one.get("Labels") or {}, request)]
        return web.json_response(found)

    async def create_network(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body["Name"] in self.networks:
            raise RefusalError(409, f"network with name {body['Name']} already exists")
        gateway = f"127.78.{next(self._numbers)}.1"
        described = {"Id": os.urandom(32).hex(), "IPAM": {"Config": [{"Gateway": gateway}]}, **body}
        self.networks[body["Name"]] = described
        return web.json_response({"Id": described["Id"]}, status=201)

    async def network(self, request: web.Request) -> web.Response:
        return web.json_response(self._network(request))

    async def remove_network(self, request: web.Request) -> web.Response:
        del self.networks[self._network(request)["Name"]]
        return web.Response(status=204)

    async def connect(self, request: web.Request) -> web.Response:
        name = self._network(request)["Name"]
        self.containers[(await request.json())["Container"]].networks.add(name)
        return web.Response()

    async def disconnect(self, request: web.Request) -> web.Response:
        name = self._network(request)["Name"]
        self.containers[(await request.json())["Container"]].networks.discard(name)
        return web.Response()

    def _network(self, request: web.Request) -> dict[str, Any]:
        wanted = request.match_info["id"]
        for one in self.networks.values():
            if wanted in (one["Id"], one["Name"]):
                return one
        raise RefusalError(404, f"network {wanted} not found")

    def application(self) -> web.Application:
        """The engine's routes, with and without a version before them."""
        app = web.Application(middlewares=[self._answer])
        routes = {
            "GET /info": self.info,
            "GET /images/{name:.+}/json": self.image,
            "POST /containers/create": self.create,
            "GET /containers/json": self.list_containers,
            "POST /containers/{id}/start": self.start_container,
            "POST /containers/{id}/wait": self.wait,
            "GET /containers/{id}/json": self.inspect,
            "POST /containers/{id}/kill": self.kill,
            "DELETE /containers/{id}": self.remove,
            "GET /containers/{id}/logs": self.logs,
            "GET /networks": self.list_networks,
            "POST /networks/create": self.create_network,
            "GET /networks/{id}": self.network,
            "DELETE /networks/{id}": self.remove_network,
            "POST /networks/{id}/connect": self.connect,
            "POST /networks/{id}/disconnect": self.disconnect,
        }
        for route, handler in routes.items():
            method, path = route.split()
            for prefix in ("", "/{version:v1[.][0-9]+}"):
                app.router.add_route(method, prefix + path, handler)
        return app


E = TypeVar("E", bound=FakeEngine)


def _is_set(request: web.Request, option: str) -> bool:
    return request.query.get(option, "").lower() in ("1", "true")


def _has_labels(labels: Mapping[str, str], request: web.Request) -> bool:
    wanted = json.loads(request.query.get("filters", "{}")).get("label", [])
    own = {f"{name}={value}" for name, value in labels.items()} | set(labels)
    return set(wanted) <= own


@asynccontextmanager
async def fake_engine(socket: Path, kind: type[E] = FakeEngine) -> AsyncIterator[E]:  # type: ignore[assignment]
    """An engine that listens on `socket`, whose path has less than 108 bytes."""
    engine = kind(socket)
    await engine.start()
    try:
        yield engine
    finally:
        for container in engine.containers.values():
            container.ended.set()
        await engine.stop()
