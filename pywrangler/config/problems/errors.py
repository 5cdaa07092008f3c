"""The error of a configuration that cannot be used: it carries every problem found, not only the first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pywrangler.config.problems.records import Problem
from pywrangler.errors import PywranglerError


class ConfigurationError(PywranglerError):
    """A configuration file has errors.

    `problems` holds errors and warnings in the order of the file. The message names the file and counts the
    errors; the detail shows each problem with its place, its line and the change to make.
    """

    code = "configuration"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        errors = [problem for problem in self.problems if problem.severity == "error"]
        super().__init__(_summary(errors), detail=_detail(self.problems))

    def as_json(self) -> dict[str, object]:
        """The error with `problems`, a list of `Problem.as_json()`, in place of the rendered detail."""
        fields = {name: value for name, value in super().as_json().items() if name != "detail"}
        return fields | {"problems": [problem.as_json() for problem in self.problems]}


def _summary(errors: Sequence[Problem]) -> str:
    count = "an error" if len(errors) == 1 else f"{len(errors)} errors"
    file = next((problem.place.file.name for problem in errors if problem.place), None)
    return f"The configuration {file} has {count}" if file else f"The configuration has {count}"


def _detail(problems: Sequence[Problem]) -> str:
    from pywrangler.config.problems.rendering import render

    try:
        directory = Path.cwd()
    except OSError:  # it was removed
        directory = Path("/")
    return "\n\n".join(render(problem, directory) for problem in problems)
