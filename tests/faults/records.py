"""What a row of the table says."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tests.faults.scene import Scene


class Kind(StrEnum):
    """What is deployed."""

    STORES = "a Worker with a Durable Object, KV, R2, D1 and a secret"
    CONTAINER = "the same with a container, which needs an engine"


class Stage(StrEnum):
    """What is running when it breaks."""

    EMPTY = "a platform directory that does not exist yet"
    STOPPED = "a project that was deployed, and a platform that was stopped"
    SERVING = "a platform that serves the project"


class Breakage(Protocol):
    """Something that can be broken."""

    def broken(self, scene: Scene) -> AbstractContextManager[object]:
        """Break it; the end of the context mends what a person would mend."""


class Check(Protocol):
    """Something that must hold."""

    def shortfalls(self, scene: Scene) -> list[str]:
        """What falls short, in words; empty if it holds."""


@dataclass(frozen=True)
class During:
    """A command that runs while it breaks. Without it, nothing but the platform runs."""

    command: tuple[str, ...] = ("deploy",)
    says: str = ""
    """The moment: when the output of the command has this text ..."""
    after_seconds: float = 0.0
    """... and so many seconds after that, or after the start."""
    statuses: frozenset[int] | None = None
    """How it may end, or None for every status. It never ends with a traceback."""
    environment: Mapping[str, str] = field(default_factory=dict)
    stdin: str = ""


@dataclass(frozen=True)
class Fault:
    """A row."""

    name: str
    breaks: tuple[Breakage, ...] = ()
    before: tuple[Breakage, ...] = ()
    """What is prepared, before the command of `during` starts."""
    kind: Kind = Kind.STORES
    stage: Stage = Stage.SERVING
    during: During | None = None
    meanwhile: tuple[Check, ...] = ()
    """What must hold while it is broken."""
    command: tuple[str, ...] = ("deploy",)
    """What must complete afterwards."""
    stdin: str = ""
    afterwards: tuple[Check, ...] = ()
    """What must hold besides the three questions."""
    is_quick: bool = False
    """It also runs without an engine of its own."""
    is_linux: bool = False
    """It needs Linux and root, to mount a disk or to become another user."""
    ruins: bool = False
    """It removes the platform's directory, so nothing can be kept."""
