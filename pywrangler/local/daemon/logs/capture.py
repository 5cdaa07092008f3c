"""Copies the output of every running container into its log, from the engine's log stream.

There is one task per container, from its start to its end. After a restart of the engine or the platform it
continues after the last kept line.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from pywrangler.engine import labels
from pywrangler.engine.address import EngineAddress
from pywrangler.engine.calls import EngineCalls
from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.logs.container_logs import ContainerLogs
from pywrangler.local.daemon.logs.container_output import OutputReader
from pywrangler.local.instances.ledger import Ledger
from pywrangler.local.instances.records import Instance
from pywrangler.local.workerd.logs import Line, LogBook

log = logging.getLogger(__name__)

LAST_WORDS_SECONDS = 2.0
"""How long the end of a container may wait for the rest of its output."""
RETRY_SECONDS = 0.5
FASTEST_BYTES_PER_SECOND = 4_000_000
"""A container that writes more is read later, so that it does not delay requests. The engine keeps up to 20
MB until then.
"""
PACED_BYTES = 32_768


class ContainerCapture:
    """Follows every container of the ledger. Used from one event loop."""

    def __init__(self, engine: EngineAddress, ledger: Ledger, logs: ContainerLogs) -> None:
        self._engine = EngineCalls(engine)
        self._ledger = ledger
        self.logs = logs
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ended: dict[str, asyncio.Event] = {}
        """By instance; set when its process has ended."""
        self._unsubscribe: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin with the running containers; others follow when they start. Call it when they are known."""
        self.logs.sweep()
        self._unsubscribe = self._ledger.subscribe(self._changed)
        for instance in self._ledger.alive():
            self._changed(instance)

    async def catch_up(self, platform_id: str) -> None:
        """Read the last output of containers that ended while no platform ran, before they are removed.
        Raises MissingError if the engine cannot be reached.
        """
        reads = []
        for container in await self._engine.owned_containers(platform_id):
            instance = self._ledger.get(container["Labels"].get(labels.INSTANCE, ""))
            if instance is not None and not instance.state.is_final and container["State"] != "running":
                reads.append(self._read(instance, container["Id"], self.logs.book(instance)))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await asyncio.gather(*reads)

    async def output_kept(self, instance_id: str) -> None:
        """Returns when an ended container's output has been read, or after a timeout."""
        if (task := self._tasks.get(instance_id)) is None:
            return
        self._ended[instance_id].set()
        await asyncio.wait([task], timeout=LAST_WORDS_SECONDS)

    async def close(self) -> None:
        """Stop reading. Output from now on is read after the next start."""
        self._unsubscribe()
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._engine.close()

    def _changed(self, instance: Instance) -> None:
        if instance.state.is_final:
            if instance.id in self._ended:
                self._ended[instance.id].set()
        elif instance.container_id is not None and instance.id not in self._tasks:
            self._ended[instance.id] = asyncio.Event()
            task = asyncio.get_running_loop().create_task(self._capture(instance, instance.container_id))
            self._tasks[instance.id] = task
            task.add_done_callback(lambda done: self._finished(instance.id, done))

    def _finished(self, instance_id: str, task: asyncio.Task[None]) -> None:
        del self._tasks[instance_id], self._ended[instance_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("The output of instance %s is not kept: %s", instance_id, error, exc_info=error)

    async def _capture(self, instance: Instance, container_id: str) -> None:
        """Read until the process has ended and everything was read."""
        book, ended = self.logs.book(instance), self._ended[instance.id]
        while True:
            was_ended = ended.is_set()
            is_whole = await self._read(instance, container_id, book)
            if was_ended:
                return
            # The stream ends with the container, whose end becomes known a moment later, or with the engine.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY_SECONDS):
                    await ended.wait()
                if is_whole:
                    return

    async def _read(self, instance: Instance, container_id: str, book: LogBook) -> bool:
        """Copy the output after the last kept line. Returns whether the stream ended by itself."""
        last = book.tail(1)
        since = last[0].time if last else 0.0
        reader = OutputReader(since)
        try:
            async for piece in self._engine.follow_log(container_id, since):
                self._keep(instance, book, reader.feed(piece))
                if len(piece) >= PACED_BYTES:
                    await asyncio.sleep(len(piece) / FASTEST_BYTES_PER_SECOND)
        except PywranglerError as error:
            log.debug("reading instance %s: %s", instance.id, error.message)
            return False
        self._keep(instance, book, reader.finish())
        return True

    def _keep(self, instance: Instance, book: LogBook, lines: list[Line]) -> None:
        if lines:
            book.add_lines(lines)
            self.logs.written(instance, lines)
