"""What a `.dockerignore` leaves out of a build context: the docker package knows the pattern language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path


def read_patterns(text: str) -> list[str]:
    """The patterns of a `.dockerignore` file, without comments and empty lines."""
    lines = (line.strip() for line in text.removeprefix("\ufeff").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def walk_context(root: Path, patterns: Sequence[str]) -> Iterable[str]:
    """Files and folders below `root` that the patterns keep: relative paths with `/`, in no order."""
    from docker.utils.build import PatternMatcher

    walked: Iterable[str] = PatternMatcher(list(patterns)).walk(str(root))
    return walked
