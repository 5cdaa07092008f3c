"""Options that more than one command has. Commands name them in their signatures; Typer reads them there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pywrangler.commands.context.invocation import Invocation

GLOBAL_PANEL = "Global options"

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
SkipConfirmation = Annotated[
    bool, typer.Option("--skip-confirmation", "-y", "--yes", help="Do not ask before removing.")
]
PathToDocker = Annotated[
    str | None, typer.Option("--path-to-docker", help="The docker command to use.", metavar="PATH")
]
Variables = Annotated[list[str] | None, typer.Option("--var", metavar="KEY:VALUE", help="Set a variable.")]
SecretsFile = Annotated[
    Path | None,
    typer.Option("--secrets-file", metavar="FILE", help="JSON or .env file of secrets to set."),
]
WorkerName = Annotated[
    str | None,
    typer.Option(
        "--name", help="Name of the Worker; default: the one in the configuration.", metavar="WORKER"
    ),
]

PersistTo = Annotated[str | None, typer.Option("--persist-to", hidden=True)]

# Options that every command accepts: `commands.running.typer_apps` adds them to each command's parameters.
Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Path of the configuration file.", rich_help_panel=GLOBAL_PANEL),
]
Configs = Annotated[
    list[Path] | None,
    typer.Option(
        "--config",
        "-c",
        help="Path of the configuration file. Several Workers: give it once for each.",
        rich_help_panel=GLOBAL_PANEL,
    ),
]
WorkingDirectory = Annotated[
    Path | None,
    typer.Option("--cwd", help="Run as if started in this directory.", rich_help_panel=GLOBAL_PANEL),
]
Environment = Annotated[
    str | None,
    typer.Option(
        "--env",
        "-e",
        help="Environment of the configuration.",
        metavar="NAME",
        rich_help_panel=GLOBAL_PANEL,
    ),
]
EnvironmentFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--env-file", help="Read variables from this file; may be repeated.", rich_help_panel=GLOBAL_PANEL
    ),
]
Profile = Annotated[
    str | None,
    typer.Option("--profile", help="Stored login to use.", metavar="NAME", rich_help_panel=GLOBAL_PANEL),
]


def _remote(text: str) -> Any:
    return typer.Option("--remote/--local", help=text, show_default=False, rich_help_panel=GLOBAL_PANEL)


Remote = Annotated[bool | None, _remote("Act on Cloudflare, or on the local platform.")]
RemoteIfAsked = Annotated[
    bool | None, _remote("Act on Cloudflare; without it this command acts on the local platform.")
]
LogLevel = Annotated[
    str | None,
    typer.Option(
        "--log-level",
        help="One of debug, info, log, warn, error, none.",
        metavar="LEVEL",
        rich_help_panel=GLOBAL_PANEL,
    ),
]
InstallSkills = Annotated[bool, typer.Option("--install-skills", hidden=True)]
Provision = Annotated[bool, typer.Option("--experimental-provision", "--x-provision", hidden=True)]
AutoCreate = Annotated[bool, typer.Option("--experimental-auto-create", "--x-auto-create", hidden=True)]


def _show_version(wanted: bool) -> None:
    if wanted:
        from pywrangler.version import VERSION

        typer.echo(VERSION)
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option(
        "--version",
        "-v",
        help="Show pywrangler's version.",
        callback=_show_version,
        is_eager=True,
        rich_help_panel=GLOBAL_PANEL,
    ),
]


def warn_about_persist_to(run: Invocation, directory: str | None) -> None:
    """Say that Wrangler's `--persist-to` has no effect here."""
    if directory is not None:
        run.console.warning("--persist-to is ignored: the local platform keeps its data in PYWRANGLER_HOME.")
