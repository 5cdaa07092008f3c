"""Brings messages of queues to the disk, which their runtime leaves to the platform (`local/unsynced.py`).

The runtime writes a message into an SQLite log before it answers, so the message survives the end of any
program. A sync for each message would take most of the time of sending. Instead the platform syncs each file
that has changed, once a second: SQLite's checkpoint brings the log to the disk first, and then the database.
A power failure can take the messages of the last second or two, as with SQLite's `synchronous=NORMAL`.

SQLite orders its writes by syncs, so a power failure while the runtime itself makes a checkpoint may damage
a file. After a start of the machine files are checked, and a damaged one is set aside.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeAlias

from pywrangler.local.workerd.products.queues import SHARD_KEY

log = logging.getLogger(__name__)

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
BOOT_FILE = "boot-id"
DAMAGED_SUFFIX = ".damaged"
ALARMS_FILE = "metadata.sqlite"
"""workerd's (2026-11) times of alarms, which are set again when an object is called."""

Stamps: TypeAlias = Mapping[Path, tuple[int, ...]]
"""What files looked like when they were synced."""


def sync_changed(directory: Path, synced: Stamps) -> dict[Path, tuple[int, ...]]:
    """Bring what has changed since `synced` to the disk, while the runtime runs or not. What cannot be
    synced is tried again with the next call.
    """
    stamps: dict[Path, tuple[int, ...]] = {}
    for file in _databases(directory):
        if (stamp := _stamp(file)) == synced.get(file):
            stamps[file] = stamp
            continue
        try:
            _sync(file)
        except (OSError, sqlite3.Error) as error:
            log.debug("`%s` was not synced: %s", file, error)
        else:
            stamps[file] = _stamp(file)
    return stamps


def set_damaged_aside(directory: Path, boot_id: Path = BOOT_ID) -> list[Path]:
    """The files that a power failure has damaged, under the names that they have now. Nothing may use the
    files in `directory`. They are read only in the first call after a start of the machine.
    """
    with suppress(OSError):
        booted, last = boot_id.read_text(), directory / BOOT_FILE
        if last.is_file() and last.read_text() == booted:
            return []
        aside = [_set_aside(file) for file in _databases(directory) if not _is_sound(file)]
        last.write_text(booted)
        return aside
    return []


def _databases(directory: Path) -> Iterator[Path]:
    place = directory / SHARD_KEY
    if place.is_dir():
        yield from sorted(place.glob("*.sqlite"))


def _stamp(file: Path) -> tuple[int, ...]:
    found: list[int] = []
    for name in (file, _log_of(file)):
        with suppress(OSError):
            status = name.stat()
            found += (status.st_mtime_ns, status.st_size)
    return tuple(found)


def _sync(file: Path) -> None:
    if _log_of(file).exists():
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, timeout=0)) as database:
            database.execute("PRAGMA wal_checkpoint(PASSIVE)")
    # The runtime itself has brought some of it from the log to the database.
    for name in (file, file.parent):
        descriptor = os.open(name, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _log_of(file: Path) -> Path:
    return file.with_name(f"{file.name}-wal")


def _is_sound(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True)) as database:
            return bool(database.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.Error:
        return False


def _set_aside(file: Path) -> Path:
    for name in (f"{file.name}-wal", f"{file.name}-shm"):
        file.with_name(name).unlink(missing_ok=True)
    aside = file.with_name(f"{file.name}{DAMAGED_SUFFIX}")
    file.replace(aside)
    what = "The times of deliveries" if file.name == ALARMS_FILE else "Messages of a queue"
    log.warning("%s cannot be read after a power failure; the file is now `%s`.", what, aside)
    return aside
