"""Shows a problem as plain text: where, what, the offending text underlined, and the change to make."""

from __future__ import annotations

import re
from pathlib import Path

from pywrangler.config.problems.records import Place, Problem

WIDEST_LINE = 120
"""Longer source lines are cut around the underlined text; a minified file has one line of any length."""


def render(problem: Problem, directory: Path | None = None) -> str:
    """`file:line:column: severity: message [code]`, then the excerpt and the hint, if there are any.

    The file's path is relative to `directory` if it is inside it.
    """
    where = f"{_shown_place(problem.place, directory)}: " if problem.place else ""
    message = problem.message + _shown_environments(problem)
    parts = [_one_line(f"{where}{problem.severity}: {message} [{problem.code}]"), excerpt(problem)]
    parts.append("\n".join(_hint_lines(problem)))
    return "\n".join(part for part in parts if part)


def summary(problem: Problem, directory: Path | None = None) -> str:
    """`file:line:column: message`, and the hint below it: for where the severity is said otherwise."""
    where = f"{_shown_place(problem.place, directory)}: " if problem.place else ""
    first = _one_line(f"{where}{problem.message}{_shown_environments(problem)}")
    return "\n".join([first, *_hint_lines(problem)])


def _one_line(text: str) -> str:
    """`text` with escapes for the line breaks of names and values in it, which could forge a problem."""
    return text.replace("\r", "\\r").replace("\n", "\\n")


def _hint_lines(problem: Problem) -> list[str]:
    return [f"  {line}".rstrip() for line in (problem.hint or "").splitlines()]


def _shown_place(place: Place, directory: Path | None) -> str:
    is_inside = directory is not None and place.file.is_relative_to(directory)
    file = place.file.relative_to(directory) if directory and is_inside else place.file
    return f"{file}:{place.line}:{place.column}"


def _shown_environments(problem: Problem) -> str:
    """Where the problem is only in some environments, and its message does not name them by the path."""
    names = [
        name
        for name in problem.environments
        if not re.search(f'["`]env\\.{re.escape(name)}', problem.message)
    ]
    noun = "environment" if len(names) == 1 else "environments"
    return f" (in the {noun} {', '.join(names)})" if names else ""


def excerpt(problem: Problem) -> str:
    """The source line with a gutter holding its number, and carets under the offending text; empty without a
    source.
    """
    place = problem.place
    if place is None or not place.source.strip():
        return ""
    before, marked, after = _window(place)
    gutter = str(place.line)
    carets = " " * len(before) + "^" * max(1, len(marked))
    return f"  {gutter} | {before}{marked}{after}\n  {' ' * len(gutter)} | {carets}"


def _window(place: Place) -> tuple[str, str, str]:
    """The text before, under and after the mark, short enough for a line and safe to print."""
    start = min(place.column - 1, len(place.source))
    end = min(start + place.length, len(place.source))
    before, marked, after = place.source[:start], place.source[start:end], place.source[end:]
    if len(place.source) > WIDEST_LINE:
        marked = _cut_end(marked, WIDEST_LINE // 2)
        before = _cut_start(before, WIDEST_LINE // 4)
        after = _cut_end(after, WIDEST_LINE // 4)
    return _printable(before), _printable(marked), _printable(after)


def _cut_start(text: str, width: int) -> str:
    return text if len(text) <= width else "…" + text[len(text) - width + 1 :]


def _cut_end(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _printable(text: str) -> str:
    """Tabs as one space (so that the carets line up), anything a terminal would obey as a replacement
    character.
    """
    return "".join(" " if c == "\t" else c if c.isprintable() else "\ufffd" for c in text)
