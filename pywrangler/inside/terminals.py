"""The user's terminal while a program in a container has it."""

from __future__ import annotations

import os
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager


def size_of(descriptor: int | None) -> tuple[int, int] | None:
    """Rows and columns of a terminal; None if it is not one, or does not know."""
    try:
        found = os.get_terminal_size(descriptor) if descriptor is not None else None
    except OSError:
        return None
    return (found.lines, found.columns) if found and found.lines and found.columns else None


@contextmanager
def raw_terminal(descriptor: int | None) -> Iterator[None]:
    """Inside, every key goes to the program as it is, Ctrl-C too. Afterwards the terminal is as before."""
    if descriptor is None or not os.isatty(descriptor):
        yield
        return
    before = termios.tcgetattr(descriptor)
    try:
        tty.setraw(descriptor, termios.TCSADRAIN)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
