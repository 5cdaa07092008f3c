"""R2 on this machine: the runtime that holds buckets, and calls to it.

The calls have the form of `workerd`'s (2026-11) R2 binding: a request as JSON, in the header `CF-R2-Request`
to read, and before the value in the body to write (`CF-R2-Metadata-Size` is its length). The response begins
with JSON in the same way, and a refusal is in the header `CF-R2-Error`.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.directories import Directories
from pywrangler.local.daemon.products.runtime import ProductError, ProductRuntime
from pywrangler.local.daemon.workers.r2_events import watched_buckets
from pywrangler.local.rest.r2.objects import ObjectFacts, ObjectPage, OpenObject
from pywrangler.local.store import Store
from pywrangler.local.workerd.config import RuntimeConfig
from pywrangler.local.workerd.logs import LogBook
from pywrangler.local.workerd.products.r2 import plan_r2
from pywrangler.local.workerd.products.r2_files import remove_unfinished
from pywrangler.local.workerd.records import ProductWorkers, Sockets

NO_SUCH_KEY = 10007
SIZE_HEADER = "CF-R2-Metadata-Size"
REQUEST_HEADER, ERROR_HEADER = "CF-R2-Request", "CF-R2-Error"
CHUNK_BYTES = 256 * 1024
BATCH_KEYS = 1000
MAX_KEY_BYTES = 1024
MAX_OBJECT_BYTES = 5 * 1024**3 - 5 * 1024**2
"""Cloudflare's limits."""
RULES_SECONDS = 10.0
"""What calls get to finish when the process is replaced."""


class R2Error(PywranglerError):
    """R2 refused, with its reason."""

    code = "r2"


class R2Runtime:
    """Owns the process. Implements `pywrangler.local.rest.r2.objects.Objects`, which describes the calls."""

    def __init__(
        self,
        store: Store,
        directories: Directories,
        find_workerd: Callable[[], Awaitable[Path]],
        find_product_workers: Callable[[], Awaitable[ProductWorkers]],
        log: LogBook,
    ) -> None:
        self._store = store

        async def plan(data: Path, sockets: Sockets) -> RuntimeConfig:
            platform = directories.shared_sockets.platform
            return plan_r2(data, sockets.control, platform, await find_product_workers())

        self._data = directories.product("r2") / "data"
        self.runtime = ProductRuntime(
            "r2",
            directories,
            find_workerd,
            plan,
            log,
            self._starting,
            takes_calls=True,
            title="R2 buckets",
        )

    async def refresh(self) -> None:
        # A process that starts asks for them itself.
        if self.runtime.is_alive:
            await self.runtime.call("rules", watched_buckets(self._store.r2_rules.all()), RULES_SECONDS)

    @asynccontextmanager
    async def _starting(self) -> AsyncIterator[None]:
        """Before a start nothing writes, so what is unfinished stays so."""
        await asyncio.to_thread(remove_unfinished, self._data)
        yield

    @asynccontextmanager
    async def open(self, bucket: str, key: str) -> AsyncIterator[OpenObject | None]:
        async with self._read(bucket, {"method": "get", "object": key}) as response:
            if response is None:
                yield None
                return
            found = await _json_part(response)
            yield OpenObject(_facts(found), response.content.iter_chunked(CHUNK_BYTES))

    async def put(
        self, bucket: str, key: str, body: AsyncIterator[bytes], size: int, http_metadata: Mapping[str, str]
    ) -> ObjectFacts:
        check_limits(key, size)
        fields = {"method": "put", "object": key, "httpFields": dict(http_metadata)}
        try:
            return _facts(await self._write(bucket, fields, body, size))
        except (R2Error, ProductError) as error:
            # With a full disk the process may close the connection before it has read the body.
            free = shutil.disk_usage(self._data).free
            if size > free:
                message = f"The object has {size} bytes, and the disk of `{self._data}` has {free} free."
                raise R2Error(message) from error
            raise

    async def delete(self, bucket: str, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), BATCH_KEYS):
            batch = list(keys[start : start + BATCH_KEYS])
            await self._write(bucket, {"method": "delete", "objects": batch})

    async def page(
        self,
        bucket: str,
        *,
        prefix: str = "",
        limit: int = 1000,
        cursor: str | None = None,
        delimiter: str = "",
    ) -> ObjectPage:
        wanted = {"prefix": prefix, "cursor": cursor, "delimiter": delimiter}
        fields = {name: value for name, value in wanted.items() if value}
        # Metadata is requested by numbers (`include` of workerd's r2-api.capnp: 0 http, 1 custom).
        request = {"method": "list", "limit": limit, "include": [0, 1], **fields}
        async with self._read(bucket, request) as response:
            found = await _json_part(response) if response is not None else {"objects": []}
        objects = tuple(_facts(entry) for entry in found["objects"])
        return ObjectPage(objects, tuple(found.get("delimitedPrefixes") or ()), found.get("cursor"))

    @asynccontextmanager
    async def _read(
        self, bucket: str, fields: Mapping[str, Any]
    ) -> AsyncIterator[aiohttp.ClientResponse | None]:
        """The response, or None if the object does not exist."""
        headers = {REQUEST_HEADER: json.dumps({"version": 1, **fields})}
        async with self.runtime.request("GET", _url(bucket), headers) as response:
            yield None if _code(response) == NO_SUCH_KEY else _checked(response)

    async def _write(
        self, bucket: str, fields: Mapping[str, Any], body: AsyncIterator[bytes] | None = None, size: int = 0
    ) -> Any:
        head = json.dumps({"version": 1, **fields}).encode()
        headers = {SIZE_HEADER: str(len(head)), "Content-Length": str(len(head) + size)}
        async with self.runtime.request("PUT", _url(bucket), headers, _joined(head, body)) as response:
            return await _json_part(_checked(response))


async def _joined(head: bytes, body: AsyncIterator[bytes] | None) -> AsyncIterator[bytes]:
    yield head
    if body is not None:
        async for chunk in body:
            yield chunk


async def _json_part(response: aiohttp.ClientResponse) -> Any:
    """The JSON at the beginning of the response; None if it is empty."""
    size = int(response.headers.get(SIZE_HEADER) or 0)
    return json.loads(await response.content.readexactly(size)) if size else None


def check_limits(key: str, size: int) -> None:
    """Raises `R2Error`. The runtime would look at them only when it has the whole object."""
    if (length := len(key.encode("utf-8", "surrogatepass"))) > MAX_KEY_BYTES:
        raise R2Error(f"The key has {length} bytes; at most {MAX_KEY_BYTES} are allowed.")
    if size > MAX_OBJECT_BYTES:
        raise R2Error(f"The object has {size} bytes; at most {MAX_OBJECT_BYTES} are allowed at once.")


def _url(bucket: str) -> URL:
    return URL(f"http://r2/{quote(bucket, safe='')}", encoded=True)


def _code(response: aiohttp.ClientResponse) -> int | None:
    error = response.headers.get(ERROR_HEADER)
    return json.loads(error).get("v4code") if error else None


def _checked(response: aiohttp.ClientResponse) -> aiohttp.ClientResponse:
    if response.status >= 400:
        error = response.headers.get(ERROR_HEADER)
        reason = json.loads(error).get("message") if error else f"status {response.status}"
        raise R2Error(f"R2 refused: {reason}")
    return response


def _facts(found: Mapping[str, Any]) -> ObjectFacts:
    custom = {field["k"]: field["v"] for field in found.get("customFields") or ()}
    return ObjectFacts(
        key=found["name"],
        size=int(found["size"]),
        etag=found["etag"],
        uploaded=int(found["uploaded"]) / 1000,
        version=found["version"],
        http_metadata=found.get("httpFields") or {},
        custom_metadata=custom,
    )
