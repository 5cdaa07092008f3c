"""Writes the state of a running platform into a file.

All `workerd` processes are suspended while their files are copied, because a copy of several databases at
different moments fits no moment. What they hold then is what they would find after a SIGKILL, which SQLite
and the products' own order of writing allow for.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import shutil
import tarfile
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pywrangler.credentials.platform_key import load_or_create
from pywrangler.errors import PywranglerError
from pywrangler.file_hashes import sha256_of
from pywrangler.local.daemon.moving.parts import exported_files
from pywrangler.local.daemon.moving.suspending import suspended
from pywrangler.local.protocol import DATABASE_NAME
from pywrangler.local.rest.operations import Exported
from pywrangler.local.store import Store
from pywrangler.local.store.moving.manifest import STATE, ExportManifest, newest_schema
from pywrangler.local.store.moving.sealing import seal
from pywrangler.local.workerd.leftovers import runtimes_below
from pywrangler.sensitive import Sensitive

log = logging.getLogger(__name__)

COPY_SECONDS = 120.0
"""How long Workers may have to wait."""
ATTEMPTS = 3
PIECE_BYTES = 1024 * 1024


class Exporter:
    """Makes one export at a time."""

    def __init__(self, store: Store, home: Path) -> None:
        self._store = store
        self._home = home
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def exported(self, passphrase: Sensitive[str] | None) -> AsyncIterator[Exported]:
        """An export, whose file is removed with the context; without secrets if there is no passphrase.

        Raises `PywranglerError`.
        """
        async with self._lock:
            key = None
            if passphrase is not None:
                key = await asyncio.to_thread(lambda: seal(load_or_create(self._home), passphrase))
            # The directory is emptied at every start.
            place = Path(tempfile.mkdtemp(prefix="export-", dir=self._store.uploads_directory))
            try:
                begin = time.monotonic()
                try:
                    await self._write_state(place)
                except OSError as error:
                    raise _not_copied(self._home, error) from error
                log.info("export: copying the state took %.2f s", time.monotonic() - begin)
                state = place / STATE
                manifest = ExportManifest(
                    size=state.stat().st_size,
                    sha256=await asyncio.to_thread(sha256_of, state),
                    schema=newest_schema(),
                    created=datetime.now(UTC).isoformat(timespec="seconds"),
                    key=key,
                )
                yield Exported(manifest.header(), state, manifest.end())
            finally:
                await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)

    async def _write_state(self, place: Path) -> None:
        """Write it; again if the platform changed meanwhile."""
        for _ in range(ATTEMPTS):
            async with suspended(self._home) as pids:
                database = place / DATABASE_NAME
                database.unlink(missing_ok=True)
                self._store.copy_to(database)
                # In the same turn of the loop as the copy of the database, which names the files of Workers.
                try:
                    files = list(exported_files(self._home))
                    await _copied(place / STATE, database, files, self._home)
                except (FileNotFoundError, _ChangedError) as error:
                    log.info("export: %s; once more", error)
                    continue
                if {each.pid for each in await asyncio.to_thread(runtimes_below, self._home)} <= pids:
                    return
        raise PywranglerError(
            "The local platform could not be exported: Workers started and ended meanwhile.",
            hint="Repeat the command when no deploy is under way.",
            code="export-late",
        )


async def _copied(target: Path, database: Path, files: Sequence[Path], home: Path) -> None:
    """Copy in a thread, which ends before this returns, however it returns."""
    ended = threading.Event()
    copying = asyncio.ensure_future(asyncio.to_thread(_copy, target, database, files, home, ended))
    try:
        await asyncio.shield(copying)
    except asyncio.CancelledError:
        ended.set()
        await asyncio.wait({copying})
        raise


def _copy(target: Path, database: Path, files: Sequence[Path], home: Path, ended: threading.Event) -> None:
    deadline = time.monotonic() + COPY_SECONDS
    with target.open("wb") as raw, tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.copybufsize = PIECE_BYTES  # type: ignore[attr-defined]
        _add(archive, database, DATABASE_NAME, deadline, ended)
        for file in files:
            _add(archive, file, str(file.relative_to(home)), deadline, ended)


def _add(archive: tarfile.TarFile, file: Path, name: str, deadline: float, ended: threading.Event) -> None:
    info = tarfile.TarInfo(name)
    if file.is_dir():
        info.type, info.mode = tarfile.DIRTYPE, 0o700
        archive.addfile(info)
        return
    with file.open("rb", buffering=0) as opened:
        found = os.fstat(opened.fileno())
        info.size, info.mtime, info.mode = found.st_size, found.st_mtime, 0o600
        archive.addfile(info, _Watched(opened, file, info.size, deadline, ended))  # type: ignore[arg-type]


class _ChangedError(Exception):
    """A file became shorter while it was copied."""


class _Watched:
    """The first `size` bytes of a file, for as long as they may be read."""

    def __init__(
        self, opened: IO[bytes], file: Path, size: int, deadline: float, ended: threading.Event
    ) -> None:
        self._opened, self._file, self._left = opened, file, size
        self._deadline, self._ended = deadline, ended

    def read(self, size: int) -> bytes:
        """At most `size` bytes, as `tarfile` asks for them."""
        if self._ended.is_set() or time.monotonic() > self._deadline:
            raise PywranglerError(
                "The local platform was not exported:"
                f" copying its state took more than {COPY_SECONDS:.0f} s.",
                hint="Repeat the command when the machine has less to do. Workers wait during the copy.",
                code="export-late",
            )
        piece = self._opened.read(min(size, self._left))
        if not piece and self._left:
            raise _ChangedError(f"{self._file} became shorter")
        self._left -= len(piece)
        return piece


def _not_copied(home: Path, error: OSError) -> PywranglerError:
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return PywranglerError(
        f"The local platform's state could not be copied within `{home}`: {error.strerror or error}.",
        hint="Make as much room there as the state takes, then repeat the command." if is_full else None,
        code="disk-full" if is_full else "not-written",
    )
