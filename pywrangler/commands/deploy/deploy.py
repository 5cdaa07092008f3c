"""`pywrangler deploy`."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.deploy import options as given
from pywrangler.commands.shared.durations import parse_seconds
from pywrangler.commands.shared.input import read_text
from pywrangler.commands.shared.options import AsJson, PathToDocker
from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from pywrangler.config.records import Configuration
    from pywrangler.sensitive import Sensitive

METAFILE = "bundle-meta.json"


def deploy(
    run: Invocation,
    script: given.Script = None,
    name: given.Name = None,
    dry_run: given.DryRun = False,
    containers_rollout: given.ContainersRollout = None,
    wait: given.Wait = None,
    no_wait: given.NoWait = False,
    var: given.Var = None,
    secrets_file: given.SecretsFile = None,
    keep_vars: given.KeepVars = False,
    triggers: given.Triggers = None,
    route: given.RoutePatterns = None,
    domain: given.Domains = None,
    logpush: given.Logpush = None,
    compatibility_date: given.CompatibilityDate = None,
    compatibility_flags: given.CompatibilityFlags = None,
    latest: given.Latest = False,
    no_bundle: given.NoBundle = None,
    minify: given.Minify = None,
    define: given.Define = None,
    alias: given.Alias = None,
    tsconfig: given.Tsconfig = None,
    jsx_factory: given.JsxFactory = None,
    jsx_fragment: given.JsxFragment = None,
    assets: given.Assets = None,
    outdir: given.Outdir = None,
    outfile: given.Outfile = None,
    metafile: given.Metafile = None,
    upload_source_maps: given.UploadSourceMaps = False,  # noqa: ARG001 - they always are
    tag: given.Tag = None,
    message: given.Message = None,
    no_cache: given.NoCache = False,
    pull: given.Pull = False,
    path_to_docker: PathToDocker = None,
    dispatch_namespace: given.DispatchNamespace = None,
    script_option: given.ScriptOption = None,
    old_asset_ttl: given.OldAssetTtl = None,  # noqa: ARG001 - assets are not deployed
    autoconfig: given.Autoconfig = None,  # noqa: ARG001 - a configuration is never made up
    deploy_helpers: given.DeployHelpers = False,  # noqa: ARG001 - about Wrangler's own code
    strict: given.Strict = False,  # noqa: ARG001 - nothing is asked that it could refuse
    as_json: AsJson = False,
) -> int:
    """Deploy the Worker with its containers: check, build, upload, and wait until they answer.

    Without credentials for Cloudflare this is the local platform, and the address that is printed is on
    this machine. Exit status 3 means: deployed, but an instance did not come up.

    Example: pywrangler deploy --env staging
    """
    from pywrangler.commands.context.local_variables import local_variables
    from pywrangler.commands.deploy.deployments import WAIT_SECONDS, Request, plan_only, run_deployment
    from pywrangler.config import load
    from pywrangler.deploy.records import Options
    from pywrangler.toolchain.lock import latest_compatibility_date

    if dispatch_namespace:
        raise UsageError(
            "pywrangler does not deploy to dispatch namespaces (Workers for Platforms).",
            hint="Deploy this Worker with Wrangler.",
        )
    _refuse_empty(
        {
            "--name": [name],
            "--outdir": [outdir],
            "--outfile": [outfile],
            "--jsx-factory": [jsx_factory],
            "--jsx-fragment": [jsx_fragment],
            "--triggers": triggers,
            "--route": route,
            "--domain": domain,
            "--assets": [assets],
        }
    )
    run.introduce_project()
    if compatibility_date and not _is_date(compatibility_date):
        raise UsageError(
            f"--compatibility-date is `{compatibility_date}`, which is not a date.",
            hint="Write it as YYYY-MM-DD.",
        )
    script = script or script_option
    load_file = partial(
        load,
        run.project.required_file,
        environment=run.environment_name,
        name=name,
        main=run.folder / script if script else None,
        compatibility_date=latest_compatibility_date() if latest else compatibility_date,
        assets=_folder("--assets", run.folder / assets) if assets else None,
    )
    configuration = _override(
        load_file(),
        vars=_pairs("--var", var),
        define=_pairs("--define", define),
        alias=_pairs("--alias", alias),
        compatibility_flags=tuple(compatibility_flags or ()),
        crons=_crons(triggers),
        no_bundle=no_bundle,
        minify=minify,
        tsconfig=run.folder / tsconfig if tsconfig else None,
        jsx_factory=jsx_factory,
        jsx_fragment=jsx_fragment,
        cloudflare=_for_cloudflare(route, domain, logpush),
    )
    run.warn_of_environments()
    options = Options(
        rollout=(containers_rollout or given.Rollout.GRADUAL).value,
        keep_vars=keep_vars or configuration.keep_vars,
        secrets=_read_secrets(run, secrets_file),
        variables=local_variables(run, configuration, unless=_pairs("--var", var)),
        takes_domains=not run.is_interactive,
        tag=tag,
        message=message,
    )
    request = Request(
        configuration,
        options,
        check_exports=lambda exported: load_file(exported_classes=exported),
        wait=_waits(wait, no_wait=no_wait),
        wait_seconds=parse_seconds(wait, "--wait") if wait else WAIT_SECONDS,
        outdir=run.folder / outdir if outdir else None,
        outfile=run.folder / outfile if outfile else None,
        metafile=_metafile(run, metafile, outdir),
        docker=path_to_docker,
        no_cache=no_cache,
        pull=pull,
        as_json=as_json,
    )
    return plan_only(run, request) if dry_run else run_deployment(run, request)


def _refuse_empty(options: dict[str, list[str | None] | list[str] | None]) -> None:
    """An empty value is that of a variable which is not set, and nobody means the default by it."""
    for name, values in options.items():
        if "" in (values or ()):
            raise UsageError(f"{name} is empty.", hint="Give it a value, or omit the option.")


def _crons(expressions: list[str] | None) -> tuple[str, ...] | None:
    from pywrangler.config.checks.crons import WrongCronError, read_cron

    for expression in expressions or ():
        try:
            read_cron(expression)
        except WrongCronError as error:
            raise UsageError(f"--triggers is `{expression}`; {error.message}.", hint=error.hint) from error
    return tuple(expressions) if expressions else None


def _is_date(text: str) -> bool:
    from datetime import date

    try:
        return str(date.fromisoformat(text)) == text
    except ValueError:
        return False


def _waits(wait: str | None, *, no_wait: bool) -> bool | None:
    """Whether to wait; None where the command line does not say."""
    if wait is not None and no_wait:
        raise UsageError("--wait and --no-wait contradict each other.")
    return True if wait is not None else False if no_wait else None


def _metafile(run: Invocation, written: str | None, outdir: str | None) -> Path | None:
    """Where the description of the bundle goes; an empty text is the option without a value."""
    if written is None:
        return None
    return run.folder / (written or Path(outdir or "") / METAFILE)


def _folder(option: str, folder: Path) -> Path:
    if not folder.is_dir():
        raise UsageError(f"{option} names {folder}, which is not a folder.")
    return folder


def _for_cloudflare(
    routes: list[str] | None, domains: list[str] | None, logpush: bool | None
) -> dict[str, Any]:
    """What the options say in place of the configuration's fields of these names."""
    custom = [{"pattern": domain, "custom_domain": True} for domain in domains or ()]
    changes: dict[str, Any] = {"routes": [*(routes or ()), *custom]} if routes or custom else {}
    return changes | ({} if logpush is None else {"logpush": logpush})


def _override(configuration: Configuration, **given: Any) -> Configuration:
    """The configuration with what the command line says laid over it; empty options say nothing."""
    changes: dict[str, Any] = {}
    for field, value in given.items():
        if value is None or value in ({}, ()):
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
    from pywrangler.commands.secret.bulk import parse_secrets

    if file is None:
        return {}
    parsed = parse_secrets(read_text(run, file), source=str(file), expanded_by=run.environment)
    return {name: value for name, value in parsed.items() if value is not None}
