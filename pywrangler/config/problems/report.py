"""Collects problems while a configuration is read, so that one run shows them all."""

from __future__ import annotations

from collections.abc import Iterable

from pywrangler.config.problems.records import Edit, Place, Problem, Severity

UNKNOWN = ("unknown-field", "misplaced-field")
"""Codes of warnings about an unknown field that say nothing about its consequences."""


class Report:
    """The problems found so far, in the order they were found."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def error(
        self,
        code: str,
        message: str,
        place: Place | None,
        hint: str | None = None,
        edits: Iterable[Edit] = (),
    ) -> None:
        """Something that makes the configuration unusable."""
        self._add("error", code, message, place, hint, edits)

    def warning(
        self,
        code: str,
        message: str,
        place: Place | None,
        hint: str | None = None,
        edits: Iterable[Edit] = (),
    ) -> None:
        """Something that works, but is probably not intended."""
        self._add("warning", code, message, place, hint, edits)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Problems that another report collected."""
        self._problems += problems

    @property
    def has_errors(self) -> bool:
        """Whether anything found so far is an error."""
        return any(problem.severity == "error" for problem in self._problems)

    def sorted(self) -> list[Problem]:
        """All problems in the order of the file, those without a place first, each once. An unknown field is
        reported by the rule that misses the intended field, if there is one.
        """
        told = {problem.place for problem in self._problems if problem.code not in UNKNOWN}
        distinct = dict.fromkeys(self._problems)
        return sorted(
            (each for each in distinct if each.code not in UNKNOWN or each.place not in told), key=_position
        )

    def _add(
        self,
        severity: Severity,
        code: str,
        message: str,
        place: Place | None,
        hint: str | None,
        edits: Iterable[Edit],
    ) -> None:
        self._problems.append(Problem(severity, code, message, place, hint, tuple(edits)))


def _position(problem: Problem) -> tuple[int, int]:
    return (problem.place.line, problem.place.column) if problem.place else (0, 0)
