"""`pywrangler preview`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.deploy.options import DeployOptions
from pywrangler.commands.shared.options import AsJson, PathToDocker, SecretsFile, Variables
from pywrangler.dataclass import dataclass
from pywrangler.errors import ExitStatus, PywranglerError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pywrangler.cloudflare.client import Client
    from pywrangler.config.records import Configuration
    from pywrangler.deploy.previews.deploying import Deployed


@dataclass(frozen=True, kw_only=True)
class PreviewOptions:
    """What the command line of `preview` says."""

    script: Annotated[Path | None, typer.Argument(metavar="SCRIPT", help="Entry file; default: `main`.")] = (
        None
    )
    name: Annotated[
        str | None, typer.Option("--name", metavar="PREVIEW", help="The preview; default: the git branch.")
    ] = None
    worker_name: Annotated[
        str | None, typer.Option("--worker-name", metavar="WORKER", help="Name of the Worker.")
    ] = None
    tag: Annotated[str | None, typer.Option("--tag", help="A tag for this deployment.")] = None
    message: Annotated[
        str | None, typer.Option("--message", metavar="TEXT", help="A message for this deployment.")
    ] = None
    var: Variables = None
    secrets_file: SecretsFile = None
    ignore_base_config: Annotated[
        bool,
        typer.Option("--ignore-base-config", help="Use no settings of previews from the dashboard."),
    ] = False
    path_to_docker: PathToDocker = None
    as_json: AsJson = False


def preview(run: Invocation, given: PreviewOptions) -> int:
    """Deploy to a preview of the Worker at Cloudflare: it has an address, data and containers of its own.

    Bindings, variables and containers are those of `previews` in the configuration; code, classes and
    compatibility are the Worker's. `pywrangler preview delete` deletes a preview.

    Example: pywrangler preview --name my-feature
    """
    try:
        return _preview(run, given)
    except PywranglerError as error:
        from pywrangler.commands.doctor.cures import explain

        explain(run, error)
        raise


def refuse_local(run: Invocation) -> None:
    """Raise `UsageError` on the local platform."""
    if run.target is Target.LOCAL:
        raise UsageError(
            "The local platform has no previews.",
            hint="`pywrangler dev` runs the Worker here, `pywrangler deploy --name OTHER` deploys another,"
            " and `pywrangler preview --remote` makes a preview at Cloudflare.",
        )


def preview_name(run: Invocation, name: str | None) -> str:
    """The preview's name, or the branch's. Raises `UsageError` if there is neither."""
    from pywrangler.deploy.previews.names import branch_name

    if name == "":
        raise UsageError("--name is empty.")
    if found := name or branch_name(run.environment, run.directory):
        return found
    raise UsageError(
        "The preview has no name, and this is not a branch of git.", hint="Name it: `--name my-feature`."
    )


def _preview(run: Invocation, given: PreviewOptions) -> int:
    from pywrangler.commands.deploy.deploy import loading, override, refuse_wrong, request_of
    from pywrangler.commands.deploy.deployments import (
        builds_of,
        bundle_worker,
        for_target,
        images_of,
        run_build,
        warn_of_configuration,
    )
    from pywrangler.commands.preview.suggestions import (
        SuggestedError,
        require_previews,
        warn_of_missing_bindings,
    )
    from pywrangler.commands.shared.worker_name import worker_name as name_of_worker
    from pywrangler.deploy.assets.files import collect_assets
    from pywrangler.deploy.previews.deploying import PreviewDeployment
    from pywrangler.deploy.previews.origin import origin_annotations

    refuse_local(run)
    name = preview_name(run, given.name)
    shared = {each: getattr(given, each) for each in ("script", "var", "secrets_file", "path_to_docker")}
    options = DeployOptions(name=given.worker_name, as_json=given.as_json, **shared)
    refuse_wrong(options)
    run.introduce_project()
    client = run.changing_client()
    try:
        require_previews(
            run,
            client,
            name_of_worker(run, given.worker_name, has_suffix=False),
            uses_base=not given.ignore_base_config,
            as_json=given.as_json,
        )
    except SuggestedError as error:
        if not given.as_json:
            raise
        run.console.json(error.suggestion)
        return ExitStatus.FAILURE
    load_file = partial(loading(run, options), is_preview=True)
    configuration = override(run, load_file(), options)
    run.warn_of_environments()
    request = for_target(run, request_of(run, options, configuration, load_file))
    configuration = request.configuration
    warn_of_configuration(run, configuration)
    with run.console.progress() as progress:
        run_build(run, configuration, progress)
        bundle = bundle_worker(run, request, progress)
        deployment = PreviewDeployment(
            client,
            configuration,
            images_of(run, request, builds_of(run, request), client, progress),
            run.console.info,
        )
        deployment.check(request.options.secrets)
        _ensure_worker(run, client, configuration, given)
        made = deployment.run(
            name,
            bundle,
            collect_assets(configuration.assets) if configuration.assets else None,
            origin_annotations(run.environment, run.directory, given.message, given.tag),
            uses_base=not given.ignore_base_config,
        )
    _write_line(run, configuration, made)
    if not given.as_json:
        warn_of_missing_bindings(run, client, configuration.name, made.bindings)
    _show(run, configuration, made, as_json=given.as_json)
    return ExitStatus.OK


def _ensure_worker(
    run: Invocation, client: Client, configuration: Configuration, given: PreviewOptions
) -> None:
    """A preview needs its Worker: make one without code, as Wrangler does, unless the user says no."""
    from pywrangler.cloudflare.scripts.previews import create_parent
    from pywrangler.cloudflare.workers import find_worker

    worker = configuration.name
    if find_worker(client, worker) is not None:
        return
    question = f"There is no Worker {worker}. Create it for this preview?"
    if run.is_interactive and not given.as_json and not run.console.confirm(question, default=True):
        raise UsageError(f"A preview needs the Worker {worker}.", hint="Deploy it: `pywrangler deploy`.")
    run.console.info(f"Creating Worker {worker}")
    written = configuration.cloudflare
    workers_dev = configuration.workers_dev
    if workers_dev is None:
        workers_dev = not (written.get("routes") or written.get("route"))
    previews = written.get("preview_urls")
    create_parent(
        client, worker, workers_dev=workers_dev, previews=workers_dev if previews is None else previews
    )


def _show(run: Invocation, configuration: Configuration, made: Deployed, *, as_json: bool) -> None:
    from pywrangler.commands.preview.suggestions import warn_of_custom_domains
    from pywrangler.deploy.previews.request import without_secrets

    if as_json:
        run.console.json({"preview": made.preview, "deployment": without_secrets(made.deployment)})
        return
    verb = "Created" if made.is_new else "Updated"
    run.console.success(f"{verb} the preview {made.preview['name']}.")
    annotations = made.deployment.get("annotations") or {}
    number = annotations.get("workers/pull_request_number")
    if request := annotations.get("workers/pull_request_url") or (f"#{number}" if number else None):
        run.console.result(f"Pull request: {request}")
    urls = [("Preview URL", made.preview), ("Unique Deployment URL", made.deployment)]
    shown = [(label, url) for label, each in urls for url in each.get("urls") or ()]
    for label, url in shown:
        run.console.result(f"{label}: {url}")
    written = configuration.cloudflare
    warn_of_custom_domains(run, written.get("routes") or written.get("route"), [url for _, url in shown])
    if not shown:
        run.console.warning(
            "The preview has no address. Write `preview_urls: true` in the configuration, deploy the Worker,"
            " then run `pywrangler preview` again."
        )


def _write_line(run: Invocation, configuration: Configuration, made: Deployed) -> None:
    if run.output is None:
        return
    preview, deployment = made.preview, made.deployment
    line: Mapping[str, Any] = {
        "worker_name": configuration.name,
        "preview_id": preview["id"],
        "preview_name": preview["name"],
        "preview_slug": preview["slug"],
        "preview_urls": preview.get("urls"),
        "deployment_id": deployment["id"],
        "deployment_urls": deployment.get("urls"),
    }
    run.output.write("preview", {name: value for name, value in line.items() if value is not None})
