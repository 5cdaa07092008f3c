"""A program in a terminal of its own, for tests that type keys and look at the screen."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Sequence
from types import TracebackType

CONTROL = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|[=>])")


def plain(text: str) -> str:
    """What a terminal shows of `text`, without colours and the like."""
    return CONTROL.sub("", text).replace("\r\n", "\n")


class Shell:
    """A program whose standard streams are a terminal of `columns` columns."""

    def __init__(self, command: Sequence[str], *, columns: int = 80) -> None:
        self._command = list(command)
        self._columns = columns
        self._text = ""
        # A character may come in two pieces.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def __enter__(self) -> Shell:
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, self._columns, 0, 0))
            # Named as a whole: readline sets COLUMNS and LINES where `os.environ` does not show them.
            sizes = ("COLUMNS", "LINES")
            environment = {name: value for name, value in os.environ.items() if name not in sizes}
            os.execvpe(self._command[0], self._command, environment | {"TERM": "xterm"})  # noqa: S606
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        os.close(self._terminal)
        os.waitpid(self._pid, 0)

    def type(self, keys: str) -> None:
        """Press these keys."""
        os.write(self._terminal, keys.encode())

    def read_until(self, wanted: str, *, seconds: float = 20.0) -> str:
        """All that was shown since the last call, once `wanted` is among it."""
        end = time.monotonic() + seconds
        while wanted not in self._text:
            assert time.monotonic() < end, f"no {wanted!r} in {self._text!r}"
            if not self._read_some():
                raise AssertionError(f"the program ended without {wanted!r}: {self._text!r}")
        text, self._text = self._text, ""
        return text

    def read_all(self, *, seconds: float = 30.0) -> str:
        """All that is shown until the program ends, without colours and the like."""
        end = time.monotonic() + seconds
        while self._read_some():
            assert time.monotonic() < end, f"the output does not end: {self._text!r}"
        return plain(self._text)

    def _read_some(self) -> bool:
        if not select.select([self._terminal], [], [], 0.2)[0]:
            return True
        try:
            piece = os.read(self._terminal, 65536)
        except OSError:  # the program ended
            return False
        self._text += self._decoder.decode(piece)
        return bool(piece)
