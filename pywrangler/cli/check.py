"""`pywrangler check`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.cli.invocation import Invocation
from pywrangler.cli.options import AsJson
from pywrangler.errors import ExitStatus

if TYPE_CHECKING:
    from pywrangler.config.problems import Problem

Fix = Annotated[bool, typer.Option("--fix", help="Make the changes that are safe; comments and layout stay.")]


def check(run: Invocation, fix: Fix = False, as_json: AsJson = False) -> int:
    """Check the configuration, offline, and show every mistake with its place and the change to make.

    With --json it prints a list of {severity, code, message, file, line, column, length, hint}. The exit
    status is 1 when one of them is an error.

    Example: pywrangler check --fix
    """
    from pywrangler.config import check as check_file

    file = run.required_configuration_file
    look = partial(check_file, file, environment=run.environment_name)
    if fix:
        from pywrangler.config.edit import fix as fix_file

        for problem in fix_file(file, lambda: look()[1]):
            run.console.success(f"Fixed: {problem.message} [{problem.code}]")
    configuration, problems = look()
    if as_json:
        run.console.json([problem.as_json() for problem in problems])
    else:
        _show(run, problems)
    return ExitStatus.OK if configuration else ExitStatus.FAILURE


def _show(run: Invocation, problems: list[Problem]) -> None:
    from pywrangler.config.render import render

    for problem in problems:
        run.console.result(render(problem, run.folder) + "\n")
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    run.console.result(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
