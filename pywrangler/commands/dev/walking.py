"""Reads the files of parts: their fingerprints, and the directories to watch for them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pywrangler.commands.dev.ignoring import matcher_of
from pywrangler.commands.dev.inputs import Tree, WorkerPart
from pywrangler.images.context import hash_context
from pywrangler.images.patterns import Matcher

MOST_ENTRIES = 50_000
"""Of a tree whose contents are not read."""


def fingerprint(part: WorkerPart, cache_directory: Path) -> str:
    """A text that changes with the part's files, and with nothing else."""
    digest = hashlib.sha256()
    for file in sorted(part.files):
        digest.update(f"{file}\0{content_of(file)}\0".encode("utf-8", "surrogateescape"))
    for tree in part.trees:
        digest.update(_tree(tree, cache_directory).encode())
    return digest.hexdigest()


def content_of(file: Path) -> str:
    """A hash of the file's content, or a word about why it has none."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        return type(error).__name__


def _tree(tree: Tree, cache_directory: Path) -> str:
    try:
        if tree.reads_contents:
            matcher = matcher_of(tree.ignore_lines)
            return hash_context(tree.root, matcher, cache_directory / "contexts")
        return hashlib.sha256(
            "\n".join(sorted(_entries(tree))).encode("utf-8", "surrogateescape")
        ).hexdigest()
    except OSError as error:
        return f"{type(error).__name__} {error.filename}"


def _entries(tree: Tree) -> Iterator[str]:
    count = 0
    for directory in directories_below(tree):
        with os.scandir(directory) as listed:
            for entry in listed:
                count += 1
                if count > MOST_ENTRIES:
                    return
                if entry.is_file() and tree.accepts(Path(entry.path)):
                    status = entry.stat()
                    yield f"{entry.path} {status.st_mtime_ns} {status.st_size} {status.st_ino}"


def directories_below(tree: Tree) -> Iterator[str]:
    """The directories of a tree in which a change may matter, with its root, if that exists."""
    matcher = matcher_of(tree.ignore_lines)
    if tree.root.is_dir():
        yield from _below(os.fspath(tree.root), "", matcher, ())


def _below(directory: str, prefix: str, matcher: Matcher, parent: Sequence[bool]) -> Iterator[str]:
    yield directory
    try:
        with os.scandir(directory) as listed:
            entries = [entry for entry in listed if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return
    for entry in entries:
        path = f"{prefix}{entry.name}"
        ignored, matched = matcher.match(path, parent)
        if not ignored or matcher.may_have_exceptions_below(path):
            yield from _below(entry.path, f"{path}/", matcher, matched)


def directories(parts: Iterable[WorkerPart]) -> set[str]:
    """The directories to watch, each for itself. For what does not exist it is the next one above."""
    found: set[str] = set()
    for part in parts:
        # A tree reports its own end. The directory above it may be a busy one.
        for path in {*part.files, *(tree.root for tree in part.trees if not tree.root.is_dir())}:
            found.add(_existing(path.parent))
            if path.is_symlink():
                found.add(_existing(path.resolve().parent))
        for tree in part.trees:
            found.update(directories_below(tree))
    return found


def _existing(directory: Path) -> str:
    while not directory.is_dir() and directory != directory.parent:
        directory = directory.parent
    return os.fspath(directory)
