"""The options of `pywrangler deploy`, under Wrangler's names."""

from __future__ import annotations

from enum import StrEnum
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
from pywrangler.commands.shared.options import AsJson, PathToDocker, SecretsFile, Variables
from pywrangler.dataclass import dataclass


class RolloutKind(StrEnum):
    """How running instances are replaced."""

    IMMEDIATE = "immediate"
    GRADUAL = "gradual"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class UploadOptions:
    """What a command line says of a version. Typer reads each field as the option that it describes."""

    script: Annotated[
        Path | None,
        typer.Argument(
            metavar="SCRIPT", help="Entry file, or a directory of static files; default: `main` and `assets`."
        ),
    ] = None
    name: Name = None
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False
    var: Variables = None
    secrets_file: SecretsFile = None
    keep_vars: Annotated[
        bool, typer.Option("--keep-vars", help="Keep variables that were set elsewhere.")
    ] = False
    compatibility_date: CompatibilityDate = None
    compatibility_flags: CompatibilityFlags = None
    latest: Latest = False
    no_bundle: NoBundle = None
    minify: Minify = None
    define: Define = None
    alias: Alias = None
    tsconfig: Tsconfig = None
    jsx_factory: JsxFactory = None
    jsx_fragment: JsxFragment = None
    assets: Assets = None
    outdir: Annotated[
        str | None,
        typer.Option("--outdir", metavar="DIRECTORY", help="Also write the bundle to this directory."),
    ] = None
    outfile: Annotated[
        str | None,
        typer.Option(
            "--outfile",
            metavar="FILE",
            help="Also write the upload to this file, a multipart form without secrets.",
        ),
    ] = None
    metafile: Annotated[
        str | None,
        typer.Option(
            "--metafile",
            metavar="[FILE]",
            help="Write esbuild's metafile; default: bundle-meta.json in --outdir or here.",
        ),
    ] = None
    tag: Annotated[str | None, typer.Option("--tag", metavar="TEXT", help="A tag for this version.")] = None
    message: Annotated[
        str | None, typer.Option("--message", metavar="TEXT", help="A message for this version.")
    ] = None
    no_cache: NoCache = False
    pull: Annotated[
        bool, typer.Option("--pull", help="Ask the registries for newer base images, and for newer images.")
    ] = False
    cache_from: Annotated[
        list[str] | None,
        typer.Option(
            "--cache-from",
            metavar="SPEC",
            help="Build caches to read, as in docker build; `{name}` is the container's name.",
        ),
    ] = None
    cache_to: Annotated[
        list[str] | None,
        typer.Option(
            "--cache-to",
            metavar="SPEC",
            help="Build caches to write, as in docker build; `{name}` is the container's name.",
        ),
    ] = None
    allow_fuse: AllowFuse = None
    deny_fuse: DenyFuse = None
    path_to_docker: PathToDocker = None
    as_json: AsJson = False
    # Wrangler's, hidden: what is not done here, and what is done in any case (source maps are always
    # uploaded; the questions that `--strict` refuses are never asked).
    upload_source_maps: Annotated[bool, typer.Option("--upload-source-maps", hidden=True)] = False
    script_option: Annotated[Path | None, typer.Option("--script", hidden=True)] = None
    autoconfig: Annotated[bool | None, typer.Option("--autoconfig/--no-autoconfig", hidden=True)] = None
    strict: Annotated[bool, typer.Option("--strict", hidden=True)] = False
    deploy_helpers: Annotated[
        bool, typer.Option("--experimental-deploy-helpers", "--x-deploy-helpers", hidden=True)
    ] = False


@dataclass(frozen=True, kw_only=True)
class DeployOptions(UploadOptions):
    """What the command line of a deploy says beyond that."""

    containers_rollout: Annotated[
        RolloutKind | None,
        typer.Option(
            "--containers-rollout",
            help="How running instances are replaced; `none` does not touch containers.",
        ),
    ] = None
    wait: Annotated[
        str | None,
        typer.Option(
            "--wait",
            metavar="[=DURATION]",
            help="Wait until containers run the new version, for 10m or the given time (30s, 1h). "
            "The default on the local platform and on a terminal.",
        ),
    ] = None
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Return when the deploy has started.")] = False
    triggers: Annotated[
        list[str] | None,
        typer.Option("--triggers", "--schedule", "--schedules", metavar="CRON", help="Set cron triggers."),
    ] = None
    route: Annotated[
        list[str] | None,
        typer.Option(
            "--route", "--routes", metavar="PATTERN", help="Routes, instead of those in the configuration."
        ),
    ] = None
    domain: Annotated[
        list[str] | None, typer.Option("--domain", "--domains", metavar="HOST", help="Custom domains to add.")
    ] = None
    logpush: Annotated[
        bool | None,
        typer.Option("--logpush/--no-logpush", help="Logpush for the Worker.", show_default=False),
    ] = None
    dispatch_namespace: Annotated[
        str | None,
        typer.Option(
            "--dispatch-namespace",
            metavar="NAMESPACE",
            help="Deploy to this dispatch namespace; only Workers that are bound to it call the Worker.",
        ),
    ] = None
    old_asset_ttl: Annotated[str | None, typer.Option("--old-asset-ttl", hidden=True)] = None
