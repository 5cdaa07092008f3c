"""The lines of `.assetsignore`, as in `.gitignore`, compared in time that grows with the path alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from pathspec import GitIgnoreSpec
from pathspec.pattern import RegexMatchResult
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from pywrangler.path_steps import ANYTHING, DIRECTORIES, STEP, is_repeat, path_matcher

MOST_REPEATS = 2
"""What Python's expressions may compare."""
_AS_DIRECTORY = "(?P<ps_d>/)"
_AS_BOTH = f"(?:{_AS_DIRECTORY}|$)"


def ignore_spec(lines: Iterable[str]) -> GitIgnoreSpec:
    """The rules of these lines. Raises ValueError for one that cannot be read."""
    return GitIgnoreSpec.from_lines(lines, pattern_factory=_Pattern)


class _Pattern(GitIgnoreSpecPattern):
    """A line. With many asterisks its expression is tried in all ways at once."""

    def __init__(self, pattern: Any, include: bool | None = None) -> None:
        super().__init__(pattern, include)
        self._own = _all_ways(self.regex.pattern) if self.regex is not None else None

    def match_file(self, file: str) -> RegexMatchResult | None:
        if self._own is None:
            found: RegexMatchResult | None = super().match_file(file)
            return found
        mark = self._own(file)
        return None if mark is None else RegexMatchResult(mark)


def _all_ways(expression: str) -> Callable[[str], re.Match[str] | None] | None:
    """What the expression of a line finds; None if it is quick as it is, or not of the form that is known."""
    text = expression.removeprefix("^")
    end = next(end for end in (_AS_BOTH, _AS_DIRECTORY, "") if text.endswith(end))
    text = text.removesuffix(end).replace("(?:.+/)?", DIRECTORIES).replace("(?:/.+)?/", f"/{DIRECTORIES}")
    text = text.replace("[^/]+", "[^/][^/]*")
    steps = STEP.findall(text)
    if sum(map(is_repeat, steps)) <= MOST_REPEATS or {*steps} & {*"()|?+"}:
        return None
    matches = path_matcher(text if end else text + ANYTHING)

    def find(path: str) -> re.Match[str] | None:
        if end != _AS_DIRECTORY and matches(path):
            return _AS_FILE
        above = (path[: place.start()] for place in re.finditer("/", path)) if end else ()
        return _BELOW if any(map(matches, above)) else None

    return find


_AS_FILE, _BELOW = re.match("(?P<ps_d>/)?", ""), re.match("(?P<ps_d>/)?", "/")
"""What pathspec asks of a match: whether the path is matched as a file, or as something in a directory."""
