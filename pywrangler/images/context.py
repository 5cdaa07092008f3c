"""One hash for all that a build can see of its context: names, kinds, permissions, contents; no times.

BuildKit compares the same things, so an equal hash means that a build would find every step in its cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path

from pywrangler.engine.ignore import read_patterns, walk_context
from pywrangler.errors import BuildError

SETTLED_SECONDS = 2.0
"""A file that changed just now may change again under the same time: its hash is not remembered."""


@dataclass
class FileHashes:
    """Hashes of files, remembered between runs by path, size, change time and inode."""

    file: Path
    known: dict[str, list[object]] = field(default_factory=dict)
    seen: dict[str, list[object]] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path, context: Path) -> FileHashes:
        """What is remembered for a context; nothing when that cannot be read."""
        name = hashlib.sha256(os.fsencode(context)).hexdigest()[:16]
        file = folder / f"{name}.json"
        try:
            known = json.loads(file.read_bytes())
        except (OSError, ValueError):
            known = {}
        return cls(file, known if isinstance(known, dict) else {})

    def hash(self, path: Path, relative: str, status: os.stat_result) -> str:
        """The hash of a file's content."""
        identity = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        remembered = self.known.get(relative)
        if remembered and remembered[:-1] == identity:
            digest = str(remembered[-1])
        else:
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if time.time() - max(status.st_mtime, status.st_ctime) > SETTLED_SECONDS:
            self.seen[relative] = [*identity, digest]
        return digest

    def save(self) -> None:
        """Remember what was seen. A cache that cannot be written costs time, and nothing else."""
        if self.seen == self.known:
            return
        draft = self.file.with_suffix(f".{os.getpid()}")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(self.seen))
            draft.replace(self.file)
        except OSError:
            draft.unlink(missing_ok=True)


def ignore_patterns(dockerfile: Path, context: Path) -> list[str]:
    """The patterns of `<Dockerfile>.dockerignore` beside the Dockerfile, else of the context's own file."""
    for file in (dockerfile.with_name(f"{dockerfile.name}.dockerignore"), context / ".dockerignore"):
        if file.is_file():
            return read_patterns(file.read_text(errors="replace"))
    return []


def hash_context(context: Path, patterns: list[str], cache_folder: Path) -> str:
    """The hash of a context, in hexadecimal. Raises BuildError when a file in it cannot be read."""
    hashes = FileHashes.load(cache_folder, context)
    digest = hashlib.sha256()
    try:
        for relative in sorted(walk_context(context, patterns)):
            if described := _describe(context / relative, relative, hashes):
                digest.update(json.dumps(described).encode() + b"\n")
    except OSError as error:
        raise BuildError(
            f"The build context {context} cannot be read: {error.filename}: {error.strerror}.",
            hint="Make the file readable, or leave it out with a .dockerignore file.",
            code="image-context",
        ) from error
    hashes.save()
    return digest.hexdigest()


def _describe(path: Path, relative: str, hashes: FileHashes) -> tuple[str, ...] | None:
    """Everything about one path that a build can see; None for what is not sent (sockets, pipes, devices)."""
    status = path.lstat()
    mode = oct(stat.S_IMODE(status.st_mode))
    if stat.S_ISLNK(status.st_mode):
        return (relative, "link", str(path.readlink()))
    if stat.S_ISDIR(status.st_mode):
        return (relative, "folder", mode)
    if stat.S_ISREG(status.st_mode):
        return (relative, "file", mode, hashes.hash(path, relative, status))
    return None
