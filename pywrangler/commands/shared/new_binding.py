"""Shows the binding of a new resource, or adds it to the configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from pywrangler.commands.context.invocation import Invocation

BindingName = Annotated[
    str | None, typer.Option("--binding", metavar="NAME", help="The binding's name in the output.")
]
UseRemote = Annotated[bool | None, typer.Option("--use-remote/--no-use-remote", hidden=True)]
UpdateConfig = Annotated[
    bool, typer.Option("--update-config", help="Add the binding to the configuration file.")
]
IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


def check_binding(binding: str | None) -> None:
    """Raise `UsageError` for a name that code cannot use."""
    if binding and not IDENTIFIER.fullmatch(binding):
        raise UsageError(
            f"`{binding}` cannot be the name of a binding.",
            hint="Use letters, digits and underscores, and do not begin with a digit.",
        )


def show_new_binding(
    run: Invocation,
    field: str,
    binding: str,
    fields: Mapping[str, str],
    *,
    updates: bool,
    is_remote: bool | None = None,
) -> None:
    """Print the entry of the list `field` that leads to the new resource, or add it to the configuration."""
    entry = {"binding": binding, **fields}
    file = run.project.file if updates else None
    if file is not None:
        from pywrangler.config import add_binding

        if add_binding(file, field, entry, environment=run.environment_name):
            run.console.success(f"Added the binding {binding} to {file}.")
            return
        run.console.warning(
            f"`{file}` was not changed: it has the binding `{binding}` already, or no safe place for it."
        )
    run.console.info(f"Add it to {field} in the configuration:")
    shown = {**entry, **({"remote": True} if is_remote else {})}
    run.console.result(
        "{ " + ", ".join(f'"{key}": {json.dumps(value)}' for key, value in shown.items()) + " }"
    )


def binding_name(name: str, fallback: str) -> str:
    """A name that JavaScript can use: spaces and hyphens become underscores, other characters are left out.
    `fallback` if nothing remains. As Wrangler (4.164) makes it, for all products.
    """
    plain = re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9_]", "", re.sub(r"[\s-]", "_", name)))
    if not plain.strip("_"):
        return fallback
    return f"_{plain}" if plain[0].isdigit() else plain
