"""Standard input, output and error as a run needs them, whatever the process was started with."""

from __future__ import annotations

import contextlib
import os
import sys

NAMES = {0: "stdin", 1: "stdout", 2: "stderr"}


def open_closed_streams() -> None:
    """Redirect closed standard streams to the null device.

    Otherwise the next file that is opened, here or in a program that is started, would take their place.
    """
    for number, name in NAMES.items():
        if getattr(sys, name) is None:
            with contextlib.suppress(OSError):
                _lead_nowhere(number)
                stream = open(number, "w" if number else "r", encoding="utf-8", closefd=False)  # noqa: SIM115
                setattr(sys, name, stream)


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
