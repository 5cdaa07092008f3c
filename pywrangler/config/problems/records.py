"""The problems of a configuration, with their places: plain records, apart from those of a checked
configuration so that a command that only looks for one field does not pay for all of them.
"""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Literal

from pywrangler.dataclass import dataclass

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Place:
    """A place in a file; line and column count from 1, `length` is the underlined text's in characters."""

    file: Path
    line: int
    column: int
    length: int = 1
    source: str = field(default="", compare=False, repr=False)
    """The whole line as it is in the file, so that a problem can be shown without reading the file
    again.
    """

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Edit:
    """A change to a file's text: the characters from `start` up to `end` (offsets from 0) become `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Problem:
    """One mistake, or one thing worth a warning, in a configuration."""

    severity: Severity
    code: str
    """A stable, hyphenated name of the rule, such as `container-without-durable-object`."""
    message: str
    place: Place | None = None
    hint: str | None = None
    """The change to make, in the user's own file's syntax where that helps."""
    edits: tuple[Edit, ...] = field(default=(), compare=False, repr=False)
    """The same change as text edits, where it is safe to make without asking; empty otherwise."""
    environments: tuple[str, ...] = ()
    """The named environments that have it, where several were checked and the top level is fine."""

    def as_json(self) -> dict[str, object]:
        """`{severity, code, message, file, line, column, length, hint, environments}`; what is not known is
        null.
        """
        place = self.place
        return {
            "severity": self.severity,
            "code": self.code,
            "message": self.message,
            "file": str(place.file) if place else None,
            "line": place.line if place else None,
            "column": place.column if place else None,
            "length": place.length if place else None,
            "hint": self.hint,
            "environments": list(self.environments),
        }
