"""`pywrangler deploy`."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.deploy.options import DeployOptions, RolloutKind
from pywrangler.commands.shared.durations import parse_seconds
from pywrangler.commands.shared.input import read_text
from pywrangler.commands.shared.lacking import lacking
from pywrangler.errors import PywranglerError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pywrangler.commands.deploy.deployments import DeployRequest
    from pywrangler.config.records import Configuration
    from pywrangler.sensitive import Sensitive

METAFILE = "bundle-meta.json"


def deploy(run: Invocation, given: DeployOptions) -> int:
    """Deploy the Worker with its containers: check, build, upload, and wait until they answer.

    Without credentials for Cloudflare this is the local platform, and the address that is printed is on
    this machine. Exit status 3 means: deployed, but an instance did not come up.

    With several --config it deploys a Worker for each, in this order, after all of them are checked. It stops
    at the first that fails; --json prints a list.

    Example: pywrangler deploy --env staging
    """
    try:
        return _deploy(run, given)
    except PywranglerError as error:
        from pywrangler.commands.doctor.cures import explain

        explain(run, error)
        raise


def _deploy(run: Invocation, given: DeployOptions) -> int:
    from pywrangler.commands.deploy.deployments import plan_only, run_deployment
    from pywrangler.deploy.applications.fuse import check_names

    refuse_wrong(given)
    runs = run.for_each_configuration()
    if len(runs) > 1:
        from pywrangler.commands.deploy.several import deploy_several

        return deploy_several(runs, given, prepare)
    request = prepare(run, given)
    options = {"--allow-fuse": request.allow_fuse, "--deny-fuse": request.deny_fuse}
    check_names(options, request.configuration.containers)
    return plan_only(run, request) if given.dry_run else run_deployment(run, request)


def prepare(run: Invocation, given: DeployOptions) -> DeployRequest:
    """The checked configuration with what the command line says. Raises `ConfigurationError`."""
    run.introduce_project()
    load_file = loading(run, given)
    configuration = override(run, load_file(), given)
    run.warn_of_environments()
    if given.dispatch_namespace and configuration.containers:
        raise UsageError(
            "pywrangler does not deploy containers to a dispatch namespace.",
            hint="Omit --dispatch-namespace, or deploy the containers with a Worker of their own.",
        )
    if configuration.no_bundle and configuration.minify and (given.no_bundle or given.minify):
        run.console.warning("`--minify` has no effect: without a bundle the code stays as it is.")
    return request_of(run, given, configuration, load_file)


def refuse_wrong(given: DeployOptions) -> None:
    """Raise `UsageError` for options that cannot be, before anything is read."""
    _refuse_empty(
        {
            "--dispatch-namespace": [given.dispatch_namespace],
            "--name": [given.name],
            "--outdir": [given.outdir],
            "--outfile": [given.outfile],
            "--jsx-factory": [given.jsx_factory],
            "--jsx-fragment": [given.jsx_fragment],
            "--triggers": given.triggers,
            "--route": given.route,
            "--domain": given.domain,
            "--assets": [given.assets],
            "--cache-from": given.cache_from,
            "--cache-to": given.cache_to,
        }
    )
    if given.compatibility_date and not _is_date(given.compatibility_date):
        raise UsageError(
            f"--compatibility-date is `{given.compatibility_date}`, which is not a date.",
            hint="Write it as YYYY-MM-DD.",
        )


def loading(run: Invocation, given: DeployOptions) -> Callable[..., Configuration]:
    """The call that loads the configuration with the options that are a part of its checks."""
    from pywrangler.config import load
    from pywrangler.toolchain.lock import latest_compatibility_date

    script = given.script or given.script_option
    assets = given.assets
    if script and (run.directory / script).is_dir():  # of static files, as with Wrangler (4.164)
        script, assets = None, assets or str(script)
    return partial(
        load,
        run.project.required_file,
        environment=run.environment_name,
        name=given.name,
        main=run.directory / script if script else None,
        compatibility_date=latest_compatibility_date() if given.latest else given.compatibility_date,
        lacks=lacking(run),
        assets=_directory("--assets", run.directory / assets) if assets else None,
    )


def override(run: Invocation, configuration: Configuration, given: DeployOptions) -> Configuration:
    """The configuration, changed by the options of the command line; empty ones change nothing."""
    said = {
        "vars": _pairs("--var", given.var),
        "define": _pairs("--define", given.define),
        "alias": _pairs("--alias", given.alias),
        "compatibility_flags": tuple(given.compatibility_flags or ()),
        "crons": checked_crons(given.triggers),
        "no_bundle": given.no_bundle,
        "minify": given.minify,
        "tsconfig": run.directory / given.tsconfig if given.tsconfig else None,
        "jsx_factory": given.jsx_factory,
        "jsx_fragment": given.jsx_fragment,
        "cloudflare": _for_cloudflare(given.route, given.domain, given.logpush),
    }
    changes: dict[str, Any] = {}
    for field, value in said.items():
        if value is None or value in ({}, ()):
            continue
        changes[field] = {**getattr(configuration, field), **value} if isinstance(value, dict) else value
    return replace(configuration, **changes)


def request_of(
    run: Invocation,
    given: DeployOptions,
    configuration: Configuration,
    load_file: Callable[..., Configuration],
) -> DeployRequest:
    """What the command line and the configuration ask for."""
    from pywrangler.commands.context.local_variables import local_variables
    from pywrangler.commands.deploy.deployments import WAIT_SECONDS, DeployRequest
    from pywrangler.deploy.records import DeploySettings
    from pywrangler.images.records import BuildWishes

    options = DeploySettings(
        rollout=(given.containers_rollout or RolloutKind.GRADUAL).value,
        keep_vars=given.keep_vars or configuration.keep_vars,
        secrets=_read_secrets(run, given.secrets_file),
        variables=local_variables(run, configuration, unless=_pairs("--var", given.var)),
        takes_domains=not run.is_interactive,
        dispatch_namespace=given.dispatch_namespace,
        tag=given.tag,
        message=given.message,
    )
    return DeployRequest(
        configuration,
        options,
        check_exports=lambda exported: load_file(exported_classes=exported),
        wait=_waits(given.wait, no_wait=given.no_wait),
        wait_seconds=parse_seconds(given.wait, "--wait") if given.wait else WAIT_SECONDS,
        outdir=run.directory / given.outdir if given.outdir else None,
        outfile=run.directory / given.outfile if given.outfile else None,
        metafile=_metafile(run, given.metafile, given.outdir),
        docker=given.path_to_docker,
        builds=BuildWishes(
            given.no_cache, given.pull, tuple(given.cache_from or ()), tuple(given.cache_to or ())
        ),
        allow_fuse=tuple(given.allow_fuse or ()),
        deny_fuse=tuple(given.deny_fuse or ()),
        as_json=given.as_json,
    )


def _refuse_empty(options: dict[str, list[str | None] | list[str] | None]) -> None:
    """An empty value comes from a variable that is not set; it does not mean the default."""
    for name, values in options.items():
        if "" in (values or ()):
            raise UsageError(f"{name} is empty.", hint="Give it a value, or omit the option.")


def checked_crons(expressions: list[str] | None) -> tuple[str, ...] | None:
    """The cron triggers of the command line. Raises `UsageError`."""
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
    """Whether to wait; None if the command line does not say."""
    if wait is not None and no_wait:
        raise UsageError("--wait and --no-wait contradict each other.")
    return True if wait is not None else False if no_wait else None


def _metafile(run: Invocation, written: str | None, outdir: str | None) -> Path | None:
    """Where the description of the bundle goes; an empty text is the option without a value."""
    if written is None:
        return None
    return run.directory / (written or Path(outdir or "") / METAFILE)


def _directory(option: str, directory: Path) -> Path:
    if not directory.is_dir():
        raise UsageError(f"{option} names {directory}, which is not a directory.")
    return directory


def _for_cloudflare(
    routes: list[str] | None, domains: list[str] | None, logpush: bool | None
) -> dict[str, Any]:
    """What the options say in place of the configuration's fields of these names."""
    custom = [{"pattern": domain, "custom_domain": True} for domain in domains or ()]
    changes: dict[str, Any] = {"routes": [*(routes or ()), *custom]} if routes or custom else {}
    return changes | ({} if logpush is None else {"logpush": logpush})


def _pairs(option: str, texts: list[str] | None) -> dict[str, str]:
    pairs = {}
    for text in texts or ():
        key, separator, value = text.partition(":")
        if not separator or not key:
            raise UsageError(f"{option} {text!r} is not of the form KEY:VALUE.")
        pairs[key] = value
    return pairs


def _read_secrets(run: Invocation, file: Path | None) -> dict[str, Sensitive[str]]:
    from pywrangler.commands.shared.secrets_file import parse_secrets

    if file is None:
        return {}
    parsed = parse_secrets(read_text(run, file), source=str(file), expanded_by=run.environment)
    return {name: value for name, value in parsed.items() if value is not None}
