"""SIGTERM and SIGHUP end a command as Ctrl-C does: what it started, such as a build, ends with it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

NUMBERS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def ending_like_ctrl_c() -> Iterator[None]:
    """Inside, the signals interrupt; afterwards the process ends by the one that came, as its parent expects.

    A signal that is ignored (`nohup`) stays so.
    """
    came: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        # Where Ctrl-C has a handler, it is asyncio's while a loop runs, which cancels in order.
        if callable(signal.getsignal(signal.SIGINT)):
            signal.raise_signal(signal.SIGINT)
        else:
            raise KeyboardInterrupt

    for number in NUMBERS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, interrupt)
    yield
    if came:
        signal.signal(came[0], signal.SIG_DFL)
        os.kill(os.getpid(), came[0])
