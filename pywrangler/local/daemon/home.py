"""Checks that the directory of a running platform still exists, and that the status file still leads to the
platform.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pywrangler.local.daemon.directories import Directories, remove_runtime
from pywrangler.local.protocol import Status

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
SIGHTS = 2
"""How many times in a row a loss must be seen, because removing a directory removes its files one by one."""
COMPANIONS = ("api.json", "platform-key.json", "workers")
"""If these are missing, too, the user removes the directory, and the status file must not be written again.
"""


@dataclass(frozen=True)
class Sight:
    """The files at the platform's paths: device and inode, None for nothing, "?" if unknown."""

    directory: str | None
    database: str | None
    runtime: str | None = "?"
    """The directory for sockets, which may be below /tmp, where other programs clean up."""
    has_companions: bool = True
    has_status: bool = True
    """Whether the status file has the content that the platform wrote."""


def what_is_gone(first: Sight, now: Sight) -> str | None:
    """The loss of the platform's directory or data, in words; None if it still has its directory and its
    data.
    """
    if now.directory != first.directory and now.directory != "?":
        return (
            "its directory was removed" if now.directory is None else "its directory was replaced by another"
        )
    if now.runtime != first.runtime and now.runtime != "?":
        return "its directory for sockets was removed"
    if now.database != first.database and now.database != "?":
        return "its database was removed" if now.database is None else "its database was replaced by another"
    return None


def file_id(file: Path) -> str | None:
    """Device and inode of a file or directory; None if it does not exist, "?" if unknown."""
    try:
        found = file.stat()
    except OSError as error:
        return None if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP) else "?"
    return f"{stat.S_IFMT(found.st_mode)}:{found.st_dev}:{found.st_ino}"


class Home:
    """The directory as it was when the platform started in it. Create it when the database is open."""

    def __init__(self, directories: Directories, status: Status) -> None:
        self._directories = directories
        self._status = status
        self._first = self._look()

    @property
    def is_there(self) -> bool:
        """Whether the platform's paths still lead to its own directory."""
        return what_is_gone(self._first, replace(self._look(), runtime=self._first.runtime)) is None

    def announce(self) -> None:
        """Write the status file by which the command line finds the platform."""
        self._directories.unfinished.touch(mode=0o600)
        self._status.write(self._directories.home)

    def withdraw(self) -> None:
        """Remove the status file, unless it belongs to another platform."""
        with contextlib.suppress(OSError):
            if self._says_status():
                Status.file(self._directories.home).unlink()

    def finish(self) -> None:
        """Note that everything of the platform has ended, and remove its sockets, and files of requests that
        could not be removed at their end: without a free descriptor no directory can be.
        """
        if self.is_there:
            remove_runtime(self._directories.runtime)
            for left in list(self._directories.uploads.glob("*")):
                shutil.rmtree(left, ignore_errors=True)
            with contextlib.suppress(OSError):
                self._directories.unfinished.unlink()

    async def watch(self, gone: Callable[[str], None]) -> None:
        """Check regularly. Write a lost status file again; if the directory or data are lost, call `gone`
        with what was lost, and return.
        """
        losses = mends = 0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            sight = self._look()
            lost = what_is_gone(self._first, sight)
            losses = losses + 1 if lost else 0
            mends = mends + 1 if not lost and not sight.has_status and sight.has_companions else 0
            if lost and losses >= SIGHTS:
                gone(lost)
                return
            if mends >= SIGHTS:
                mends = 0
                log.warning("The status file was removed or changed; it is written again.")
                with contextlib.suppress(OSError):
                    self._status.write(self._directories.home)

    def _look(self) -> Sight:
        home = self._directories.home
        return Sight(
            file_id(home),
            file_id(self._directories.database),
            file_id(self._directories.runtime),
            all((home / name).exists() for name in COMPANIONS),
            self._says_status(),
        )

    def _says_status(self) -> bool:
        return Status.read(self._directories.home) == self._status
