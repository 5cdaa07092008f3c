"""Writes events to standard output, whichever thread they come from, and makes events of messages."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import IO, Self

from pywrangler.commands.dev.events import OWN, DevEvent, EventType, as_json, as_lines, colour_of
from pywrangler.console import Console, LogLevel, visible_json, without_colours
from pywrangler.errors import PywranglerError

WIDEST_SOURCE = 28
PAINTED = {EventType.ERROR: "red", EventType.WARNING: "yellow", EventType.READY: "green"}
CLEAR = "\x1b[H\x1b[2J\x1b[3J"


class Output:
    """The one stream. A stream that is gone is reported once, and nothing more is written."""

    def __init__(self, stream: IO[str], *, as_json: bool, is_fancy: bool, lost: Callable[[], None]) -> None:
        self._stream = stream
        self._as_json = as_json
        self._is_fancy = is_fancy
        self._lost = lost
        self._is_lost = False
        self._lock = threading.Lock()
        self._colours: dict[str, str] = {}
        self._width = 8

    def show(self, event: DevEvent) -> None:
        """Write an event."""
        event = (
            event if event.time else DevEvent(event.type, event.text, event.source, time.time(), event.fields)
        )
        with self._lock:
            self._write(visible_json(as_json(event)) + "\n" if self._as_json else self._lines(event))

    def clear(self) -> None:
        """Clear the screen, if this is a terminal."""
        if self._is_fancy and not self._as_json:
            with self._lock:
                self._write(CLEAR)

    def _lines(self, event: DevEvent) -> str:
        self._width = max(self._width, min(len(event.source), WIDEST_SOURCE))
        colour = self._colours.setdefault(event.source, colour_of(event.source, self._colours))
        return "".join(
            f"{self._paint(head, colour)}  {self._paint(text, PAINTED.get(event.type))}\n"
            for head, text in as_lines(event, self._width)
        )

    def _paint(self, text: str, colour: str | None) -> str:
        if not self._is_fancy or colour is None:
            return text
        from typer import style

        return style(text, fg=colour)

    def _write(self, text: str) -> None:
        if self._is_lost:
            return
        try:
            try:
                self._stream.write(text)
            except UnicodeEncodeError:
                self._stream.write(text.encode("ascii", "backslashreplace").decode())
            self._stream.flush()
        except (OSError, ValueError):
            self._is_lost = True
            self._lost()


class DevConsole(Console):
    """The console of a run that is a stream of events: messages become events, and are said once. `source` is
    the events' source.
    """

    def __init__(
        self, output: Output, level: LogLevel, like: Console, source: str = OWN, **streams: IO[str]
    ) -> None:
        super().__init__(**streams, environment={}, level=level, interactive=False, as_json=like.as_json)
        self._output = output
        self.source = source
        self._said: set[str] = set()
        self._before: set[str] = set()

    def begin_change(self) -> None:
        """From now on, a warning that came with the change before is not repeated."""
        self._before, self._said = self._said, set()

    def info(self, text: str, *, multiline: bool = False) -> None:  # noqa: ARG002 - lines stay lines
        self._show(LogLevel.LOG, EventType.INFO, text)

    def success(self, text: str) -> None:
        self._show(LogLevel.LOG, EventType.INFO, text)

    def debug(self, text: str, *, multiline: bool = False) -> None:  # noqa: ARG002 - lines stay lines
        self._show(LogLevel.DEBUG, EventType.INFO, text)

    def warning(self, text: str, *, multiline: bool = False) -> None:  # noqa: ARG002 - lines stay lines
        self._said.add(text)
        if text not in self._before:
            self._show(LogLevel.WARN, EventType.WARNING, text if self.as_json else f"Warning: {text}")

    def error(self, error: PywranglerError) -> None:
        parts = (f"{'' if self.as_json else 'Error: '}{error.message}", error.detail, error.hint)
        text = "\n".join(part.rstrip("\n") for part in parts if part)
        fields = {"error": json.loads(json.dumps(error.as_json(), default=str))}
        self._show(LogLevel.ERROR, EventType.ERROR, error.message if self.as_json else text, fields)

    def progress(self) -> DevProgress:
        return DevProgress(self._output if self.level >= LogLevel.LOG else None, self.source)

    def _show(
        self, level: LogLevel, kind: EventType, text: str, fields: dict[str, object] | None = None
    ) -> None:
        if level <= self.level:
            self._output.show(DevEvent(kind, text, self.source, fields=fields or {}))


class DevProgress:
    """Tasks as lines of the stream."""

    is_open = False

    def __init__(self, output: Output | None, source: str) -> None:
        self._output = output
        self._source = source

    def task(self, title: str) -> DevTask:
        """Begin another task."""
        return DevTask(self, title)

    def write(self, line: str) -> None:
        """Write a whole line."""
        if self._output is not None:
            self._output.show(DevEvent(EventType.STEP, without_colours(line), self._source))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass


class DevTask:
    """One task."""

    def __init__(self, progress: DevProgress, title: str) -> None:
        self._progress = progress
        self._title = title
        self._last: str | None = None

    def update(self, text: str) -> None:
        """What it is doing now."""
        if text != self._last:
            self._last = text
            self._progress.write(f"{self._title}: {text}")

    def advance(self, done: float, total: float | None = None) -> None:
        """Amounts are not shown."""

    def done(self, text: str = "done") -> None:
        """It is finished."""
        self.update(text)

    def failed(self, text: str = "failed") -> None:
        """It did not work."""
        self.update(text)
