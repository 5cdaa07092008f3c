"""The values of KV namespaces: the `workerd` that holds them, started at first use, and calls to it.

The calls have the form of workerd's own kv.js (2026-11): a value with its metadata in the header
`CF-KV-Metadata`, keys as JSON, and the reason of a refusal in the status line.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.directories import Directories
from pywrangler.local.daemon.workers.readiness import call_when_ready
from pywrangler.local.rest.kv.store import KvKey, KvPage, KvPut, KvValue
from pywrangler.local.workerd.kv import plan_kv
from pywrangler.local.workerd.logs import LogBook
from pywrangler.local.workerd.process import Launch
from pywrangler.local.workerd.supervisor import RuntimeSupervisor

METADATA_HEADER = "CF-KV-Metadata"
LARGEST_PAGE = 1000


class KvError(PywranglerError):
    """The runtime refused, with its reason."""

    code = "kv"


@dataclass(frozen=True)
class _Reply:
    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


class KvRuntime:
    """Owns the process. Implements `pywrangler.local.rest.kv.store.KvStore`, which describes them."""

    def __init__(
        self, directories: Directories, find_workerd: Callable[[], Awaitable[Path]], log: LogBook
    ) -> None:
        self._directories = directories
        self._find_workerd = find_workerd
        self._supervisor = RuntimeSupervisor(log)
        self._lock = asyncio.Lock()
        self._session: aiohttp.ClientSession | None = None

    async def ensure_running(self) -> None:
        """Start the process, unless it runs; returns when it accepts calls. Raises `WorkerdStartError`."""
        async with self._lock:
            if not self._supervisor.is_alive:
                await self._supervisor.replace(await self._launch(), _no_containers)
        await self._supervisor.ready()

    async def close(self) -> None:
        """End the process."""
        if self._session is not None:
            await self._session.close()
        await self._supervisor.stop()

    async def get(self, namespace_id: str, key: str) -> KvValue | None:
        reply = await self._call("GET", namespace_id, key)
        if reply.status == 404:
            return None
        _check(reply)
        # Only a listing says when a value expires.
        listed = await self.page(namespace_id, key, 1, None)
        expirations = (entry.expiration for entry in listed.keys if entry.name == key)
        return KvValue(reply.body, _metadata(reply.headers.get(METADATA_HEADER)), next(expirations, None))

    async def put(self, namespace_id: str, entry: KvPut) -> None:
        times = {"expiration": entry.expiration, "expiration_ttl": entry.expiration_ttl_seconds}
        query = {name: str(value) for name, value in times.items() if value is not None}
        headers = {} if entry.metadata is None else {METADATA_HEADER: json.dumps(entry.metadata)}
        _check(await self._call("PUT", namespace_id, entry.key, query, entry.value, headers))

    async def delete(self, namespace_id: str, key: str) -> None:
        _check(await self._call("DELETE", namespace_id, key))

    async def page(self, namespace_id: str, prefix: str, limit: int, cursor: str | None) -> KvPage:
        wanted = {"prefix": prefix, "key_count_limit": str(limit), "cursor": cursor or ""}
        query = {name: text for name, text in wanted.items() if text}
        reply = await self._call("GET", namespace_id, "", query)
        _check(reply)
        page = json.loads(reply.body)
        return KvPage(tuple(_key_name(entry) for entry in page["keys"]), page.get("cursor") or None)

    async def remove_namespace(self, namespace_id: str) -> None:
        while keys := (await self.page(namespace_id, "", LARGEST_PAGE, None)).keys:
            for entry in keys:
                await self.delete(namespace_id, entry.name)

    async def _launch(self) -> Launch:
        directory, sockets = self._directories.kv, self._directories.kv_sockets
        objects, blobs = directory / "objects", directory / "blobs"
        for each in (directory, objects, blobs):
            each.mkdir(mode=0o700, exist_ok=True)
        return Launch(
            what="The runtime of KV namespaces",
            binary=await self._find_workerd(),
            config=plan_kv(objects, blobs, sockets.control),
            config_file=self._directories.kv_config_file,
            pid_file=self._directories.kv_pid_file,
            sockets=sockets,
            listeners={},
        )

    async def _call(
        self,
        method: str,
        namespace_id: str,
        key: str,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> _Reply:
        path = f"http://kv/{quote(namespace_id, safe='')}/{quote(key, safe='')}"
        url = URL(path, encoded=True).with_query(dict(query or {}))

        async def call() -> _Reply:
            async with self._client().request(method, url, data=body, headers=headers) as response:
                content = await response.read()
                return _Reply(response.status, response.reason or "", response.headers, content)

        try:
            return await call_when_ready("the runtime of KV namespaces", self.ensure_running, call)
        except aiohttp.ClientError as error:
            raise KvError(f"The runtime of KV namespaces did not answer: {error}.") from error

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.UnixConnector(str(self._directories.kv_sockets.control))
            self._session = aiohttp.ClientSession(connector=connector)
        return self._session


def _check(reply: _Reply) -> None:
    if reply.status >= 400:
        raise KvError(reply.reason or f"status {reply.status}")


def _metadata(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _key_name(entry: Mapping[str, Any]) -> KvKey:
    return KvKey(entry["name"], entry.get("expiration"), _metadata(entry.get("metadata")))


def _no_containers() -> AbstractAsyncContextManager[None]:
    return contextlib.nullcontext()
