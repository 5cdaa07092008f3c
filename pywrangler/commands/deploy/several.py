"""Several Workers in one command: all are checked first, then carried out one by one, as `--config` says."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.deploy.deployments import DeployRequest, plan_only, run_deployment
from pywrangler.errors import ExitStatus, PywranglerError, UsageError

if TYPE_CHECKING:
    from pywrangler.commands.deploy.options import DeployOptions
    from pywrangler.config.problems.records import Problem

OF_ONE_WORKER = (
    "script",
    "script_option",
    "name",
    "secrets_file",
    "triggers",
    "route",
    "domain",
    "tsconfig",
    "assets",
    "outdir",
    "outfile",
    "metafile",
)
"""Options that say something about one Worker."""
NAMES = {"script": "SCRIPT", "script_option": "--script"}

Prepare = Callable[[Invocation, "DeployOptions"], DeployRequest]


def deploy_several(runs: Sequence[Invocation], given: DeployOptions, prepare: Prepare) -> int:
    """Deploy, or plan, each Worker until one fails. With `--json` a list of what was done is printed."""
    refuse_options(given)
    requests = prepare_all(runs, lambda run: prepare(run, given))
    carry_out = plan_only if given.dry_run else run_deployment
    done: list[object] = []
    names = [request.configuration.name for request in requests]
    status = ExitStatus.OK
    try:
        for number, (run, request) in enumerate(zip(runs, requests, strict=True)):
            run.console.info(heading(run, names, number))
            taking = replace(request, take_json=_named(names[number], done))
            status = ExitStatus(_carried_out(run, lambda: carry_out(run, taking), names, number))  # noqa: B023
            if status is not ExitStatus.OK:
                break
    finally:
        if given.as_json:
            runs[0].console.json(done)
    return status


def prepare_all(
    runs: Sequence[Invocation], prepare: Callable[[Invocation], DeployRequest]
) -> list[DeployRequest]:
    """What is to be done with each Worker. Raises `ConfigurationError` with the problems of all of them, and
    `UsageError` if two are the same Worker.
    """
    from pywrangler.config.problems.errors import ConfigurationError

    requests: list[DeployRequest] = []
    problems: list[Problem] = []
    for run in runs:
        try:
            requests.append(prepare(run))
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(problems)
    refuse_same(
        [
            (request.configuration.name, shown_file(run, request))
            for run, request in zip(runs, requests, strict=True)
        ]
    )
    return requests


def refuse_options(given: DeployOptions) -> None:
    """Raise `UsageError` for an option that can mean only one of the Workers."""
    wrong = next((name for name in OF_ONE_WORKER if getattr(given, name)), None)
    if wrong is None:
        return
    option = NAMES.get(wrong, f"--{wrong.replace('_', '-')}")
    raise UsageError(
        f"`{option}` is about one Worker, and there are several configurations.",
        hint="Write it in the Worker's configuration, or deploy this Worker by itself.",
    )


def refuse_same(workers: Sequence[tuple[str, str]]) -> None:
    """Raise `UsageError` if two of the Workers, given as (name, file), have one name."""
    files: dict[str, str] = {}
    for name, file in workers:
        if name in files:
            where = (
                f"`{file}` is given twice"
                if file == files[name]
                else f"`{files[name]}` and `{file}` both deploy the Worker `{name}`"
            )
            raise UsageError(f"{where}.", hint="Omit one of them, or change its `name`.")
        files[name] = file


def heading(run: Invocation, names: Sequence[str], number: int) -> str:
    """The line before what is said about a Worker."""
    return f"Worker {number + 1} of {len(names)}: {names[number]} ({_relative(run)})"


def shown_file(run: Invocation, request: DeployRequest) -> str:
    """The configuration's file as seen from the working directory."""
    return os.path.relpath(request.configuration.file, run.directory)


def _relative(run: Invocation) -> str:
    return os.path.relpath(run.project.required_file, run.directory)


def _carried_out(run: Invocation, carry_out: Callable[[], int], names: Sequence[str], number: int) -> int:
    """The exit status. Says what is done and what is not, if it fails."""
    try:
        status = carry_out()
    except PywranglerError:
        run.console.warning(unfinished(names, number))
        raise
    if status != ExitStatus.OK and (left := names[number + 1 :]):
        run.console.warning(f"Not deployed: {', '.join(left)}.")
    return status


def _named(worker: str, done: list[object]) -> Callable[[object], None]:
    """What puts a result into the list, with the Worker that it is of: a plan does not say it."""
    return lambda made: done.append({"worker": worker, **made} if isinstance(made, Mapping) else made)


def unfinished(names: Sequence[str], failed: int) -> str:
    """What the failure of one Worker leaves done and undone."""
    parts = [f"{names[failed]} failed."]
    if done := names[:failed]:
        parts.append(f"Done before it: {', '.join(done)}.")
    if left := names[failed + 1 :]:
        parts.append(f"Not done: {', '.join(left)}.")
    return " ".join(parts)
