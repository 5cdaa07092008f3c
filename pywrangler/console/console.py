"""The one object through which a command speaks."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import IO, Any

from pywrangler.console import prompts
from pywrangler.console.progress import PlainProgress, Progress, SilentProgress
from pywrangler.console.tables import short_ids, write_records, write_table
from pywrangler.console.visible import ascii_json, visible_json, visible_line, visible_lines
from pywrangler.errors import PywranglerError, UsageError
from pywrangler.sensitive import without_credentials


class LogLevel(IntEnum):
    """How much is printed on standard error; results are always printed."""

    NONE = 0
    ERROR = 1
    WARN = 2
    INFO = 3
    LOG = 4
    DEBUG = 5

    @classmethod
    def parse(cls, text: str) -> LogLevel:
        """The level named `text`, in any case; raises `UsageError` for another word."""
        try:
            return cls[text.upper()]
        except KeyError:
            names = ", ".join(level.name.lower() for level in cls)
            raise UsageError(f"`{text}` is not a log level.", hint=f"Use one of: {names}.") from None


def is_terminal(stream: IO[str]) -> bool:
    """Whether a user looks at `stream`."""
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


class Console:
    """Writes messages and results, in colour and with live progress where a terminal shows them.

    Every text is made visible first (`pywrangler.console.visible`). It is one line, unless `multiline` says
    that its line breaks are meant.

    `interactive` says whether questions may be asked; without it `confirm` and the like raise `UsageError`.
    """

    def __init__(
        self,
        *,
        stdout: IO[str],
        stderr: IO[str],
        environment: Mapping[str, str],
        stdin: IO[str] | None = None,
        level: LogLevel = LogLevel.LOG,
        interactive: bool = False,
        as_json: bool = False,
    ) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self.stdin = stdin
        self.level = level
        self.interactive = interactive
        self.as_json = as_json
        self._progress: Progress | None = None
        plain = bool(environment.get("NO_COLOR")) or environment.get("TERM") == "dumb"
        self._columns = environment.get("COLUMNS", "")
        self.is_fancy = is_terminal(stderr) and not plain
        self.is_fancy_output = is_terminal(stdout) and not plain

    def info(self, text: str, *, multiline: bool = False) -> None:
        """Say something in passing."""
        self._say(LogLevel.LOG, _visible(text, multiline))

    def success(self, text: str) -> None:
        """Say that something is done."""
        self._say(LogLevel.LOG, self._paint(visible_line(text), "green"))

    def warning(self, text: str, *, multiline: bool = False) -> None:
        """Say what the user should know although the command continues."""
        self._say(LogLevel.WARN, f"{self._paint('Warning:', 'yellow')} {_visible(text, multiline)}")

    def debug(self, text: str, *, multiline: bool = False) -> None:
        """Say what helps to find a mistake, at `--log-level debug` only."""
        self._say(LogLevel.DEBUG, self._paint(_visible(text, multiline), "bright_black"))

    def error(self, error: PywranglerError) -> None:
        """Say why the command failed: message, hint and detail; with `--json` one line of JSON.

        The JSON goes to standard error too, as its last line: standard output holds results only.
        """
        if self.as_json:
            self._say(LogLevel.ERROR, json.dumps({"error": error.as_json()}))
            return
        message = f"{self._paint('Error:', 'red')} {visible_line(error.message)}"
        more = [visible_lines(part).rstrip("\n") for part in (error.detail, error.hint) if part]
        self._say(LogLevel.ERROR, "\n\n".join((message, *more)))

    def result(self, text: str, *, multiline: bool = False) -> None:
        """Print a result as a line of text."""
        _write(self.stdout, _visible(text, multiline) + "\n")

    def json(self, value: object) -> None:
        """Print a result as indented JSON."""
        self.json_text(json.dumps(value, indent=2, ensure_ascii=False))

    def json_text(self, text: str) -> None:
        """Print a result that is JSON already."""
        shown = visible_json(text)
        try:
            self.stdout.write(shown + "\n")
        except UnicodeEncodeError:
            self.stdout.write(ascii_json(shown) + "\n")

    def write(self, content: bytes) -> None:
        """Print a result byte for byte, with nothing added. On a terminal, control characters are escapes.

        Raises `UsageError` for what is not text where it would go to a terminal.
        """
        if is_terminal(self.stdout):
            _write(self.stdout, visible_lines(_text(content)))
            return
        self.stdout.flush()
        raw = getattr(self.stdout, "buffer", None)
        if raw is None:
            self.stdout.write(content.decode("utf-8", "replace"))
        else:
            raw.write(content)
            raw.flush()

    def clear_screen(self) -> None:
        """Let the next result begin at the top of the terminal, in place of what is shown there."""
        if is_terminal(self.stdout):
            self.stdout.write("\x1b[H\x1b[J")

    def flush(self) -> None:
        """Hand over the results that were printed so far."""
        self.stdout.flush()

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, ids: str | None = None) -> None:
        """Print rows under upper-case column names; None shows as `-`. Records where they are too wide.

        On a terminal the column `ids` and times are shortened; elsewhere scripts read them whole.
        """
        if ids is not None and rows and is_terminal(self.stdout):
            at = columns.index(ids)
            short = short_ids([row[at] for row in rows])
            rows = [[*row[:at], each, *row[at + 1 :]] for row, each in zip(rows, short, strict=True)]
        if is_terminal(self.stdout):
            from pywrangler.console.times import local_moment, short_time

            today = local_moment(time.time()).partition(" ")[0]
            rows = [[short_time(value, today) for value in row] for row in rows]
        write_table(self.stdout, columns, rows, fancy=self.is_fancy_output, width=self._output_width())

    def record(self, fields: Sequence[tuple[str, Any]]) -> None:
        """Print one thing as lines of a name and a value each; None shows nothing."""
        names, values = [name for name, _ in fields], [value for _, value in fields]
        write_records(self.stdout, names, [values], fancy=self.is_fancy_output, width=self._output_width())

    def _output_width(self) -> int | None:
        """How wide a line of standard output may be; None: any. COLUMNS may name another width than the
        terminal has.

        In a pipe a table stays a table, whatever COLUMNS says: scripts count on its columns.
        """
        if not is_terminal(self.stdout):
            return None
        if self._columns.isdecimal() and int(self._columns) > 0:
            return int(self._columns)
        try:
            return os.get_terminal_size(self.stdout.fileno()).columns or None
        except (OSError, ValueError):
            return None

    def progress(self) -> Progress:
        """A context in which several tasks show how far they are, at the same time; see `Progress`."""
        self._progress = self._new_progress()
        return self._progress

    def _new_progress(self) -> Progress:
        if self.level < LogLevel.LOG:
            return SilentProgress()
        if self.is_fancy:
            from pywrangler.console.live import LiveProgress

            return LiveProgress(self.stderr)
        return PlainProgress(self.stderr)

    def confirm(self, question: str, *, default: bool = False) -> bool:
        """Ask a yes-or-no question on the terminal."""
        return prompts.confirm(self._asking(question), visible_line(question), default=default)

    def ask(self, question: str, *, default: str | None = None) -> str:
        """Ask for a line of text."""
        return prompts.ask(self._asking(question), visible_line(question), default=default)

    def ask_secret(self, question: str) -> str:
        """Ask for a line that is not shown while it is typed."""
        return prompts.ask_secret(self._asking(question), visible_line(question))

    def choose(self, question: str, options: Sequence[str]) -> int:
        """Ask for one of `options`; returns its index."""
        return prompts.choose(self._asking(question), visible_line(question), [*map(visible_line, options)])

    def _asking(self, question: str) -> prompts.Terminal:
        if not self.interactive or self.stdin is None:
            raise UsageError(
                f'No user can be asked "{question}".',
                hint="Run the command on a terminal, without `CI` in the environment, or pass the option.",
            )
        return prompts.Terminal(self.stdin, self.stderr)

    def _say(self, level: LogLevel, text: str) -> None:
        if level > self.level:
            return
        text = without_credentials(text)
        if self._progress is not None and self._progress.is_open and self.level >= LogLevel.LOG:
            self._progress.write(text)
        else:
            self._write_error(text)

    def _write_error(self, text: str) -> None:
        try:
            _write(self.stderr, text + "\n")
            self.stderr.flush()
        except BrokenPipeError:
            raise
        except OSError:
            pass  # a full disk: there is no other place to say it

    def _paint(self, text: str, colour: str) -> str:
        if not self.is_fancy:
            return text
        from typer import style

        return style(text, fg=colour)


def _visible(text: str, multiline: bool) -> str:
    return visible_lines(text) if multiline else visible_line(text)


def _text(content: bytes) -> str:
    """The text that `content` is. Raises `UsageError`."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise UsageError(
            f"The value is not text ({len(content)} bytes), so it is not written to a terminal.",
            hint="Write it into a file: add `> FILE` to the command.",
        ) from error


def _write(stream: IO[str], text: str) -> None:
    """Write `text`; characters that the stream's encoding does not have become escapes."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = getattr(stream, "encoding", None) or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
