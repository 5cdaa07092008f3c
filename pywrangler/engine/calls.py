"""The gateway's own calls to the Docker Engine, asynchronous, over one pool of connections."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import aiohttp

from pywrangler.engine.address import EngineAddress
from pywrangler.engine.failures import (
    EngineRefusedError,
    dockers_status,
    explain_connection_failure,
    not_answering,
)
from pywrangler.engine.labels import platform_filter
from pywrangler.engine.log_frames import split_frames
from pywrangler.engine.pulling import PullSource, error_in
from pywrangler.engine.records import is_podman
from pywrangler.engine.tls_channel import tls_context

LOG_TAIL_LINES = 200
CALL_TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=10)
"""Generous, because a create on a busy engine takes many seconds."""
PATIENCE_SECONDS = 8.0
"""After this time without a response, the engine is asked whether it answers at all ..."""
PING_TIMEOUT = aiohttp.ClientTimeout(total=7)
"""... and if it does not do that in this time, it hangs, and the call fails."""
NO_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10)
PULL_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=300)
"""The engine reports progress all the time."""


class EngineCalls:
    """The part of the Docker Engine's API that the gateway uses.

    Every call raises EngineRefusedError if the engine refuses, and MissingError if it cannot be reached.
    """

    def __init__(self, address: EngineAddress) -> None:
        self.address = address
        self._base_url = _base_url(address)
        self._session: aiohttp.ClientSession | None = None
        self._podman_network: str | None = None
        """Empty for another engine; None: not asked yet."""

    async def close(self) -> None:
        """Close all connections; waiting calls fail."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def info(self) -> dict[str, Any]:
        """The engine's description of itself (`GET /info`)."""
        return await self._json("GET", "/info")

    async def image(self, reference: str) -> dict[str, Any] | None:
        """An image's `Id`, `Config` and so on, or None when the engine does not have it."""
        return await self._maybe_json("GET", f"/images/{quote(reference, safe='/:@')}/json")

    async def pull(self, source: PullSource) -> dict[str, Any]:
        """Pull an image, and return it as `image` does."""
        reference = source.reference
        query, headers = {"fromImage": reference}, {"X-Registry-Auth": source.login.as_header()}
        options = {"params": query, "headers": headers, "timeout": PULL_TIMEOUT}
        async with self._call("POST", "/images/create", **options) as response:
            error = error_in(await response.read())
        image = await self.image(reference)
        if error or image is None:
            raise EngineRefusedError(f"{reference} could not be pulled: {error or 'it is not there'}", 404)
        return image

    async def create(self, name: str, body: Mapping[str, Any]) -> str:
        """Create a container; its id."""
        created = await self._json("POST", "/containers/create", params={"name": name}, json=body)
        return str(created["Id"])

    async def unpack(self, container_id: str, archive: bytes) -> None:
        """Unpack an archive in the root directory of a container, which need not run."""
        headers = {"Content-Type": "application/x-tar"}
        path, query = f"/containers/{container_id}/archive", {"path": "/"}
        await self._json("PUT", path, params=query, data=archive, headers=headers)

    async def start(self, container_id: str) -> None:
        """Start a created container."""
        await self._json("POST", f"/containers/{container_id}/start")

    async def wait(self, container_id: str) -> int:
        """Wait for the end of a container's process, however long that takes, and return its exit code."""
        ended = await self._json("POST", f"/containers/{container_id}/wait", timeout=NO_TIMEOUT)
        return int(ended["StatusCode"])

    async def inspect(self, container: str) -> dict[str, Any] | None:
        """A container's whole description, by name or id, or None if it does not exist."""
        return await self._maybe_json("GET", f"/containers/{quote(container)}/json")

    async def kill(self, container_id: str, signal: str) -> bool:
        """Send a signal; False when the container does not run."""
        try:
            await self._json("POST", f"/containers/{container_id}/kill", params={"signal": signal})
        except EngineRefusedError as error:
            if error.status in (404, 409):
                return False
            raise
        return True

    async def remove(self, container_id: str) -> None:
        """Remove a container with its anonymous volumes, running or not. It need not exist."""
        try:
            await self._json("DELETE", f"/containers/{container_id}", params={"force": "true", "v": "true"})
        except EngineRefusedError as error:
            # 409: its removal is already in progress.
            if error.status not in (404, 409):
                raise

    async def log_tail(self, container_id: str, lines: int = LOG_TAIL_LINES) -> list[str]:
        """The last lines of a container's standard output and error, in their order."""
        query = {"stdout": "true", "stderr": "true", "tail": str(lines)}
        async with self._call("GET", f"/containers/{container_id}/logs", params=query) as response:
            return split_frames(await response.read())[-lines:]

    async def figures(self, container_id: str) -> dict[str, Any] | None:
        """The figures of a container at this moment; None if it does not exist or does not run."""
        try:
            return await self._json("GET", f"/containers/{container_id}/stats?stream=false&one-shot=true")
        except EngineRefusedError as error:
            if error.status in (404, 409):
                return None
            raise

    async def follow_log(self, container_id: str, since: float) -> AsyncIterator[bytes]:
        """A container's output from `since` (seconds since the epoch) to its end, as frames whose data begin
        with a time (see `log_frames`), in pieces as they come.
        """
        query = {"stdout": "true", "stderr": "true", "timestamps": "true", "follow": "true"}
        path = f"/containers/{container_id}/logs"
        options = {"params": {**query, "since": f"{since:.9f}"}, "timeout": NO_TIMEOUT}
        async with self._call("GET", path, **options) as response:
            async for piece in response.content.iter_any():
                yield piece

    async def run_inside(self, container_id: str, command: list[str]) -> str:
        """The output of a command inside a running container, as text."""
        created = await self._json(
            "POST", f"/containers/{container_id}/exec", json={"AttachStdout": True, "Cmd": command}
        )
        start = f"/exec/{created['Id']}/start"
        async with self._call("POST", start, json={"Detach": False, "Tty": False}) as response:
            return "\n".join(split_frames(await response.read()))

    async def commit(self, container_id: str) -> str:
        """Make an image without a name of a running container, which pauses meanwhile; its id."""
        query = {"container": container_id, "pause": "true"}
        made = await self._json("POST", "/commit", params=query, json={}, timeout=NO_TIMEOUT)
        return str(made["Id"])

    async def load_image(self, archive: bytes) -> None:
        """Load an image from an archive."""
        options = {"params": {"quiet": "true"}, "data": archive, "timeout": NO_TIMEOUT}
        headers = {"Content-Type": "application/x-tar"}
        async with self._call("POST", "/images/load", headers=headers, **options) as response:
            if error := error_in(await response.read()):
                raise EngineRefusedError(f"the image could not be loaded: {error}", 500)

    async def import_container(self, container_id: str, name: str, changes: Sequence[str]) -> None:
        """Make an image of one layer of a running container, which pauses meanwhile if the engine can do
        that. `changes` are instructions of a Dockerfile.
        """
        repository, _, tag = name.rpartition(":")
        query = [
            ("fromSrc", "-"),
            *(("changes", each) for each in changes),
        ]
        is_paused = await self._pause(container_id)
        try:
            export = f"/containers/{container_id}/export"
            async with self._call("GET", export, timeout=NO_TIMEOUT) as files:
                options = {"params": query, "data": files.content.iter_any(), "timeout": NO_TIMEOUT}
                async with self._call("POST", "/images/create", **options) as response:
                    answer = await response.read()
                if error := error_in(answer):
                    raise EngineRefusedError(f"the image could not be made: {error}", 500)
        finally:
            if is_paused:
                await self._json("POST", f"/containers/{container_id}/unpause")
        # Podman (4.3) takes no tag with the import.
        made = json.loads(answer.splitlines()[-1])["status"]
        await self._json("POST", f"/images/{made}/tag", params={"repo": repository, "tag": tag})

    async def _pause(self, container_id: str) -> bool:
        """Whether it pauses; a rootless engine may not have the control groups for it."""
        try:
            await self._json("POST", f"/containers/{container_id}/pause")
        except EngineRefusedError:
            return False
        return True

    async def remove_image(self, reference: str) -> None:
        """Remove an image by its id, or a name of it. It need not exist."""
        try:
            await self._send("DELETE", f"/images/{quote(reference, safe='/:@')}")
        except EngineRefusedError as error:
            if error.status != 404:
                raise

    async def has_run(self, container_id: str, command: list[str]) -> bool:
        """Run a command inside a running container; whether it ended with status 0."""
        exec_id = await self.create_exec(container_id, {"AttachStdout": True, "Cmd": command})
        body = {"Detach": False, "Tty": False}
        async with self._call("POST", f"/exec/{exec_id}/start", json=body) as response:
            await response.read()
        return (await self.exec_state(exec_id)).get("ExitCode") == 0

    async def version(self) -> dict[str, Any]:
        """The engine's version and the version of its API (`GET /version`)."""
        return await self._json("GET", "/version")

    async def podman_network(self) -> str | None:
        """How Podman makes networks: `netavark` or `cni`; None for an engine that is not Podman."""
        if self._podman_network is None:
            self._podman_network = await self._find_podman_network()
        return self._podman_network or None

    async def _find_podman_network(self) -> str:
        if not is_podman(await self._maybe_json("GET", "/version") or {}):
            return ""
        info = await self._json("GET", "/v4.0.0/libpod/info")
        return str((info.get("host") or {}).get("networkBackend") or "unknown")

    async def podman_bridge(self, network: str) -> str | None:
        """The interface of a network of Podman, which its Docker interface does not tell; None for another
        engine.
        """
        if await self.podman_network() is None:
            return None
        found = await self._json("GET", f"/v4.0.0/libpod/networks/{quote(network)}/json")
        return str(found["network_interface"])

    async def create_exec(self, container_id: str, body: Mapping[str, Any]) -> str:
        """Prepare a program in a running container; its id."""
        created = await self._json("POST", f"/containers/{container_id}/exec", json=body)
        return str(created["Id"])

    async def exec_state(self, exec_id: str) -> dict[str, Any]:
        """An exec's `Running`, `ExitCode`, `Pid` and so on."""
        return await self._json("GET", f"/exec/{exec_id}/json")

    async def resize_exec(self, exec_id: str, rows: int, columns: int) -> None:
        """Change the size of an exec's terminal."""
        await self._json("POST", f"/exec/{exec_id}/resize", params={"h": str(rows), "w": str(columns)})

    async def owned_containers(self, platform_id: str) -> list[dict[str, Any]]:
        """Every container with the platform's label, running or not: `Id`, `Names`, `Labels`, `State`."""
        return await self._list("/containers/json", platform_id, all="true")

    async def owned_networks(self, platform_id: str) -> list[dict[str, Any]]:
        """Every network with the platform's label."""
        return await self._list("/networks", platform_id)

    async def network(self, name: str) -> dict[str, Any] | None:
        """A network's description, or None if there is no network of that name."""
        return await self._maybe_json("GET", f"/networks/{quote(name)}")

    async def create_network(self, body: Mapping[str, Any]) -> None:
        """Create a network. It may exist already."""
        try:
            await self._json("POST", "/networks/create", json={**body, "CheckDuplicate": True})
        except EngineRefusedError as error:
            if error.status != 409:
                raise

    async def connect_network(self, network: str, container_id: str) -> None:
        """Let a container join one more network."""
        await self._send("POST", f"/networks/{quote(network)}/connect", json={"Container": container_id})

    async def disconnect_network(self, network: str, container_id: str) -> None:
        """Take a container out of a network."""
        body = {"Container": container_id, "Force": True}
        await self._send("POST", f"/networks/{quote(network)}/disconnect", json=body)

    async def remove_network(self, network_id: str) -> bool:
        """Remove a network; False when it is still in use."""
        try:
            await self._json("DELETE", f"/networks/{network_id}")
        except EngineRefusedError as error:
            if error.status not in (403, 404, 409):
                raise
            return error.status == 404
        return True

    async def _list(self, path: str, platform_id: str, **query: str) -> list[dict[str, Any]]:
        query["filters"] = json.dumps(platform_filter(platform_id))
        async with self._call("GET", path, params=query) as response:
            found: list[dict[str, Any]] = await response.json(content_type=None)
            return found

    async def _maybe_json(self, method: str, path: str) -> dict[str, Any] | None:
        try:
            return await self._json(method, path)
        except EngineRefusedError as error:
            if error.status == 404:
                return None
            raise

    async def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        async with self._call(method, path, **options) as response:
            if not await response.read():
                return {}
            value: dict[str, Any] = await response.json(content_type=None)
            return value

    async def _send(self, method: str, path: str, **options: Any) -> None:
        """A call whose response has no meaning, and with Podman (4.3) no form."""
        async with self._call(method, path, **options) as response:
            await response.read()

    @asynccontextmanager
    async def _call(self, method: str, path: str, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        try:
            async with await self._response(method, path, **options) as response:
                if response.status >= 400:
                    message = await _message_of(response)
                    raise EngineRefusedError(message, dockers_status(response.status, message))
                yield response
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise explain_connection_failure(self.address, error) from error

    async def _response(self, method: str, path: str, **options: Any) -> aiohttp.ClientResponse:
        """The response, with its body still to be read. Raises MissingError for an engine that hangs."""
        request = asyncio.ensure_future(
            self._open_session().request(method, self._base_url + path, **options)
        )
        patience = None if options.get("timeout") is NO_TIMEOUT else PATIENCE_SECONDS
        try:
            while not (await asyncio.wait({request}, timeout=patience))[0]:
                if not await self._answers():
                    raise not_answering(self.address, PATIENCE_SECONDS + (PING_TIMEOUT.total or 0))
            return await request
        finally:
            request.cancel()

    async def _answers(self) -> bool:
        """Whether the engine answers at all, on a connection of its own."""
        try:
            async with self._open_session().get(f"{self._base_url}/_ping", timeout=PING_TIMEOUT):
                return True
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    def _open_session(self) -> aiohttp.ClientSession:
        """The session. It is created late, because it needs a running event loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=_connector(self.address), timeout=CALL_TIMEOUT)
        return self._session


def _connector(address: EngineAddress) -> aiohttp.BaseConnector:
    # No limit on connections: each running container holds one, which waits for its exit.
    if address.socket_path is not None:
        return aiohttp.UnixConnector(str(address.socket_path), limit=0)
    return aiohttp.TCPConnector(ssl=tls_context(address.tls) if address.tls else True, limit=0)


def _base_url(address: EngineAddress) -> str:
    if address.socket_path is not None:
        return "http://engine"
    host, port = address.host_and_port
    return f"{'https' if address.tls else 'http'}://{host}:{port}"


async def _message_of(response: aiohttp.ClientResponse) -> str:
    try:
        return str((await response.json(content_type=None))["message"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP status {response.status}"
