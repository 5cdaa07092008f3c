"""Standard input, output and error as a run needs them, whatever the process was started with."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from typing import TextIO

NAMES = {0: "stdin", 1: "stdout", 2: "stderr"}


def open_closed_streams() -> None:
    """Redirect closed standard streams to the null device.

    Otherwise the next file that is opened, here or in a program that is started, would take their place.
    Reading a closed standard input is an error, because its end must not count as an empty value.
    """
    for number, name in NAMES.items():
        if getattr(sys, name) is None:
            with contextlib.suppress(OSError):
                _lead_nowhere(number)
                setattr(sys, name, _writer(number) if number else io.TextIOWrapper(ClosedInput()))


class ClosedInput(io.BufferedIOBase):
    """In place of a closed standard input: every read is an `OSError`. Started programs read nothing."""

    def readable(self) -> bool:
        """It is a stream for reading."""
        return True

    def fileno(self) -> int:
        """The descriptor, which leads to the null device."""
        return 0

    def read(self, _size: int | None = -1, /) -> bytes:
        """Raises `OSError`."""
        raise OSError(errno.EBADF, "It is closed")

    read1 = read


def _writer(number: int) -> TextIO:
    return open(number, "w", encoding="utf-8", closefd=False)


def drop_unwritten_output() -> None:
    """Redirect a stream that cannot be written to the null device: Python would complain about the unwritten
    rest at exit.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                _lead_nowhere(stream.fileno())


def _lead_nowhere(number: int) -> None:
    descriptor = os.open(os.devnull, os.O_RDWR)
    if descriptor == number:
        os.set_inheritable(descriptor, True)
        return
    os.dup2(descriptor, number)
    os.close(descriptor)
