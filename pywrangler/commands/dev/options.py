"""The options of `pywrangler dev`, under Wrangler's names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from pywrangler.commands.shared.options import PathToDocker, Variables


@dataclass(frozen=True, kw_only=True)
class DevOptions:
    """What the command line of `dev` says. Typer reads each field as the option that it describes."""

    script: Annotated[
        Path | None,
        typer.Argument(metavar="SCRIPT", help="Entry file; default: `main` in the configuration."),
    ] = None
    name: Annotated[str | None, typer.Option("--name", help="Name of the Worker.", metavar="WORKER")] = None
    port: Annotated[
        int | None,
        typer.Option(
            "--port", metavar="PORT", min=0, max=65535, help="Where the Worker listens; 0 is any free port."
        ),
    ] = None
    ip: Annotated[
        str | None,
        typer.Option("--ip", metavar="ADDRESS", help="The address that it listens on; default: loopback."),
    ] = None
    keep: Annotated[
        bool, typer.Option("--keep", help="At the end, leave the Worker and its containers running.")
    ] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print every event as one line of JSON.")] = False
    var: Variables = None
    define: Annotated[
        list[str] | None, typer.Option("--define", metavar="KEY:VALUE", help="Replace a name in the code.")
    ] = None
    alias: Annotated[
        list[str] | None, typer.Option("--alias", metavar="FROM:TO", help="Replace one module by another.")
    ] = None
    assets: Annotated[
        str | None,
        typer.Option("--assets", metavar="DIRECTORY", help="Static files to serve."),
    ] = None
    compatibility_date: Annotated[
        str | None,
        typer.Option(
            "--compatibility-date", metavar="YYYY-MM-DD", help="Instead of the date in the configuration."
        ),
    ] = None
    compatibility_flags: Annotated[
        list[str] | None,
        typer.Option(
            "--compatibility-flags",
            "--compatibility-flag",
            metavar="FLAG",
            help="Flags, instead of those in the configuration.",
        ),
    ] = None
    latest: Annotated[
        bool, typer.Option("--latest", help="Use the newest compatibility date that the runtime knows.")
    ] = False
    minify: Annotated[
        bool | None, typer.Option("--minify/--no-minify", help="Minify the code.", show_default=False)
    ] = None
    no_bundle: Annotated[
        bool | None,
        typer.Option("--no-bundle/--bundle", help="Take the entry file as it is.", show_default=False),
    ] = None
    tsconfig: Annotated[Path | None, typer.Option("--tsconfig", help="tsconfig.json for the bundler.")] = None
    jsx_factory: Annotated[
        str | None,
        typer.Option("--jsx-factory", metavar="NAME", help="The function that creates JSX elements."),
    ] = None
    jsx_fragment: Annotated[
        str | None,
        typer.Option("--jsx-fragment", metavar="NAME", help="The component that creates JSX fragments."),
    ] = None
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Build every step of the images, even if nothing changed.")
    ] = False
    allow_fuse: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-fuse",
            metavar="APPLICATION",
            help="Let the containers of an application mount with FUSE, from now on.",
        ),
    ] = None
    deny_fuse: Annotated[
        list[str] | None,
        typer.Option("--deny-fuse", metavar="APPLICATION", help="Do not let them, and do not ask again."),
    ] = None
    path_to_docker: PathToDocker = None
    # Wrangler's, hidden: what is the case here anyway, or has no meaning.
    show_interactive_dev_session: Annotated[
        bool | None,
        typer.Option("--show-interactive-dev-session/--no-show-interactive-dev-session", hidden=True),
    ] = None
    enable_containers: Annotated[
        bool | None, typer.Option("--enable-containers/--no-enable-containers", hidden=True)
    ] = None
    live_reload: Annotated[bool | None, typer.Option("--live-reload/--no-live-reload", hidden=True)] = None
    test_scheduled: Annotated[bool, typer.Option("--test-scheduled", hidden=True)] = False
    persist_to: Annotated[str | None, typer.Option("--persist-to", hidden=True)] = None


TAKEN_OVER = (
    "script", "name", "var", "define", "alias", "assets", "compatibility_date", "compatibility_flags",
    "latest", "minify", "no_bundle", "tsconfig", "jsx_factory", "jsx_fragment", "no_cache", "allow_fuse",
    "deny_fuse", "path_to_docker",
)  # fmt: skip
"""The options that mean here what they mean for a deploy."""

OF_ALL_WORKERS = ("keep", "as_json", "no_cache", "allow_fuse", "deny_fuse", "path_to_docker")
"""The options that count for each of several Workers; the others are about the first."""


def options_of_a_further_worker(given: DevOptions) -> DevOptions:
    """What the command line says about a Worker after the first, as with Wrangler (4.164)."""
    return DevOptions(**{name: getattr(given, name) for name in OF_ALL_WORKERS})
