"""The directories and the status file by which the command line finds the platform's process.

Standard library only, because both sides import it and start-up counts. The directory is `$PYWRANGLER_HOME`,
else the platform's data directory; everything in it is private to the user (mode 0700).
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pywrangler.private_files import write_private

HOME_VARIABLE = "PYWRANGLER_HOME"
WORKER_PORT_VARIABLE = "PYWRANGLER_WORKER_PORT"
"""First port for Workers' addresses; each Worker takes the next free one from here."""
DEFAULT_WORKER_PORT = 8787
ALREADY_RUNNING_STATUS = 75
"""Exit status of a platform process that found another one running for the same directory."""
CLEAN_UP_ARGUMENT = "--clean-up"
"""An argument: the process ends what a killed platform left, and then exits."""
FOREGROUND_ARGUMENT = "--foreground"
"""An argument: a service manager watches the process and keeps what it writes to standard error."""
IMPORT_ARGUMENT = "--import"
"""An argument before the name of a file: the process imports that, as standard input says, and then exits."""
PASSPHRASE_MISSING = "passphrase-missing"  # noqa: S105 - an error's code
"""The code of the error for a file whose secrets need a passphrase."""
LARGEST_STATUS_BYTES = 64 * 1024
LARGEST_PID = 2**31 - 1
LOCK_NAME = "platform.lock"
DATABASE_NAME = "platform.sqlite"
UNFINISHED_NAME = "platform.unfinished"
"""A file that exists while a platform runs, and afterwards if the platform could not end everything."""


def home_directory(environment: Mapping[str, str]) -> Path:
    """The directory of the local platform's state; it may not exist yet."""
    if chosen := environment.get(HOME_VARIABLE):
        return Path(chosen).expanduser().absolute()
    user_home = Path(environment.get("HOME") or Path.home())
    if sys.platform == "darwin":
        return user_home / "Library" / "Application Support" / "pywrangler"
    data = environment.get("XDG_DATA_HOME")
    return (Path(data) if data else user_home / ".local" / "share") / "pywrangler"


def directory_id(directory: Path) -> str | None:
    """The identity of the directory, whatever its name; a copy has another one. None if it does not exist."""
    try:
        found = directory.stat()
    except OSError:
        return None
    return f"{found.st_dev}:{found.st_ino}" if stat.S_ISDIR(found.st_mode) else None


def marks_of(home: Path) -> frozenset[tuple[int, int]]:
    """Device and inode of the files that every platform of this directory has open: the directory, the lock,
    the database.
    """
    marks = set()
    for file in (home, home / LOCK_NAME, home / DATABASE_NAME):
        with contextlib.suppress(OSError):
            found = file.stat()
            marks.add((found.st_dev, found.st_ino))
    return frozenset(marks)


@dataclass(frozen=True)
class Status:
    """The status file of a running platform."""

    pid: int
    url: str
    """Base address of the REST API, with `/client/v4`."""
    token: str
    account_id: str
    version: str
    """pywrangler's version that the process runs."""
    begun: str = ""
    """When the process began (`processes.begun`); empty in the file of an older version."""
    folder: str = ""
    """The identity of its directory (`directory_id`); empty in the file of an older version."""

    @staticmethod
    def file(home: Path) -> Path:
        """The path of the status file."""
        return home / "platform.json"

    def text(self) -> str:
        """The status file's content."""
        return json.dumps(asdict(self))

    def write(self, home: Path) -> None:
        """Write the status file, readable by its owner only, all at once.

        A directory of its name is moved aside.
        """
        file = self.file(home)
        try:
            write_private(file, self.text())
        except IsADirectoryError:
            file.rename(file.with_name(f"{file.name}.{os.urandom(4).hex()}"))
            write_private(file, self.text())

    @classmethod
    def read(cls, home: Path) -> Status | None:
        """The status last written; None without one, and if it is invalid."""
        text = _read_regular(cls.file(home))
        return None if text is None else cls.parse(text)

    @classmethod
    def parse(cls, text: str | bytes) -> Status | None:
        """A status from a file that any program may have written; None if it is invalid.

        Unknown fields come from a newer version. The address must be one of this machine, because the token
        is sent to it.
        """
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError):
            return None
        if not isinstance(fields, dict):
            return None
        texts = ("url", "token", "account_id", "version")
        if not all(isinstance(fields.get(name), str) and fields[name] for name in texts):
            return None
        optional = {name: fields.get(name, "") for name in ("begun", "folder")}
        if not _is_pid(fields.get("pid")) or not all(isinstance(value, str) for value in optional.values()):
            return None
        token = fields["token"]
        if not _is_loopback(fields["url"]) or not (token.isascii() and token.isprintable()):
            return None
        return cls(fields["pid"], *(fields[name] for name in texts), **optional)


def _is_pid(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_PID


def _is_loopback(url: str) -> bool:
    try:
        address = urlsplit(url)
        is_loopback = ipaddress.ip_address(address.hostname or "").is_loopback
        return address.scheme == "http" and is_loopback and bool(address.port) and url.isprintable()
    except ValueError:
        return False


def _read_regular(file: Path) -> bytes | None:
    """The content of a regular file of a sane size; None otherwise. Reading a pipe of that name must not
    block.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        content = os.read(descriptor, LARGEST_STATUS_BYTES + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return content if len(content) <= LARGEST_STATUS_BYTES else None
