"""Queues on this machine: the runtime that holds messages and hands them to consumers."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from yarl import URL

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.directories import Directories
from pywrangler.local.daemon.products.runtime import ProductError, ProductRuntime
from pywrangler.local.rest.queues.messages import Pull
from pywrangler.local.store import Store
from pywrangler.local.store.records import Queue, QueueConsumer
from pywrangler.local.workerd.config import RuntimeConfig
from pywrangler.local.workerd.logs import LogBook
from pywrangler.local.workerd.products.queue_files import open_shards, shard_queues
from pywrangler.local.workerd.products.queues import HeldConsumer, HeldQueue, plan_queues
from pywrangler.local.workerd.records import Sockets

log = logging.getLogger(__name__)

WAKE_SECONDS = 30.0
LOOK_SECONDS = 1.0
"""How often consumers are looked at."""
FAILED_SECONDS = 5.0
"""A Worker that fails for so long is no consumer until it runs again: each attempt would count."""


class QueueError(PywranglerError):
    """A queue refused, with its reason."""

    code = "queues"


class QueuesRuntime:
    """Owns the process. Implements `pywrangler.local.rest.queues.messages.Messages`, which describes it."""

    def __init__(
        self,
        store: Store,
        directories: Directories,
        find_workerd: Callable[[], Awaitable[Path]],
        is_failed: Callable[[str], bool],
        log_: LogBook,
    ) -> None:
        self._is_failed = is_failed
        """Whether a Worker of this name does not start."""
        self._watch: asyncio.Task[None] | None = None
        self._left_out: frozenset[str] = frozenset()
        """Workers that consume and failed when the process was planned."""
        self._store = store
        self._directories = directories
        self._purged: set[str] = set()
        """Queues whose messages go with the next start."""
        self._held: tuple[HeldQueue, ...] = ()
        """What the process was started with."""
        self._shards: dict[str, str] = {}
        """The ids of queues by those of the objects that keep their messages."""
        self._refreshing = asyncio.Lock()
        self.runtime = ProductRuntime(
            "queues",
            directories,
            find_workerd,
            self._plan,
            log_,
            self._starting,
            takes_calls=True,
        )

    async def start(self) -> None:
        """Start and supervise the process if messages may wait for a consumer."""
        self._watch = asyncio.create_task(self._watch_consumers())
        if self._store.queues.consumers():
            await self.runtime.ensure_running()

    async def close(self) -> None:
        """End the process."""
        if self._watch is not None:
            self._watch.cancel()
        await self.runtime.close()

    async def _watch_consumers(self) -> None:
        """Take a Worker that fails out of the process, and one that runs again in."""
        failing: dict[str, float] = {}
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = asyncio.get_running_loop().time()
            failing = {name: failing.get(name, now) for name in self._workers() if self._is_failed(name)}
            if not self.runtime.is_alive or not is_due(failing, self._left_out, now):
                continue
            try:
                await self.refresh()
            except PywranglerError as error:
                log.warning("The queues keep their consumers: %s", error.message)

    @property
    def _data(self) -> Path:
        return self._directories.product("queues") / "data"

    def _workers(self) -> frozenset[str]:
        """The Workers that consume, those that are left out included."""
        held = {queue.consumer.worker for queue in self._held if queue.consumer is not None}
        return self._left_out | held

    async def refresh(self) -> None:
        async with self._refreshing:
            if self.runtime.is_alive and self._wanted() == self._held and not self._purged:
                return
            if self.runtime.is_alive:
                await self.runtime.replace(contextlib.nullcontext)
            elif self._purged or self._store.queues.consumers():
                await self.runtime.ensure_running()

    async def purge(self, queue_id: str) -> None:
        self._purged.add(queue_id)
        await self.refresh()

    async def send(self, queue: str, messages: Sequence[Mapping[str, Any]]) -> None:
        url = URL(f"http://control/send/{quote(queue, safe='')}/batch", encoded=True)
        batch = [_batched(message) for message in messages]
        body = json.dumps({"messages": batch}).encode()
        async with self.runtime.request("POST", url, {"Content-Type": "application/json"}, body) as response:
            text = await response.text()
            if response.status >= 400:
                raise QueueError(f"{text.rstrip('.')}.")

    async def pull(self, pull: Pull, limit: int, visible_ms: int) -> dict[str, Any]:
        asked = {"limit": limit, "visible_ms": visible_ms}
        return await self._of_shards("pull", pull, asked)

    async def settle(
        self, pull: Pull, acks: Sequence[Mapping[str, Any]], retries: Sequence[Mapping[str, Any]]
    ) -> tuple[str, ...]:
        settled = await self._of_shards("settle", pull, {"acks": list(acks), "retries": list(retries)})
        return tuple(settled["ended"])

    async def _of_shards(self, route: str, pull: Pull, asked: Mapping[str, Any]) -> dict[str, Any]:
        await self.runtime.ensure_running()
        self._shards = await asyncio.to_thread(shard_queues, self._data, self._shards)
        body = {
            "queue": pull.queue_id,
            "shards": [shard for shard, queue in self._shards.items() if queue == pull.queue_id],
            "max_retries": pull.max_retries,
            "dead_letter_queue": pull.dead_letter_queue,
        }
        sent = json.dumps({**body, **asked}).encode()
        url, headers = URL(f"http://control/{route}"), {"Content-Type": "application/json"}
        async with self.runtime.request("POST", url, headers, sent) as response:
            answer = json.loads(await response.read())
        if "error" in answer:
            raise QueueError(f"The queue could not be read: {answer['error']}.")
        result: dict[str, Any] = answer["result"]
        return result

    async def _plan(self, data: Path, sockets: Sockets) -> RuntimeConfig:
        self._held = self._wanted()
        scripts = (consumer.script for consumer in self._store.queues.consumers())
        self._left_out = frozenset(name for name in scripts if name and self._is_failed(name))
        return plan_queues(data, sockets.control, self._directories.shared_sockets.platform, self._held)

    def _wanted(self) -> tuple[HeldQueue, ...]:
        queues = self._store.queues.all()
        consumers = {
            consumer.queue_id: consumer
            for consumer in self._store.queues.consumers()
            if consumer.script is None or not self._is_failed(consumer.script)
        }
        ids = {queue.name: queue.id for queue in queues}
        return tuple(held_queue(queue, consumers.get(queue.id), ids, self._directories) for queue in queues)

    @contextlib.asynccontextmanager
    async def _starting(self) -> AsyncIterator[None]:
        """Before a start nothing holds the files; after it the messages in them are looked after."""
        purged = set(self._purged)
        kept = {queue.id for queue in self._held} - purged
        shards = await asyncio.to_thread(open_shards, self._data, kept)
        self._shards = {shard.id: shard.queue for shard in shards}
        yield
        self._purged -= purged
        consumed = {queue.id for queue in self._held if queue.consumer is not None}
        waiting = [shard._asdict() for shard in shards if shard.queue in consumed]
        if waiting:
            try:
                await self.runtime.call("wake", {"shards": waiting}, WAKE_SECONDS)
            except ProductError as error:
                log.warning("The queues deliver what waits only with their next message: %s", error.message)


def is_due(failing: Mapping[str, float], left_out: Collection[str], now: float) -> bool:
    """Whether the process must be planned again; `failing` are Workers with the times since when."""
    gone = any(name not in left_out and now - since >= FAILED_SECONDS for name, since in failing.items())
    return gone or any(name not in failing for name in left_out)


def held_queue(
    queue: Queue, consumer: QueueConsumer | None, ids: Mapping[str, str], directories: Directories
) -> HeldQueue:
    """A queue as the process must know it; `ids` are those of all queues by name."""
    delivers = not queue.settings.get("delivery_paused")
    delivered_to = _consumer(consumer, ids, directories) if consumer is not None and delivers else None
    return HeldQueue(queue.id, queue.name, queue.settings.get("delivery_delay"), delivered_to)


def _consumer(
    consumer: QueueConsumer, ids: Mapping[str, str], directories: Directories
) -> HeldConsumer | None:
    """The Worker that takes the messages; None where they are pulled."""
    if consumer.script is None:
        return None
    settings, wait = consumer.settings, consumer.settings.get("max_wait_time_ms")
    return HeldConsumer(
        worker=consumer.script,
        socket=directories.sockets(consumer.script).peers,
        max_batch_size=settings.get("batch_size"),
        max_batch_timeout=None if wait is None else wait / 1000,
        max_retries=settings.get("max_retries"),
        max_concurrency=settings.get("max_concurrency"),
        retry_delay=settings.get("retry_delay"),
        dead_letter_queue=ids.get(consumer.dead_letter_queue or ""),
    )


def _batched(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message as the queue binding sends it in a batch."""
    delay = message.get("delay_seconds")
    sent = {"body": base64.b64encode(message["body"]).decode(), "contentType": message["content_type"]}
    return sent if delay is None else {**sent, "delaySecs": delay}
