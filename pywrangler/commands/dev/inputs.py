"""What a running Worker was made of, and which part of it a changed path belongs to. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from functools import cached_property
from pathlib import Path

from pywrangler.commands.dev.ignoring import is_ignored
from pywrangler.dataclass import dataclass


class Kind(IntEnum):
    """A part of a Worker that a change concerns, the one that takes most first."""

    CONFIGURATION = 0
    BUILD = 1
    """What `build.command` reads."""
    IMAGE = 2
    CODE = 3
    ASSETS = 4


@dataclass(frozen=True)
class Tree:
    """All files below a directory, except those that a file of ignore rules leaves out."""

    root: Path
    ignore_lines: tuple[str, ...] = ()
    """Patterns in the language of `.dockerignore`."""
    reads_contents: bool = False
    """Whether a change of a file is a change of its content or permissions; otherwise its time counts."""

    def accepts(self, path: Path) -> bool:
        """Whether the tree has a file of this name."""
        if not path.is_relative_to(self.root):
            return False
        return not is_ignored(path.relative_to(self.root).as_posix(), self.ignore_lines)


@dataclass(frozen=True)
class WorkerPart:
    """One part: the files that it was made of. `name` is the application of an image."""

    kind: Kind
    name: str = ""
    files: frozenset[Path] = frozenset()
    trees: tuple[Tree, ...] = ()

    @cached_property
    def above(self) -> frozenset[Path]:
        """The directories that lead to its files: with one of them, files come and go."""
        roots = {*self.files, *(tree.root for tree in self.trees)}
        return frozenset(parent for root in roots for parent in root.parents)

    def is_touched_by(self, path: Path) -> bool:
        """Whether a change of `path`, a file or a directory, may change this part."""
        return (
            path in self.files
            or path in self.above
            or any(path == tree.root or tree.accepts(path) for tree in self.trees)
        )


def touched(parts: Iterable[WorkerPart], paths: Iterable[Path]) -> list[WorkerPart]:
    """The parts that changes of `paths` may have changed."""
    changed = list(paths)
    return [part for part in parts if any(map(part.is_touched_by, changed))]


def describe_paths(paths: Iterable[Path], root: Path, most: int = 3) -> str:
    """The paths as people read them, from the project's directory: `src/index.js, src/a.js and 4 more`."""
    named = sorted({_shown(path, root) for path in paths})
    more = len(named) - most
    return ", ".join(named[:most]) + (f" and {more} more" if more > 0 else "")


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


@dataclass(frozen=True)
class Needs:
    """What brings changed parts in."""

    everything: bool = False
    """Whether the configuration is read again, and all of it deployed."""
    code: bool = False
    """Whether the Worker is bundled and deployed, with the images that are known."""
    build_command: bool = False
    """Whether that runs first."""
    images: frozenset[str] = frozenset()
    """The applications whose images are built; what they give is deployed then."""


def needs_of(changed: Iterable[WorkerPart]) -> Needs:
    """The shortest way to bring these parts in."""
    parts = list(changed)
    kinds = {part.kind for part in parts}
    return Needs(
        everything=Kind.CONFIGURATION in kinds,
        code=not kinds.isdisjoint({Kind.CODE, Kind.BUILD, Kind.ASSETS}),
        build_command=Kind.BUILD in kinds,
        images=frozenset(part.name for part in parts if part.kind is Kind.IMAGE),
    )
