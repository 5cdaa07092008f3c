"""Progress of several tasks at the same time: the interface, and the form for where no terminal shows it.

    with console.progress() as progress:
        task = progress.task("Building web")
        task.update("step 3/7 RUN pip install")
        task.advance(done=10_000, total=250_000)
        task.done("built in 2.1 s")

Tasks may be used from threads. A task neither done nor failed when the context ends is shown as stopped.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import IO, Protocol, Self

from pywrangler.console.visible import visible_line


class Task(Protocol):
    """One thing under way."""

    def update(self, text: str) -> None:
        """What it is doing now."""

    def advance(self, done: float, total: float | None = None) -> None:
        """How much is done, in bytes or steps; `total` if it is known."""

    def done(self, text: str = "done") -> None:
        """It is finished, with what to say about it."""

    def failed(self, text: str = "failed") -> None:
        """It did not work."""


class Progress(Protocol):
    """A context that shows its tasks while it is open."""

    is_open: bool
    """Whether it is being shown, so that whole lines must be written through it."""

    def write(self, line: str) -> None:
        """Write a whole line without disturbing the tasks."""

    def task(self, title: str) -> Task:
        """Begin another task."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


class PlainProgress:
    """One line per event, for logs and pipes; amounts are left out, and a line is not said twice."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self.is_open = False

    def task(self, title: str) -> PlainTask:
        """Begin another task."""
        return PlainTask(self, title)

    def write(self, line: str) -> None:
        """Write one whole line; lines of different threads do not mix."""
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()

    def __enter__(self) -> Self:
        self.is_open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.is_open = False


class PlainTask:
    """A task whose events are lines that begin with its title."""

    def __init__(self, progress: PlainProgress, title: str) -> None:
        self._progress = progress
        self._title = title
        self._last: str | None = None

    def update(self, text: str) -> None:
        """What it is doing now."""
        self._write(text)

    def advance(self, done: float, total: float | None = None) -> None:
        """Amounts are for terminals."""

    def done(self, text: str = "done") -> None:
        """It is finished."""
        self._write(text)

    def failed(self, text: str = "failed") -> None:
        """It did not work."""
        self._write(text)

    def _write(self, text: str) -> None:
        if text != self._last:
            self._last = text
            self._progress.write(visible_line(f"{self._title}: {text}"))


class SilentProgress(PlainProgress):
    """Prints nothing: for `--log-level warn` and below."""

    def __init__(self) -> None:
        import io

        super().__init__(io.StringIO())

    def write(self, line: str) -> None:
        """Drop the line."""
