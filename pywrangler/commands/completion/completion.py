"""`pywrangler completion`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.errors import MissingError, UsageError
from pywrangler.spelling import closest

FILES = {"bash": "pywrangler.bash", "zsh": "_pywrangler", "fish": "pywrangler.fish"}

Shell = Annotated[str | None, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")]
Names = Annotated[str | None, typer.Option("--names", metavar="KIND", hidden=True)]


def completion(run: Invocation, shell: Shell = None, names: Names = None) -> None:
    """Print the script with which a shell completes commands, options and names at Tab.

    Names of applications, instances, Workers, databases, buckets, queues and Workflows are those of the
    target. The local platform is not started for that.

    For bash add to ~/.bashrc: eval "$(pywrangler completion bash)"

    For zsh add to ~/.zshrc, after compinit: eval "$(pywrangler completion zsh)"

    For fish: pywrangler completion fish > ~/.config/fish/completions/pywrangler.fish

    Example: pywrangler completion bash
    """
    if names is not None:
        from pywrangler.commands.completion.names import names_of

        for name in names_of(run, names):
            run.console.result(name)
        return
    if shell is None:
        raise UsageError("The shell is missing.", hint="Name it: `pywrangler completion bash`, zsh or fish.")
    if shell not in FILES:
        near = closest(shell, FILES)
        question = f"Did you mean `{near}`? " if near else ""
        raise UsageError(f"There is no script for `{shell}`.", hint=f"{question}It can be bash, zsh or fish.")
    run.console.write(_script(FILES[shell]).encode())


def _script(name: str) -> str:
    """The text of a script: in the installed package, or in a checkout, where it is not copied there."""
    package = Path(__file__).parents[2]
    for directory in (Path(__file__).parent / "scripts", package.parent / "completions"):
        if (file := directory / name).is_file():
            return file.read_text(encoding="utf-8")
    raise MissingError(
        f"The script `{name}` is not in this installation.",
        hint="Install pywrangler-containers again.",
        code="completion-missing",
    )
