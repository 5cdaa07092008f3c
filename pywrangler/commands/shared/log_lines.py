"""Showing lines that may go on for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from pywrangler.commands.context.invocation import Invocation

T = TypeVar("T")


def show_lines(run: Invocation, lines: Iterable[T], shown: Callable[[T], str], *, follow: bool) -> None:
    """Print each line as `shown` makes it; while following, each at once."""
    for line in lines:
        run.console.result(shown(line))
        if follow:
            run.console.stdout.flush()


def time_of_day(timestamp: str) -> str:
    """`08:00:00` of `2026-11-23T08:00:00.123456Z`."""
    return timestamp.partition("T")[2].partition(".")[0].removesuffix("Z")
