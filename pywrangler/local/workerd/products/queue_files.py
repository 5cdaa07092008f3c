"""The files in which workerd (2026-11, `/workerd/queues.js`) keeps the messages of queues.

A queue is a few Durable Objects, each with an SQLite database of its own. What the runtime has no call for is
done to them while it does not run: a batch that was with a consumer when the runtime ended is given back,
without counting as a failed attempt, and the messages of purged and deleted queues are removed.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from pywrangler.local.workerd.products.queues import SHARD_KEY

OBJECT_FILE = re.compile(r"[0-9a-f]{64}\.sqlite")
COMPANIONS = ("-wal", "-shm")


class QueueShard(NamedTuple):
    """A Durable Object that keeps messages."""

    id: str
    """64 hex digits."""
    queue: str
    """The id of the queue."""


def open_shards(directory: Path, kept: Collection[str]) -> list[QueueShard]:
    """Make the files in `directory` ready for the start of the runtime; the objects that they are.

    `kept` are the ids of the queues whose messages stay. A file that cannot be read is left alone.
    """
    return [shard for file in sorted(_files(directory)) if (shard := _open(file, kept)) is not None]


def shard_queues(directory: Path, known: Mapping[str, str]) -> dict[str, str]:
    """The ids of the queues of all objects by the object's id, while the runtime runs; `known` are some of
    them. One whose file cannot be read yet is left out.
    """
    found = dict(known)
    for file in _files(directory):
        if file.stem not in found and (queue := _queue_of(file)):
            found[file.stem] = queue
    return found


def _queue_of(file: Path) -> str | None:
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as database:
            row = database.execute("SELECT value FROM _cf_KV WHERE key = 'queue'").fetchone()
    except sqlite3.Error:
        return None
    return _id_in(row[0]) if row else None


def _files(directory: Path) -> Iterator[Path]:
    place = directory / SHARD_KEY
    if place.is_dir():
        yield from (file for file in place.iterdir() if OBJECT_FILE.fullmatch(file.name))


def _open(file: Path, kept: Collection[str]) -> QueueShard | None:
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as database:
            row = database.execute("SELECT value FROM _cf_KV WHERE key = 'queue'").fetchone()
            if row is None:
                return None
            queue = _id_in(row[0])
            if queue in kept:
                database.execute(
                    "UPDATE messages SET lease = NULL, leased_until = NULL WHERE lease IS NOT NULL"
                )
                return QueueShard(file.stem, queue)
    except sqlite3.Error:
        return None
    for name in ("", *COMPANIONS):
        file.with_name(file.name + name).unlink(missing_ok=True)
    return None


def _id_in(value: bytes) -> str:
    """The id in a stored string, which V8's format puts a few bytes before."""
    found = re.search(rb"[0-9a-f]{32}$", value)
    return found.group().decode() if found else ""
