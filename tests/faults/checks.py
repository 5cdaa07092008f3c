"""What must hold while something is broken, and after."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.faults.scene import Scene, complaints_about
from tests.support.waiting import eventually


@dataclass(frozen=True)
class Runs:
    """A command ends in time, with one of the statuses, says something, and shows no traceback."""

    words: tuple[str, ...]
    statuses: frozenset[int] | None = frozenset({0})
    says: str = ""
    """A pattern that its output has."""
    within_seconds: float = 60
    stdin: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    def shortfalls(self, scene: Scene) -> list[str]:
        try:
            result = scene.cli.run(
                *self.words, timeout_seconds=self.within_seconds, stdin=self.stdin, **self.environment
            )
        except AssertionError as error:
            return [f"in {self.within_seconds} s: {error}"]
        found = complaints_about(result, self.statuses)
        if not re.search(self.says, result.stdout + result.stderr):
            found.append(f"it does not say {self.says!r}: {result}")
        return found


FAILS = frozenset({1, 2, 3, 4})
"""The statuses of a command that failed and says why."""


@dataclass(frozen=True)
class Answers:
    """A request to the Worker gets a status in time."""

    path: str = "/version"
    statuses: frozenset[int] = frozenset({200})
    within_seconds: float = 20
    """An answer with another status, or none, counts only after this time."""

    def shortfalls(self, scene: Scene) -> list[str]:
        said = ""

        def is_right() -> bool:
            nonlocal said
            try:
                answer = scene.ask(self.path, timeout_seconds=self.within_seconds)
            except (OSError, AssertionError) as error:
                said = str(error)
                return False
            said = f"{answer.status} {answer.text[:300]}"
            return answer.status in self.statuses

        try:
            eventually(is_right, timeout_seconds=self.within_seconds, what=self.path)
        except AssertionError:
            return [
                f"{self.path} has no status of {sorted(self.statuses)} in {self.within_seconds} s: {said}"
            ]
        return []


@dataclass(frozen=True)
class Passes:
    """Time passes. Not a check: some faults take a while until they show."""

    seconds: float

    def shortfalls(self, scene: Scene) -> list[str]:
        time.sleep(self.seconds)
        return []


@dataclass(frozen=True)
class Eventually:
    """Another check holds, within a time, after the platform was started if it did not run."""

    check: Runs
    within_seconds: float = 30

    def shortfalls(self, scene: Scene) -> list[str]:
        scene.cli.run("local", "start")
        deadline = time.monotonic() + self.within_seconds
        while (found := self.check.shortfalls(scene)) and time.monotonic() < deadline:
            time.sleep(0.5)  # a command takes about as long
        return found
