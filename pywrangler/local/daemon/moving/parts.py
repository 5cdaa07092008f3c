"""Which files of the platform's directory are its state."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from pywrangler.local.protocol import DATABASE_NAME

EXPORTED = (
    *("workers", "assets", "durable-objects", "key-values", "r2", "d1", "queues"),
    *("registry/blobs", "registry/repositories", "analytics", "emails"),
)
"""Directories, besides the database."""
DROPPED = ("caches", "container-logs", "released-images")
"""What belongs to the former state only, and is removed when another one takes its place."""
BESIDE_DATABASE = tuple(f"{DATABASE_NAME}{suffix}" for suffix in ("-wal", "-shm"))
OWN = frozenset(("workerd.capnp", "workerd.pid"))
"""Files that every start writes again; the first one may hold private keys."""
OWN_ENDINGS = (".log", ".log.1", ".sqlite-shm")


def is_exported(name: str) -> bool:
    """Whether a file of this name belongs to the state."""
    return name not in OWN and not name.endswith(OWN_ENDINGS)


def exported_files(home: Path) -> Iterator[Path]:
    """All directories and regular files of the state, without the database; a directory before its files."""
    for part in EXPORTED:
        for directory, directories, files in os.walk(home / part):
            directories.sort()
            yield Path(directory)
            for name in sorted(files):
                file = Path(directory, name)
                if is_exported(name) and stat.S_ISREG(file.lstat().st_mode):
                    yield file
