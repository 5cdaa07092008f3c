"""A Worker's log: lines from `workerd`, kept in a bounded file and sent to followers.

The file holds one JSON object per line (`time`, `stream`, `text`). When it is full it becomes `<name>.1`, so
that the last lines always stay readable.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from pywrangler.local.workerd.followers import Followers

Stream = Literal["stdout", "stderr", "platform"]
STREAMS = frozenset(get_args(Stream))

MISSING_CLASS = re.compile(
    r'A DurableObjectNamespace in the config referenced the class "(.+?)", but no such Durable Object class'
)
NOT_PUBLIC = re.compile(r"e = \S+: failed: connecting to (\S+) is not allowed\n")
NO_CLASS = "The Worker exports no Durable Object class"
MAX_FILE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Line:
    """One entry of a log; `text` may have several lines. `time` is seconds since the epoch."""

    time: float
    stream: Stream
    text: str


def size_of(line: Line) -> int:
    """About how many bytes of memory a line takes."""
    return 250 + len(line.text)


class RuntimeLine(NamedTuple):
    """One line that `workerd` wrote; `is_own` says that it is its own message and not the Worker's."""

    stream: Stream
    text: str
    is_own: bool

    @property
    def is_internal(self) -> bool:
        """Whether it is marked as a message for workerd's developers."""
        return self.is_own and (self.text.startswith("NOSENTRY") or "worker_do_not_log" in self.text)

    @property
    def is_missing_class(self) -> bool:
        """Whether it reports that the code lacks a class."""
        return self.is_own and self.text.startswith(NO_CLASS)


def parse_runtime_line(raw: str) -> RuntimeLine:
    """What `workerd` wrote.

    workerd (2026-11-17) writes console calls and its own messages as JSON objects with `level` and `message`;
    its own have a `source`, too. Messages before logging is set up are plain text.
    """
    try:
        entry = json.loads(raw)
        level, message = entry["level"], entry["message"]
        if not isinstance(message, str):
            raise TypeError("no text")
    except (ValueError, KeyError, TypeError, RecursionError):
        return RuntimeLine("stderr", readable(raw), is_own=True)
    stream: Stream = "stderr" if level in ("warn", "warning", "error", "fatal") else "stdout"
    is_own = "source" in entry
    return RuntimeLine(stream, readable(message) if is_own else message, is_own)


def readable(message: str) -> str:
    """One of workerd's own messages without places in its source and names of services."""
    message = re.sub(r"^service worker: ", "", message)
    if found := MISSING_CLASS.match(message):
        return f'{NO_CLASS} "{found[1]}".'
    if found := NOT_PUBLIC.match(message):
        return (
            f"A request to `{found[1]}` was refused: a Worker reaches public addresses only. "
            "Without a default export, it sends the requests that it gets to where they name."
        )
    return re.sub(r"^Uncaught exception: \S+ failed: (?:remote\.)?jsg\.(\w+: )", r"Uncaught \1", message)


class LogBook:
    """The log of one Worker, or of the platform. Owns its file; is used from one event loop."""

    def __init__(
        self,
        file: Path,
        *,
        clock: Callable[[], float] = time.time,
        max_bytes: int = MAX_FILE_BYTES,
        makes_directory: bool = True,
    ) -> None:
        self._file = file
        self._makes_directory = makes_directory
        self._clock = clock
        self._max_bytes = max_bytes
        self._followers: Followers[Line] = Followers(size_of)

    @property
    def _older_file(self) -> Path:
        return self._file.with_name(self._file.name + ".1")

    def add(self, stream: Stream, text: str) -> None:
        """Write a line of this moment."""
        self.add_lines([Line(self._clock(), stream, text)])

    def add_lines(self, lines: Sequence[Line]) -> None:
        """Write lines. A full disk must not stop the Worker: followers still get lines that cannot be
        written.
        """
        with contextlib.suppress(OSError):
            self._write("".join(json.dumps(asdict(line), ensure_ascii=False) + "\n" for line in lines))
        for line in lines:
            self._followers.tell(line)

    def _write(self, text: str) -> None:
        if (
            self._makes_directory
        ):  # but never its parent: if the platform's directory was removed, that was on purpose
            self._file.parent.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, text.encode("utf-8", "replace"))
            is_full = os.fstat(descriptor).st_size > self._max_bytes
        finally:
            os.close(descriptor)
        if is_full:
            self._file.replace(self._older_file)

    def tail(self, count: int | None) -> list[Line]:
        """The last `count` lines (None: all), oldest first."""
        return list(deque(self.lines(), maxlen=None if count is None else max(count, 0)))

    def lines(self) -> Iterator[Line]:
        """All lines, oldest first, also if the file becomes full while a slow reader takes them."""
        read: set[int] = set()
        for file in (self._older_file, self._older_file, self._file):
            try:
                with file.open(encoding="utf-8", errors="replace") as stream:
                    number = os.fstat(stream.fileno()).st_ino
                    if file is self._file or number not in read:
                        read.add(number)
                        yield from filter(None, map(_parse_stored, stream))
            except OSError:
                continue

    async def read(self, tail: int, *, follow: bool = False) -> AsyncIterator[Line]:
        """The last `tail` lines; with `follow` then new ones, until the caller stops or the log is closed."""
        with self._followers.join() as follower:
            for line in self.tail(tail):
                yield line
            if follow:
                async for fresh in follower.read():
                    yield fresh

    def close(self) -> None:
        """End all followers' reading. Lines can still be added."""
        self._followers.dismiss()


def _parse_stored(text: str) -> Line | None:
    """A stored line; None for one that a crash cut short, or that something else wrote."""
    try:
        line = Line(**json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return None
    is_sound = isinstance(line.time, float | int) and isinstance(line.text, str) and line.stream in STREAMS
    return line if is_sound else None
