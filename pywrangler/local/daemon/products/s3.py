"""R2 for clients of S3, and public buckets: the runtime that serves both on a port of loopback."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from pywrangler.local.daemon.products.runtime import ProductError, ProductRuntime
from pywrangler.local.daemon.workers.hosted import PlatformServices
from pywrangler.local.daemon.workers.ports import LAST_PORT, Listeners, open_listeners
from pywrangler.local.store import Store
from pywrangler.local.store.records import WorkerKey
from pywrangler.local.workerd.config import RuntimeConfig
from pywrangler.local.workerd.logs import LogBook
from pywrangler.local.workerd.products.s3 import PUBLIC_PATH, ServedBuckets, ServedKey, plan_s3
from pywrangler.local.workerd.records import Sockets
from pywrangler.sensitive import Sensitive

SETTLE_SECONDS = 10.0
"""What writes in progress get when the process is replaced."""
PORT_DISTANCE = 1000
"""So far above the first port of Workers its own port is looked for."""


class S3Runtime:
    """Owns the process, and its port, which stays the same. Implements
    `pywrangler.local.rest.r2.s3_keys.S3Interface`, which describes it.
    """

    def __init__(
        self,
        store: Store,
        machine: PlatformServices,
        ensure_objects: Callable[[], Awaitable[None]],
        first_worker_port: int,
        log: LogBook,
    ) -> None:
        self._store = store
        self._machine = machine
        self._ensure_objects = ensure_objects
        self._first_port = min(first_worker_port + PORT_DISTANCE, LAST_PORT - PORT_DISTANCE)
        self._listeners: Listeners | None = None
        self._served: ServedBuckets | None = None
        """What the process was started with."""
        self._refreshing = asyncio.Lock()
        self.changed: Callable[[], Awaitable[None]] = _nothing
        """Called when it has begun or ended to serve."""
        self.runtime = ProductRuntime(
            "s3", machine.directories, machine.find_workerd, self._plan, log, listeners=self._descriptors
        )

    async def start(self) -> None:
        """Serve, if there is a key or a public bucket."""
        await self.refresh()

    async def refresh(self) -> None:
        try:
            async with self._refreshing:
                wanted = self._wanted()
                if wanted.is_empty:
                    await self._end()
                elif wanted != self._served or not self.runtime.is_alive:
                    await self._ensure_objects()
                    self._listen()
                    await self.runtime.replace(self._ending)
        finally:
            await self.changed()

    @contextlib.asynccontextmanager
    async def _ending(self) -> AsyncIterator[None]:
        """Writes in progress end first: a client may have no second copy of what it sends."""
        with contextlib.suppress(ProductError):
            call = {"timeout_ms": round(SETTLE_SECONDS * 1000)}
            await self.runtime.call("settle", call, SETTLE_SECONDS + 1.0)
        yield

    def endpoint(self) -> str | None:
        return f"http://127.0.0.1:{self._listeners.port}" if self._listeners else None

    def public_address(self, bucket: str) -> str:
        return f"127.0.0.1:{self.find_port()}{PUBLIC_PATH}/{bucket}"

    def serving_port(self) -> int | None:
        """The port on which it listens now."""
        return self._listeners.port if self._listeners else None

    def find_port(self) -> int:
        """The port, whether or not the server listens at present. The first call chooses it."""
        keys = self._store.s3_keys
        if (port := keys.port()) is None:
            free = open_listeners(None, self._first_port, ())
            free.close()
            keys.set_port(port := free.port)
        return port

    async def close(self) -> None:
        """End the process."""
        await self.runtime.close()
        self._stop_listening()

    async def _end(self) -> None:
        self._served = None
        if self._listeners is not None:
            await self.runtime.end()
            self._stop_listening()

    def _listen(self) -> None:
        if self._listeners is None:
            keys = self._store.s3_keys
            self._listeners = open_listeners(keys.port(), self._first_port, ())
            keys.set_port(self._listeners.port)

    def _stop_listening(self) -> None:
        if self._listeners is not None:
            self._listeners.close()
            self._listeners = None

    def _descriptors(self) -> Mapping[str, int]:
        return self._listeners.descriptors if self._listeners else {}

    def _wanted(self) -> ServedBuckets:
        buckets = self._store.r2.all()
        return ServedBuckets(
            self._store.account_id,
            {bucket.name: _date(bucket.created_on) for bucket in buckets},
            served_keys(self._store.s3_keys.secrets(), self._store.s3_keys.of_workers()),
            tuple(bucket.name for bucket in buckets if bucket.is_public),
        )

    async def _plan(self, data: Path, sockets: Sockets) -> RuntimeConfig:  # noqa: ARG002 - it keeps nothing
        workers = await self._machine.find_product_workers()
        directories = self._machine.directories
        self._served = self._wanted()
        return plan_s3(
            sockets.control,
            directories.shared_sockets.platform,
            directories.product_calls("r2"),
            workers,
            self._served,
            self._listeners.public if self._listeners else (),
        )


async def _nothing() -> None:
    pass


def _date(seconds: float) -> str:
    """As S3 writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def served_keys(for_all: Mapping[str, Sensitive[str]], for_one: Iterable[WorkerKey]) -> tuple[ServedKey, ...]:
    """The keys with the buckets that each is for: a key may be named for several."""
    buckets: dict[tuple[str, Sensitive[str]], set[str]] = {}
    for key in for_one:
        buckets.setdefault((key.id, key.secret), set()).add(key.bucket)
    own = (ServedKey(id_, secret, tuple(sorted(names))) for (id_, secret), names in buckets.items())
    return (*(ServedKey(id_, secret) for id_, secret in for_all.items()), *own)
