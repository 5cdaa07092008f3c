"""The values of KV namespaces: the `workerd` that holds them, started at first use, and calls to it.

The calls have the form of workerd's own kv.js (2026-11): a value with its metadata in the header
`CF-KV-Metadata`, keys as JSON, and the reason of a refusal in the status line.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from yarl import URL

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.directories import KEY_VALUES, Directories
from pywrangler.local.daemon.products.runtime import Ended, ProductRuntime
from pywrangler.local.rest.kv.store import KvKey, KvPage, KvPut, KvValue
from pywrangler.local.workerd.cluster.membership import ClusterMembership
from pywrangler.local.workerd.config import RuntimeConfig
from pywrangler.local.workerd.kv import plan_kv
from pywrangler.local.workerd.logs import LogBook
from pywrangler.local.workerd.records import Sockets

METADATA_HEADER = "CF-KV-Metadata"
LARGEST_PAGE = 1000
PLACES_SECONDS = 30.0
"""Longer than a lease: until that is over, no other node takes over the places of one that is gone."""


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
        self,
        directories: Directories,
        find_workerd: Callable[[], Awaitable[Path]],
        log: LogBook,
        membership: ClusterMembership | None = None,
        ended: Ended | None = None,
    ) -> None:
        async def plan(_: Path, sockets: Sockets) -> RuntimeConfig:
            directory = directories.product(KEY_VALUES)
            objects, blobs = directory / "objects", directory / "blobs"
            for each in (objects, blobs):
                each.mkdir(mode=0o700, exist_ok=True)
            return plan_kv(objects, blobs, sockets.control, membership)

        self.runtime = ProductRuntime(
            KEY_VALUES,
            directories,
            find_workerd,
            plan,
            log,
            takes_calls=True,
            title="KV namespaces",
            ended=ended,
        )

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

    async def call_places(self, request: Mapping[str, Any]) -> Any:
        """Ask the places of a cluster's applications (scripts/places.js). Raises `PywranglerError`."""
        await self.runtime.ensure_running()
        return await self.runtime.call("places", dict(request), PLACES_SECONDS)

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

        async with self.runtime.request(method, url, dict(headers or {}), body) as response:
            content = await response.read()
            return _Reply(response.status, response.reason or "", response.headers, content)


def _check(reply: _Reply) -> None:
    if reply.status >= 400:
        raise KvError(reply.reason or f"status {reply.status}")


def _metadata(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _key_name(entry: Mapping[str, Any]) -> KvKey:
    return KvKey(entry["name"], entry.get("expiration"), _metadata(entry.get("metadata")))
