"""One hash of everything that a build can see of its context: names, kinds, permissions, contents; not times.

BuildKit compares the same things, so an equal hash means that a build would find every step in its cache.
The hash may cover more than BuildKit reads, which costs a build that finds everything in the cache. It never
covers less.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import field
from pathlib import Path

from pywrangler.dataclass import dataclass
from pywrangler.images.patterns import Matcher
from pywrangler.private_files import write_cache

SETTLED_SECONDS = 2.0
"""A file that changed just now may change again under the same time: its hash is not remembered."""


@dataclass
class FileHashes:
    """Hashes of files, remembered between runs by path, size, change time and inode."""

    file: Path
    known: dict[str, list[object]] = field(default_factory=dict)
    seen: dict[str, list[object]] = field(default_factory=dict)

    @classmethod
    def load(cls, directory: Path, context: Path) -> FileHashes:
        """The remembered hashes for a context; none if they cannot be read."""
        name = hashlib.sha256(os.fsencode(context)).hexdigest()[:16]
        file = directory / f"{name}.json"
        try:
            known = json.loads(file.read_bytes())
        except (OSError, ValueError):
            known = {}
        return cls(file, known if isinstance(known, dict) else {})

    def hash(self, path: str, relative: str, status: os.stat_result) -> str:
        """The hash of a file's content."""
        identity = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        remembered = self.known.get(relative)
        if remembered and remembered[:-1] == identity:
            digest = str(remembered[-1])
        else:
            with open(path, "rb") as stream:  # noqa: PTH123 - thousands of files
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if time.time() - max(status.st_mtime, status.st_ctime) > SETTLED_SECONDS:
            self.seen[relative] = [*identity, digest]
        return digest

    def save(self) -> None:
        """Remember what was seen. A cache that cannot be written only costs time."""
        if self.seen == self.known:
            return
        write_cache(self.file, json.dumps(self.seen))


def hash_context(context: Path, matcher: Matcher, cache_directory: Path) -> str:
    """The hash of a context, in hexadecimal. Raises OSError when a file in it cannot be read."""
    hashes = FileHashes.load(cache_directory, context)
    digest = hashlib.sha256()
    for relative in sorted(walk_context(context, matcher)):
        digest.update(json.dumps(_describe(context, relative, hashes)).encode() + b"\n")
    hashes.save()
    return digest.hexdigest()


def walk_context(context: Path, matcher: Matcher) -> Iterator[str]:
    """The paths in a context that are sent to the builder, with `/`. Raises OSError if a directory cannot be
    read.

    An ignored directory is sent when something in it is.
    """
    return _walk(os.fspath(context), "", matcher, ())


def _walk(directory: str, prefix: str, matcher: Matcher, parent: Sequence[bool]) -> Iterator[str]:
    with os.scandir(directory) as listed:
        entries = list(listed)
    for entry in entries:
        path = f"{prefix}{entry.name}"
        is_ignored, matched = matcher.match(path, parent)
        if not entry.is_dir(follow_symlinks=False):
            if not is_ignored:
                yield path
        elif not is_ignored:
            yield path
            yield from _walk(entry.path, f"{path}/", matcher, matched)
        elif matcher.may_have_exceptions_below(path):
            below = list(_walk(entry.path, f"{path}/", matcher, matched))
            yield from ([path, *below] if below else ())


def _describe(context: Path, relative: str, hashes: FileHashes) -> tuple[object, ...]:
    """Everything about one path that a build can see. Owners are left out, because the builder sets them to
    root.
    """
    path = f"{context}/{relative}"
    status = os.lstat(path)
    attributes = _attributes(path)
    if stat.S_ISLNK(status.st_mode):
        return (relative, "link", os.readlink(path), attributes)  # noqa: PTH115 - thousands of files
    content = hashes.hash(path, relative, status) if stat.S_ISREG(status.st_mode) else status.st_rdev
    return (relative, oct(status.st_mode), content, attributes)


def _attributes(path: str) -> list[tuple[str, str]]:
    """Extended attributes, which BuildKit copies too; none where Python cannot read them."""
    if not hasattr(os, "listxattr"):
        return []
    try:
        names = os.listxattr(path, follow_symlinks=False)
        return [(name, os.getxattr(path, name, follow_symlinks=False).hex()) for name in sorted(names)]
    except OSError:  # a file system without them, or one that refuses us, as it refuses the builder
        return []
