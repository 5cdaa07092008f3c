"""Files of the platform and of the project that are damaged, removed or of another kind."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.scene import Scene

PAGE_BYTES = 4096
PASSPHRASE = "of the export"


def find(scene: Scene, pattern: str) -> list[Path]:
    """The files of a scene that a pattern selects: below `home/` or `project/`."""
    root, _, rest = pattern.partition("/")
    directory = {"home": scene.home, "project": scene.project.directory}[root]
    return sorted(directory.glob(rest)) if rest else [directory]


@dataclass(frozen=True)
class Removed:
    """Files or directories are removed."""

    pattern: str

    @contextmanager
    def broken(self, scene: Scene) -> Iterator[None]:
        found = find(scene, self.pattern)
        assert found, f"nothing to remove at {self.pattern}"
        for file in found:
            if file.is_dir():
                shutil.rmtree(file, ignore_errors=True)
            else:
                file.unlink()
        yield


@dataclass(frozen=True)
class Written:
    """A file has another content; the former one, or none, comes back at the end if it is to be mended."""

    pattern: str
    content: bytes
    is_mended: bool = False

    @contextmanager
    def broken(self, scene: Scene) -> Iterator[None]:
        (file,) = find(scene, self.pattern)
        former = file.read_bytes()
        file.write_bytes(self.content)
        try:
            yield
        finally:
            if self.is_mended:
                file.write_bytes(former)


@dataclass(frozen=True)
class Replaced:
    """Something else has the name of a file: a directory or a pipe."""

    pattern: str
    by: str = "directory"

    @contextmanager
    def broken(self, scene: Scene) -> Iterator[None]:
        (file,) = find(scene, self.pattern)
        file.unlink()
        if self.by == "directory":
            file.mkdir()
        else:
            os.mkfifo(file)
        yield


@dataclass(frozen=True)
class Exported:
    """Not broken yet: the state is exported into `state.tar`, and the platform stopped."""

    @contextmanager
    def broken(self, scene: Scene) -> Iterator[None]:
        scene.cli.run("local", "export", "state.tar", stdin=PASSPHRASE).check()
        scene.cli.run("local", "stop").check()
        yield


@dataclass(frozen=True)
class Damaged:
    """Pages of databases are overwritten; at the end a backup is put back."""

    pattern: str
    first_page: int = 0
    pages: int = 2

    @contextmanager
    def broken(self, scene: Scene) -> Iterator[None]:
        found = find(scene, self.pattern)
        assert found, f"nothing to damage at {self.pattern}"
        # SQLite's newest writes may still be in its log, beside the database.
        parts = [part for file in found for part in file.parent.glob(f"{file.name}*")]
        backup = {part: part.read_bytes() for part in parts}
        for file in found:
            with file.open("r+b") as opened:
                opened.seek(self.first_page * PAGE_BYTES)
                opened.write(b"\xa5" * PAGE_BYTES * self.pages)
        try:
            yield
        finally:
            for file in found:
                for part in file.parent.glob(f"{file.name}*"):
                    part.unlink()
            for part, content in backup.items():
                part.write_bytes(content)


@dataclass(frozen=True)
class Locked:
    """Another program has begun to write to a database, and goes on for as long as the context."""

    pattern: str

    @contextmanager
    def broken(self, scene: Scene) -> Iterator[None]:
        (file,) = find(scene, self.pattern)
        connection = sqlite3.connect(file, isolation_level=None, timeout=30)
        connection.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()


@dataclass(frozen=True)
class NewerSchema:
    """The database was written by a newer version of the program."""

    @contextmanager
    def broken(self, scene: Scene) -> Iterator[None]:
        with _database(scene) as connection:
            (former,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute(f"PRAGMA user_version = {former + 1000}")
        try:
            yield
        finally:
            with _database(scene) as connection:
                connection.execute(f"PRAGMA user_version = {former}")


@contextmanager
def _database(scene: Scene) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(scene.home / "platform.sqlite", isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()
