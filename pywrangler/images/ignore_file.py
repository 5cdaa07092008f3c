"""Finds and reads the file that excludes paths from a build's context."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from pywrangler.dataclass import dataclass
from pywrangler.images.patterns import Matcher, UnclearError, parse_patterns, read_ignore_file

NAME = ".dockerignore"


@dataclass(frozen=True)
class IgnoreRules:
    """The rules that exclude paths. `texts` are the files' contents, which are inputs of the build."""

    matcher: Matcher
    texts: tuple[bytes, ...]


def find_ignore_rules(dockerfile: Path, context: Path, *, is_piped: bool = False) -> IgnoreRules:
    """The rules of `<Dockerfile>.dockerignore` beside the Dockerfile, else of the context's own file.

    If the Dockerfile is piped to the builder, only the context's file counts. If the rules are not
    understood, nothing is excluded. Raises UnclearError for a link that the builder may follow to another
    place, and OSError when a file cannot be read.
    """
    beside = [] if is_piped else [dockerfile.with_name(f"{dockerfile.name}{NAME}")]
    files = [file for file in (*beside, context / NAME) if file.is_symlink() or file.is_file()]
    texts = tuple(follow_within_directory(file).read_bytes() for file in files)
    try:
        patterns = parse_patterns(read_ignore_file(texts[0])) if texts else []
    except UnclearError:
        patterns = []
    return IgnoreRules(Matcher(patterns), texts)


def follow_within_directory(file: Path) -> Path:
    """The target of a link, if it is in the same directory. The builder follows no other links."""
    if not file.is_symlink():
        return file
    target = PurePosixPath(os.fspath(file.readlink()))
    found = file.parent.resolve() / target
    if target.is_absolute() or ".." in target.parts or found != found.resolve() or not found.is_file():
        raise UnclearError(f"the link `{file}`")
    return found
