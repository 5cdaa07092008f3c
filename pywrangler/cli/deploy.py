"""`pywrangler deploy`."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.cli.input import read_text
from pywrangler.cli.invocation import Invocation
from pywrangler.cli.options import AsJson, PathToDocker
from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from pywrangler.config.records import Configuration
    from pywrangler.sensitive import Sensitive


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
CompatibilityDate = Annotated[str | None, typer.Option("--compatibility-date", metavar="YYYY-MM-DD")]
CompatibilityFlags = Annotated[
    list[str] | None, typer.Option("--compatibility-flags", "--compatibility-flag", metavar="FLAG")
]
NoBundle = Annotated[bool, typer.Option("--no-bundle", help="Upload the entry file as it is.")]
Minify = Annotated[bool, typer.Option("--minify", help="Make the code small.")]
Tsconfig = Annotated[Path | None, typer.Option("--tsconfig", help="tsconfig.json for the bundler.")]
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
    bool | None,
    typer.Option(
        "--wait/--no-wait", show_default=False, help="Wait until an instance of every container answers."
    ),
]


def deploy(
    run: Invocation,
    script: Script = None,
    name: Name = None,
    dry_run: DryRun = False,
    containers_rollout: ContainersRollout = None,
    wait: Wait = None,
    var: Var = None,
    secrets_file: SecretsFile = None,
    keep_vars: KeepVars = False,
    triggers: Triggers = None,
    compatibility_date: CompatibilityDate = None,
    compatibility_flags: CompatibilityFlags = None,
    no_bundle: NoBundle = False,
    minify: Minify = False,
    define: Define = None,
    alias: Alias = None,
    tsconfig: Tsconfig = None,
    tag: Tag = None,
    message: Message = None,
    path_to_docker: PathToDocker = None,
    as_json: AsJson = False,
) -> int:
    """Deploy the Worker with its containers: check, build, upload, and wait until they answer.

    Without credentials for Cloudflare this is the local platform, and the address that is printed is on
    this machine. Exit status 3 means: deployed, but an instance did not come up.

    Example: pywrangler deploy --env staging
    """
    from pywrangler.cli.deployments import Request, plan_only, run_deployment
    from pywrangler.cli.local_variables import local_variables
    from pywrangler.config import load
    from pywrangler.deploy.records import Options

    load_file = partial(
        load,
        run.required_configuration_file,
        environment=run.environment_name,
        name=name,
        main=run.folder / script if script else None,
        compatibility_date=compatibility_date,
    )
    configuration = _override(
        load_file(),
        vars=_pairs("--var", var),
        define=_pairs("--define", define),
        alias=_pairs("--alias", alias),
        compatibility_flags=tuple(compatibility_flags or ()),
        crons=tuple(triggers) if triggers else None,
        no_bundle=no_bundle,
        minify=minify,
        tsconfig=run.folder / tsconfig if tsconfig else None,
    )
    options = Options(
        rollout=(containers_rollout or Rollout.GRADUAL).value,
        keep_vars=keep_vars or configuration.keep_vars,
        secrets=_read_secrets(run, secrets_file),
        variables=local_variables(run, configuration, unless=_pairs("--var", var)),
        tag=tag,
        message=message,
    )
    request = Request(
        configuration,
        options,
        check_exports=lambda exported: load_file(exported_classes=exported),
        wait=wait,
        docker=path_to_docker,
        as_json=as_json,
    )
    return plan_only(run, request) if dry_run else run_deployment(run, request)


def _override(configuration: Configuration, **given: Any) -> Configuration:
    """The configuration with what the command line says laid over it; empty options say nothing."""
    changes: dict[str, Any] = {}
    for field, value in given.items():
        if not value:
            continue
        changes[field] = {**getattr(configuration, field), **value} if isinstance(value, dict) else value
    return replace(configuration, **changes)


def _pairs(option: str, texts: list[str] | None) -> dict[str, str]:
    pairs = {}
    for text in texts or ():
        key, separator, value = text.partition(":")
        if not separator or not key:
            raise UsageError(f"{option} {text!r} is not of the form KEY:VALUE.")
        pairs[key] = value
    return pairs


def _read_secrets(run: Invocation, file: Path | None) -> dict[str, Sensitive[str]]:
    from pywrangler.cli.secret.bulk import parse_secrets

    if file is None:
        return {}
    parsed = parse_secrets(read_text(run, file), source=str(file))
    return {name: value for name, value in parsed.items() if value is not None}
