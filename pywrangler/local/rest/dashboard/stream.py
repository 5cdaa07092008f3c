"""One stream of all logs: a browser opens six connections to a host at most, so it cannot follow each log."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from functools import partial
from typing import Any

from aiohttp import web

from pywrangler.local.rest.containers.logs import line_json as container_line_json
from pywrangler.local.rest.containers.logs import named_lines
from pywrangler.local.rest.context import ApiContext, context_of
from pywrangler.local.rest.operations import ContainerLogQuery
from pywrangler.local.rest.platform import line_json
from pywrangler.local.rest.routes import Route
from pywrangler.local.rest.streaming import line_count, stream_lines
from pywrangler.local.store.records import ApplicationRecord

Line = Mapping[str, Any]

LOOK_SECONDS = 1.0
"""How often new Workers and applications are looked for."""
DEFAULT_TAIL_LINES = 50
WAITING_LINES = 5_000
"""How many lines wait for a slow browser; then their sources wait, too."""


async def show_stream(request: web.Request) -> web.StreamResponse:
    """`GET /stream?tail=`: `{"source": "worker"|"container"|"platform", "of": NAME, ...}`, one per line: the
    last lines of each log, then new ones, also of what is deployed later.
    """
    tail = line_count(request, DEFAULT_TAIL_LINES) or 0
    return await stream_lines(request, _Merged(context_of(request), tail).lines(), dict)


class _Merged:
    """Reads all logs side by side into one queue."""

    def __init__(self, context: ApiContext, tail: int) -> None:
        self._context = context
        self._tail = tail
        self._queue: asyncio.Queue[Line] = asyncio.Queue(WAITING_LINES)
        self._readers: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def lines(self) -> AsyncIterator[Line]:
        """The lines, without an end."""
        looking = asyncio.create_task(self._look())
        try:
            while True:
                yield await self._queue.get()
        finally:
            tasks = [looking, *self._readers.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self) -> None:
        while True:
            for key, read in self._logs().items():
                # A log ends when its Worker is deleted; one that is deployed again has a new one.
                if key not in self._readers or self._readers[key].done():
                    self._readers[key] = asyncio.create_task(self._read(read()))
            await asyncio.sleep(LOOK_SECONDS)

    def _logs(self) -> dict[tuple[str, str], Callable[[], AsyncGenerator[Line]]]:
        store = self._context.store
        return {
            ("platform", ""): self._platform,
            **{("worker", each.name): partial(self._worker, each.name) for each in store.workers.all()},
            **{("container", each.id): partial(self._containers, each) for each in store.applications.all()},
        }

    async def _read(self, lines: AsyncGenerator[Line]) -> None:
        async with contextlib.aclosing(lines) as opened:
            async for line in opened:
                await self._queue.put(line)

    async def _platform(self) -> AsyncGenerator[Line]:
        async for line in self._context.operations.follow_logs(None, self._tail, True):
            yield {"source": "platform", "of": "platform", **line_json(line)}

    async def _worker(self, name: str) -> AsyncGenerator[Line]:
        async for line in self._context.operations.follow_logs(name, self._tail, True):
            yield {"source": "worker", "of": name, **line_json(line)}

    async def _containers(self, record: ApplicationRecord) -> AsyncGenerator[Line]:
        query = ContainerLogQuery(record.id, tail=self._tail, follow=True)
        lines = self._context.operations.follow_container_logs(query)
        async for line in named_lines(self._context, record, lines):
            yield {"source": "container", "of": record.name, **container_line_json(line)}


ROUTES = [Route("GET", "/stream", show_stream)]
