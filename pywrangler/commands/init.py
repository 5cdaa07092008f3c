"""`pywrangler init`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson
from pywrangler.errors import UsageError

Directory = Annotated[
    Path | None,
    typer.Argument(metavar="DIRECTORY", help="Directory to create it in; default: the working directory."),
]
Name = Annotated[
    str | None, typer.Option("--name", help="Name of the Worker; else the directory's.", metavar="WORKER")
]
Install = Annotated[
    bool | None,
    typer.Option("--install/--no-install", show_default=False, help="Whether to run npm install in it."),
]


Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: use the default name, and install.")]


def init(
    run: Invocation,
    directory: Directory = None,
    name: Name = None,
    install: Install = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Create a project with a Worker and a container, ready for `pywrangler deploy`.

    Existing files are not changed: if one is in the way, nothing is written. On a terminal the command asks
    for what was not given; elsewhere the Worker is named after the directory, and npm packages are not
    installed.

    Example: pywrangler init my-project --install
    """
    from pywrangler.init.project import default_name, plan_project, write_project

    try:
        place = (run.directory / (directory or ".")).resolve()
    except (OSError, RuntimeError):  # Python before 3.13 raises the second for links that lead round
        raise UsageError(f"`{directory}` is a broken link.", hint="Choose another directory.") from None
    asks = run.is_interactive and not (yes or (directory is not None and default_name(place)))
    project = plan_project(_chosen_name(run, place, name, asks=asks))
    write_project(place, project)
    run.console.success(f"Created {len(project)} files in {place}.")
    is_installed = _installs(run, True if yes and install is None else install)
    if is_installed:
        _install(run, place)
    if as_json:
        run.console.json({"folder": str(place), "files": sorted(project), "installed": is_installed})
    else:
        _say_what_is_next(run, place, is_installed=is_installed)


def _chosen_name(run: Invocation, place: Path, name: str | None, *, asks: bool) -> str:
    from pywrangler.init.project import checked_name, default_name

    default = default_name(place)
    if name is None and asks:
        name = run.console.ask("Name of the Worker", default=default)
    name = default if name is None else name
    if name is None:
        raise UsageError(f"`{place}` cannot be the name of a Worker.", hint="Name it with `--name WORKER`.")
    return checked_name(name)


def _installs(run: Invocation, install: bool | None) -> bool:
    if install is None and run.is_interactive:
        return run.console.confirm("Install its npm packages now?", default=True)
    return bool(install)


def _install(run: Invocation, place: Path) -> None:
    from pywrangler.init.packages import install_packages

    with run.console.progress() as progress:
        task = progress.task("Installing npm packages")
        install_packages(place, run.environment)
        task.done("installed")


def _say_what_is_next(run: Invocation, place: Path, *, is_installed: bool) -> None:
    steps = (
        [] if place == run.directory.resolve() else [f"cd {shlex.quote(str(_from(run.directory, place)))}"]
    )
    steps += [] if is_installed else ["npm install"]
    run.console.info(
        "\n".join(["Next:", *(f"  {step}" for step in (*steps, "pywrangler deploy"))]), multiline=True
    )


def _from(directory: Path, place: Path) -> Path:
    """The place as one would type it."""
    return place.relative_to(directory.resolve()) if place.is_relative_to(directory.resolve()) else place
