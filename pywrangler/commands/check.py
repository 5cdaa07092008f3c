"""`pywrangler check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.lacking import lacking
from pywrangler.commands.shared.options import AsJson
from pywrangler.errors import ExitStatus
from pywrangler.wording import count

if TYPE_CHECKING:
    from pywrangler.commands.shared.dockerfiles import DockerfileReader
    from pywrangler.commands.shared.worker_code import CodeReader
    from pywrangler.config.problems.records import Problem

Fix = Annotated[bool, typer.Option("--fix", help="Make the changes that are safe; comments and layout stay.")]
Bundle = Annotated[
    bool, typer.Option("--bundle/--no-bundle", help="Also check what the Worker's code exports.")
]
Schema = Annotated[bool, typer.Option("--schema", help="Only print the JSON Schema for editors.")]


def check(
    run: Invocation, fix: Fix = False, bundle: Bundle = True, schema: Schema = False, as_json: AsJson = False
) -> int:
    """Check the configuration, offline, and show every mistake with its place and the change to make.

    Without --env, it checks the top level and every named environment.

    It warns of bindings that the target of a deploy, which --local and --remote choose, does not have.

    The Worker's code must export the classes that the configuration names. This check is skipped, with a
    note, if nothing was deployed yet and the bundler is not installed.

    With --json it prints a list of {severity, code, message, file, line, column, length, hint,
    environments}. The exit status is 1 when one of them is an error.

    Example: pywrangler check --fix
    """
    if schema:
        return _print_schema(run)
    run.introduce_project()
    if fix:
        _fix(run)
    problems = _problems(run, bundle=bundle)
    if as_json:
        run.console.json([problem.as_json() for problem in problems])
    else:
        _show(run, problems)
    has_errors = any(problem.severity == "error" for problem in problems)
    return ExitStatus.FAILURE if has_errors else ExitStatus.OK


def _problems(run: Invocation, *, bundle: bool) -> list[Problem]:
    from pywrangler.commands.shared.dockerfiles import DockerfileReader
    from pywrangler.commands.shared.worker_code import CodeReader

    code, dockerfiles = CodeReader(run) if bundle else None, DockerfileReader()
    problems = _problems_of_file(run, code, dockerfiles)
    if code and code.left_out:
        run.console.info(f"The Worker's code was not checked: {code.left_out}.")
    return [*problems, *dockerfiles.problems, *(code.problems if code else ())]


def _problems_of_file(
    run: Invocation, code: CodeReader | None = None, dockerfiles: DockerfileReader | None = None
) -> list[Problem]:
    """Of the chosen environment; of all, if none was chosen (an empty name chooses the top level)."""
    from pywrangler.config import check as check_file
    from pywrangler.config import check_environments

    file = run.project.required_file
    if run.environment_name is None and run.options.environment is None:
        return check_environments(file, read_exports=code, see_containers=dockerfiles, lacks=lacking(run))
    return check_file(
        file,
        environment=run.environment_name,
        read_exports=code,
        see_containers=dockerfiles,
        lacks=lacking(run),
    )[1]


def _fix(run: Invocation) -> None:
    from pywrangler.config.syntax.edit import fix as fix_file

    for problem in fix_file(run.project.required_file, lambda: _problems_of_file(run)):
        run.console.success(f"Fixed: {problem.message} [{problem.code}]")


def _print_schema(run: Invocation) -> int:
    from pywrangler.config.schema.json_schema import json_schema

    run.console.json(json_schema())
    return ExitStatus.OK


def _show(run: Invocation, problems: list[Problem]) -> None:
    from pywrangler.config.problems.rendering import render

    for problem in problems:
        run.console.result(render(problem, run.directory) + "\n", multiline=True)
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    run.console.result(f"{count(errors, 'error')}, {count(warnings, 'warning')}")
