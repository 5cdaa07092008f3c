"""Which files of a build context a `.dockerignore` leaves out: the docker package knows the pattern
language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path


def read_patterns(text: str) -> list[str]:
    """The patterns of a `.dockerignore` file, without comments and empty lines."""
    lines = (line.strip() for line in text.removeprefix("\ufeff").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def walk_context(root: Path, patterns: Sequence[str]) -> Iterable[str]:
    """Paths, relative to `root` with `/`, of all files and folders below it that the patterns keep. No
    order.
    """
    from docker.utils.build import PatternMatcher

    walked: Iterable[str] = PatternMatcher(list(patterns)).walk(str(root))
    return walked
