"""The output of containers, in files of the platform: one bounded log per instance, readable also after its
end. The engine removes its own logs with their containers.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pywrangler.local.daemon.logs.by_time import Entry, entries_by_time, in_pieces
from pywrangler.local.instances.ledger import Ledger
from pywrangler.local.instances.records import Instance, InstanceState
from pywrangler.local.rest.operations import ContainerLogLine, ContainerLogQuery
from pywrangler.local.workerd.followers import Followers
from pywrangler.local.workerd.logs import Line, LogBook, size_of

MAX_FILE_BYTES = 512 * 1024
"""An instance has at most two files of this size."""
KEPT_INSTANCES = 100
"""For how many instances of an application the output is kept; the oldest go first."""
SUFFIX = ".log"
OLDER = ".1"
"""The suffix of a full file's name."""


@dataclass(frozen=True)
class _Written:
    """New lines of one instance."""

    instance: Instance
    lines: Sequence[Line]


class ContainerLogs:
    """Owns the directory with the files. Used from one event loop."""

    def __init__(self, directory: Path, ledger: Ledger) -> None:
        self._directory = directory
        self._ledger = ledger
        self._followers: Followers[_Written] = Followers(lambda new: sum(map(size_of, new.lines)))

    def book(self, instance: Instance) -> LogBook:
        """The instance's log. The oldest logs are removed if there are too many."""
        directory = self._directory / instance.application_id
        file = directory / f"{instance.id}{SUFFIX}"
        if not file.exists():
            for old in _by_age(directory)[KEPT_INSTANCES - 1 :]:
                _remove(old)
        return LogBook(file, max_bytes=MAX_FILE_BYTES)

    def written(self, instance: Instance, lines: Sequence[Line]) -> None:
        """Send lines to followers; `book(...).add_lines` stores them."""
        self._followers.tell(_Written(instance, lines))

    async def read(self, query: ContainerLogQuery) -> AsyncIterator[ContainerLogLine]:
        """The last matching lines, ordered by time, and with `follow` new ones."""
        with self._followers.join() as follower:
            latest: dict[str, float] = {}
            async for entry in self._stored(query):
                latest[entry.instance_id] = entry.line.time
                yield self._shown(entry)
            already_waiting = follower.waiting
            if not query.follow:
                return
            async for new in follower.read():
                already_waiting -= 1
                # Lines that came while the files were read may be in the files, too.
                known = latest.get(new.instance.id, 0.0) if already_waiting >= 0 else 0.0
                if new.instance.application_id == query.application_id and _matches(query, new.instance):
                    for line in new.lines:
                        if line.time > known:
                            yield self._shown(Entry(line, new.instance.id))

    def sweep(self) -> None:
        """Remove files of instances without a record."""
        for directory in self._directory.glob("*"):
            for file in _by_age(directory):
                if self._ledger.get(file.stem) is None:
                    _remove(file)
            with contextlib.suppress(OSError):
                directory.rmdir()

    def forget(self, application_id: str) -> None:
        """Remove all logs of an application."""
        shutil.rmtree(self._directory / application_id, ignore_errors=True)

    def close(self) -> None:
        """End the reading of all followers."""
        self._followers.dismiss()

    async def _stored(self, query: ContainerLogQuery) -> AsyncIterator[Entry]:
        """The last lines, oldest first. All of them are never in memory together."""
        if query.tail is not None:
            for entry in await asyncio.to_thread(self._last, query, query.tail):
                yield entry
            return
        books = [(file.stem, LogBook(file)) for file in self._files(query)]
        async for entry in in_pieces(entries_by_time(books, query.since)):
            yield entry

    def _last(self, query: ContainerLogQuery, count: int) -> list[Entry]:
        """Reads the newest files first, until the rest can only be older."""
        last: list[Entry] = []
        for file in self._files(query):
            if len(last) >= count and (not last or _modified(file) < last[0].line.time):
                break
            new = (Entry(line, file.stem) for line in LogBook(file).tail(count))
            wanted = (entry for entry in new if entry.line.time >= query.since)
            last = list(heapq.merge(last, wanted, key=lambda entry: entry.line.time))
            last = last[max(len(last) - count, 0) :]
        return last

    def _files(self, query: ContainerLogQuery) -> Iterator[Path]:
        for file in _by_age(self._directory / query.application_id):
            instance = self._ledger.get(file.stem)
            if instance and _matches(query, instance) and _modified(file) >= query.since:
                yield file

    def _shown(self, entry: Entry) -> ContainerLogLine:
        instance = self._ledger.get(entry.instance_id)
        return ContainerLogLine(
            entry.line.time,
            entry.instance_id,
            instance.durable_object_id if instance else None,
            instance.durable_object_name if instance else None,
            entry.line.stream,
            entry.line.text,
        )


def _matches(query: ContainerLogQuery, instance: Instance) -> bool:
    """Whether the query matches this instance: it names one start, or a Durable Object with all of its
    starts. Without a name, all but those match that a rollout has tried and that came up.
    """
    if query.instance is None:
        return not instance.is_canary or instance.state is InstanceState.FAILED
    return query.instance in (instance.id, instance.durable_object_id)


def _by_age(directory: Path) -> list[Path]:
    """The directory's logs, the latest first. For a moment only the full, older file of a log may exist."""
    files = {file.with_name(file.name.removesuffix(OLDER)) for file in directory.glob(f"*{SUFFIX}*")}
    return sorted(files, key=_modified, reverse=True)


def _modified(file: Path) -> float:
    """The time of the last write, in seconds since the epoch."""
    times = [0.0]
    for each in _halves(file):
        with contextlib.suppress(OSError):
            times.append(each.stat().st_mtime)
    return max(times)


def _halves(file: Path) -> tuple[Path, Path]:
    return file, file.with_name(file.name + OLDER)


def _remove(file: Path) -> None:
    for each in _halves(file):
        each.unlink(missing_ok=True)
