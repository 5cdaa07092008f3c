"""Where copied files go, by the rules of `docker cp` (Docker CLI 26.1), from what is at both ends. Pure."""

from __future__ import annotations

import posixpath
from enum import Enum, auto

from pywrangler.dataclass import dataclass
from pywrangler.errors import PywranglerError, UsageError

STREAM = "-"
ROOT = "/"


class PathKind(Enum):
    """What is at a path."""

    NOTHING = auto()
    FILE = auto()
    """Also a link that is copied as a link, and a device."""
    DIRECTORY = auto()


@dataclass(frozen=True)
class End:
    """One end of a copy: a path as the user wrote it, and what is there. `label` names it in errors."""

    path: str
    kind: PathKind
    label: str
    has_parent: bool = True
    """Whether the directory exists that the path is in."""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return posixpath.basename(posixpath.normpath(self.path)) or ROOT

    @property
    def is_content_only(self) -> bool:
        """Whether only what is in the directory is meant: `DIR/.`."""
        return self.path.endswith("/.") or self.path == "."

    @property
    def must_be_directory(self) -> bool:
        """Whether the path is written as a directory's."""
        return self.path.endswith(("/", "/."))


@dataclass(frozen=True)
class Landing:
    """The directory that the copy goes into, and its name there; None: only the content goes there."""

    directory: str
    name: str | None


def plan_landing(source: End, destination: End) -> Landing:
    """Raises `PywranglerError` for ends that do not fit together."""
    if source.kind is PathKind.NOTHING:
        raise not_found(source.label)
    if source.kind is PathKind.FILE and source.must_be_directory:
        raise PywranglerError(f"{source.label} is not a directory.", hint="Omit the slash at the end.")
    if destination.kind is PathKind.DIRECTORY:
        is_content = source.kind is PathKind.DIRECTORY and (source.is_content_only or source.name == ROOT)
        return Landing(destination.path, None if is_content else source.name)
    if not destination.has_parent:
        raise PywranglerError(
            f"The directory that {destination.label} is in does not exist.", hint="Make it first."
        )
    if destination.kind is PathKind.FILE:
        if source.kind is PathKind.DIRECTORY:
            raise PywranglerError(
                f"{source.label} is a directory, and {destination.label} is a file.",
                hint="Name a directory to copy it into.",
            )
        if destination.must_be_directory:
            raise PywranglerError(
                f"{destination.label} is not a directory.", hint="Omit the slash at the end."
            )
    elif source.kind is PathKind.FILE and destination.must_be_directory:
        raise PywranglerError(f"There is no directory {destination.label}.", hint="Make it first.")
    written = posixpath.normpath(destination.path)
    parent, name = posixpath.split(written)
    return Landing(parent or ".", name)


def not_found(label: str) -> PywranglerError:
    """The error for a path that does not exist."""
    return PywranglerError(f"There is no file or directory {label}.", hint="Check the path.", code="no-file")


@dataclass(frozen=True)
class CopyOperand:
    """One operand of `cp`: a path here, or one in an instance."""

    path: str
    reference: str | None = None
    """`APP/INSTANCE`; None: on this machine."""

    @property
    def is_stream(self) -> bool:
        """Whether it is standard input or output."""
        return self.reference is None and self.path == STREAM


def read_place(text: str) -> CopyOperand:
    """`APP/INSTANCE:PATH`, or a path. What begins with `/` or `.` is a path here, whatever follows."""
    if text.startswith(("/", ".")) or ":" not in text:
        return CopyOperand(text)
    reference, _, path = text.partition(":")
    if not path:
        raise UsageError(f"`{text}` names no path.", hint=f"Write it like `{reference}:/app/data`.")
    return CopyOperand(path, reference)


def check_places(source: CopyOperand, destination: CopyOperand) -> None:
    """Raise `UsageError` unless exactly one of them is in an instance."""
    if source.reference and destination.reference:
        raise UsageError(
            "Both paths are in instances.", hint="Copy to this machine first, and from here to the other one."
        )
    if not source.reference and not destination.reference:
        raise UsageError(
            "Neither path is in an instance.", hint="Write one like `APP/INSTANCE:/path/in/the/container`."
        )
