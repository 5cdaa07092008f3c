"""Single keys from a terminal."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

POLL_SECONDS = 60.0


@contextmanager
def reading_keys(stream: IO[str] | None, pressed: Callable[[str], None]) -> Iterator[bool]:
    """Inside, each key that is pressed is passed to `pressed`, from a thread; an empty text says that the
    terminal is gone. The value says whether `stream` is a terminal that this program may read.
    """
    try:
        import termios

        number = stream.fileno() if stream is not None and stream.isatty() else None
        # A program in the background would be stopped when it reads, or changes, the terminal.
        is_ours = number is not None and os.tcgetpgrp(number) == os.getpgrp()
    except (ImportError, OSError, ValueError):
        number, is_ours = None, False
    if number is None or not is_ours:
        yield False
        return
    before = termios.tcgetattr(number)
    try:
        with contextlib.suppress(termios.error):
            attributes = termios.tcgetattr(number)
            attributes[3] &= ~(termios.ICANON | termios.ECHO)  # Ctrl-C stays a signal, line ends stay whole
            termios.tcsetattr(number, termios.TCSADRAIN, attributes)
        threading.Thread(target=_read, args=(number, pressed), daemon=True).start()
        yield True
    finally:
        with contextlib.suppress(termios.error, OSError):
            termios.tcsetattr(number, termios.TCSADRAIN, before)


def _read(number: int, pressed: Callable[[str], None]) -> None:
    while True:
        try:
            select.select([number], [], [])
            text = os.read(number, 64)
        except OSError:
            text = b""
        if not text:
            pressed("")
            return
        for key in text.decode("utf-8", "ignore"):
            pressed(key)
