"""The options of `pywrangler deploy`, under Wrangler's names."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Rollout(StrEnum):
    """How instances that run are replaced."""

    IMMEDIATE = "immediate"
    GRADUAL = "gradual"
    NONE = "none"


Script = Annotated[
    Path | None, typer.Argument(metavar="SCRIPT", help="Entry file; else the configuration's `main`.")
]
Name = Annotated[str | None, typer.Option("--name", help="Name of the Worker.", metavar="WORKER")]
Var = Annotated[list[str] | None, typer.Option("--var", metavar="KEY:VALUE", help="Set a variable.")]
Define = Annotated[
    list[str] | None, typer.Option("--define", metavar="KEY:VALUE", help="Replace a name in the code.")
]
Alias = Annotated[
    list[str] | None, typer.Option("--alias", metavar="FROM:TO", help="Import one module for another.")
]
CompatibilityDate = Annotated[
    str | None,
    typer.Option("--compatibility-date", metavar="YYYY-MM-DD", help="In place of the configuration's."),
]
CompatibilityFlags = Annotated[
    list[str] | None,
    typer.Option(
        "--compatibility-flags",
        "--compatibility-flag",
        metavar="FLAG",
        help="Flags, in place of the configuration's.",
    ),
]
NoBundle = Annotated[
    bool | None,
    typer.Option("--no-bundle/--bundle", help="Upload the entry file as it is.", show_default=False),
]
Minify = Annotated[
    bool | None, typer.Option("--minify/--no-minify", help="Make the code small.", show_default=False)
]
Tsconfig = Annotated[Path | None, typer.Option("--tsconfig", help="tsconfig.json for the bundler.")]
JsxFactory = Annotated[
    str | None, typer.Option("--jsx-factory", metavar="NAME", help="The function that makes JSX elements.")
]
JsxFragment = Annotated[
    str | None, typer.Option("--jsx-fragment", metavar="NAME", help="What makes JSX fragments.")
]
Assets = Annotated[
    str | None,
    typer.Option("--assets", metavar="FOLDER", help="Static files to serve, for the configuration's."),
]
Triggers = Annotated[
    list[str] | None,
    typer.Option("--triggers", "--schedule", "--schedules", metavar="CRON", help="Set cron triggers."),
]
KeepVars = Annotated[bool, typer.Option("--keep-vars", help="Keep variables that were set elsewhere.")]
SecretsFile = Annotated[
    Path | None, typer.Option("--secrets-file", metavar="FILE", help="JSON or .env file of secrets to set.")
]
Tag = Annotated[str | None, typer.Option("--tag", metavar="TEXT", help="A tag for this version.")]
Message = Annotated[str | None, typer.Option("--message", metavar="TEXT", help="A message for this version.")]
ContainersRollout = Annotated[
    Rollout | None,
    typer.Option(
        "--containers-rollout",
        help="How running instances are replaced; `none` leaves containers alone altogether.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]
Wait = Annotated[
    str | None,
    typer.Option(
        "--wait",
        metavar="[=DURATION]",
        help="Wait until containers run what was deployed, for 10m or the time given (30s, 1h). The default "
        "on the local platform and on a terminal.",
    ),
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Return when the deploy has begun.")]
RoutePatterns = Annotated[
    list[str] | None,
    typer.Option("--route", "--routes", metavar="PATTERN", help="Routes, in place of the configuration's."),
]
Domains = Annotated[
    list[str] | None, typer.Option("--domain", "--domains", metavar="HOST", help="Custom domains to add.")
]
Logpush = Annotated[
    bool | None, typer.Option("--logpush/--no-logpush", help="Logpush for the Worker.", show_default=False)
]
Latest = Annotated[
    bool, typer.Option("--latest", help="Use the newest compatibility date that the runtime knows.")
]
Outdir = Annotated[
    str | None, typer.Option("--outdir", metavar="FOLDER", help="Write the bundle to this folder too.")
]
Outfile = Annotated[
    str | None,
    typer.Option(
        "--outfile",
        metavar="FILE",
        help="Write what is uploaded, a multipart form, to this file too; without secrets.",
    ),
]
Metafile = Annotated[
    str | None,
    typer.Option(
        "--metafile",
        metavar="[FILE]",
        help="Write esbuild's description of the bundle; else to bundle-meta.json in --outdir or here.",
    ),
]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Build images with every step, also where nothing changed.")
]
Pull = Annotated[
    bool, typer.Option("--pull", help="Ask the registries for newer base images, and for newer images.")
]
DispatchNamespace = Annotated[str | None, typer.Option("--dispatch-namespace", hidden=True)]
# Wrangler's, about what is not done here: assets, other frameworks, and ways of its own.
OldAssetTtl = Annotated[str | None, typer.Option("--old-asset-ttl", hidden=True)]
Autoconfig = Annotated[bool | None, typer.Option("--autoconfig/--no-autoconfig", hidden=True)]
DeployHelpers = Annotated[
    bool, typer.Option("--experimental-deploy-helpers", "--x-deploy-helpers", hidden=True)
]
ScriptOption = Annotated[Path | None, typer.Option("--script", hidden=True)]
Strict = Annotated[bool, typer.Option("--strict", hidden=True)]
UploadSourceMaps = Annotated[bool, typer.Option("--upload-source-maps", hidden=True)]
