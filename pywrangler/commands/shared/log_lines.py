"""Showing lines that may never end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TypeVar

from pywrangler.commands.context.invocation import Invocation
from pywrangler.console import is_terminal, without_colours
from pywrangler.errors import FollowingEndedError

T = TypeVar("T")
INDENT = " " * 4
"""The beginning of further lines of a text, so that none looks like a separate entry."""


def show_lines(
    run: Invocation, lines: Iterable[T], readable: Callable[[T], str], *, as_json: bool, follow: bool
) -> None:
    """Print each line as `readable` makes it, or as JSON; while following, each at once.

    What sets colours is left out on a terminal, since it could hide text as well. Elsewhere it is an escape,
    as every control character is. Raises FollowingEndedError.
    """
    try:
        _show(run, lines, readable, as_json=as_json, follow=follow)
    except KeyboardInterrupt:
        if follow:
            raise FollowingEndedError from None
        raise


def _show(
    run: Invocation, lines: Iterable[T], readable: Callable[[T], str], *, as_json: bool, follow: bool
) -> None:
    for line in lines:
        if as_json:
            run.console.json_text(line if isinstance(line, str) else json.dumps(line))
        else:
            text = readable(line)
            is_read_here = is_terminal(run.console.stdout)
            run.console.result(without_colours(text) if is_read_here else text, multiline=True)
        if follow:
            run.console.flush()


def indented(text: str) -> str:
    """`text` with all lines but the first indented, and without the carriage returns at their ends."""
    return f"\n{INDENT}".join(line.rstrip("\r") for line in text.rstrip("\r\n").split("\n"))
