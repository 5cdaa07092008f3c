"""Which paths of a tree ignore rules leave out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from pywrangler.images.patterns import Matcher, UnclearError, parse_patterns


@lru_cache(maxsize=64)
def matcher_of(ignore_lines: tuple[str, ...]) -> Matcher:
    """The rules of these lines; nothing is ignored if they are not understood, as by a build."""
    try:
        return Matcher(parse_patterns(ignore_lines))
    except UnclearError:
        return Matcher([])


def is_ignored(relative: str, ignore_lines: tuple[str, ...]) -> bool:
    """Whether the rules leave out this path, which is relative with `/`."""
    matcher = matcher_of(ignore_lines)
    ignored, path = False, ""
    matched: Sequence[bool] = ()
    for name in relative.split("/"):
        path = f"{path}/{name}" if path else name
        ignored, matched = matcher.match(path, matched)
    return ignored
