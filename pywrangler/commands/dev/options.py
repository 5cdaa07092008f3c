"""The options of `pywrangler dev`, under Wrangler's names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pywrangler.commands.shared.code_options import (
    Alias,
    AllowFuse,
    Assets,
    CompatibilityDate,
    CompatibilityFlags,
    Define,
    DenyFuse,
    JsxFactory,
    JsxFragment,
    Latest,
    Minify,
    Name,
    NoBundle,
    NoCache,
    Tsconfig,
)
from pywrangler.commands.shared.options import PathToDocker, Variables
from pywrangler.dataclass import dataclass


@dataclass(frozen=True, kw_only=True)
class DevOptions:
    """What the command line of `dev` says. Typer reads each field as the option that it describes."""

    script: Annotated[
        Path | None,
        typer.Argument(metavar="SCRIPT", help="Entry file; default: `main` in the configuration."),
    ] = None
    name: Name = None
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
    define: Define = None
    alias: Alias = None
    assets: Assets = None
    compatibility_date: CompatibilityDate = None
    compatibility_flags: CompatibilityFlags = None
    latest: Latest = False
    minify: Minify = None
    no_bundle: NoBundle = None
    tsconfig: Tsconfig = None
    jsx_factory: JsxFactory = None
    jsx_fragment: JsxFragment = None
    no_cache: NoCache = False
    allow_fuse: AllowFuse = None
    deny_fuse: DenyFuse = None
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
