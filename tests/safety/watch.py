"""Where a secret could come to light: other processes' arguments, files, and who may read them."""

from __future__ import annotations

import stat
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

INTERVAL_SECONDS = 0.002


@dataclass
class Arguments:
    """The command lines and environments that all processes of this machine had while it was watched."""

    seen: set[bytes] = field(default_factory=set)
    environments: set[tuple[bytes, bytes]] = field(default_factory=set)
    """With the command line of each."""
    _known: set[tuple[str, bytes]] = field(default_factory=set)
    """Ids and command lines of processes whose environment was read."""

    def holding(self, planted: Mapping[str, str]) -> list[str]:
        """Names of planted values that stood in a command line."""
        return [
            name
            for name, value in planted.items()
            if any(value.encode() in line for line in self.seen.copy())
        ]

    def in_environments(self, planted: Mapping[str, str]) -> dict[str, set[str]]:
        """Names of planted values that stood in an environment, with the programs that had it."""
        found: dict[str, set[str]] = {}
        for name, value in planted.items():
            for line, environment in self.environments.copy():
                if value.encode() in environment:
                    found.setdefault(name, set()).add(Path(line.partition(b"\0")[0].decode()).name)
        return found

    def look(self) -> None:
        """Look once."""
        for directory in Path("/proc").iterdir():
            if directory.name.isdigit():
                try:
                    self._note(directory)
                except OSError:
                    continue  # it has ended

    def _note(self, process: Path) -> None:
        line = (process / "cmdline").read_bytes()
        if not line:
            return  # it has ended, or begins another program just now
        self.seen.add(line)
        if (process.name, line) not in self._known:
            self._known.add((process.name, line))
            self.environments.add((line, (process / "environ").read_bytes()))


@contextmanager
def watched_arguments() -> Iterator[Arguments]:
    """Watch for as long as the context is open."""
    arguments, ended = Arguments(), threading.Event()

    def watch() -> None:
        while not ended.wait(INTERVAL_SECONDS):
            arguments.look()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield arguments
    finally:
        ended.set()
        thread.join()


def files_below(*directories: Path) -> Iterator[Path]:
    """Every regular file below the directories."""
    for directory in directories:
        yield from (file for file in directory.rglob("*") if file.is_file() and not file.is_symlink())


def files_holding(value: str, files: Iterable[Path]) -> list[Path]:
    """The files in which a value stands as it is."""
    return [file for file in files if value.encode() in _content(file)]


def is_private(file: Path) -> bool:
    """Whether only the owner may read the file itself."""
    return not file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""  # it has gone
