"""`pywrangler versions upload`."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.deploy.options import DeployOptions, UploadOptions
from pywrangler.commands.versions.previews import ALIAS, preview_urls, settle_alias
from pywrangler.dataclass import dataclass
from pywrangler.errors import ExitStatus, PywranglerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pywrangler.cloudflare.client import Client
    from pywrangler.commands.deploy.deployments import DeployRequest
    from pywrangler.deploy.deployment import Uploaded

PREVIEW_LABELS = {"preview_url": "Version Preview URL", "preview_alias_url": "Version Preview Alias URL"}


@dataclass(frozen=True, kw_only=True)
class VersionsUploadOptions(UploadOptions):
    """What the command line of `versions upload` says."""

    preview_alias: Annotated[
        str | None,
        typer.Option("--preview-alias", metavar="NAME", help="A name for this version's own address."),
    ] = None


def upload(run: Invocation, given: VersionsUploadOptions) -> int:
    """Upload a version of a Worker with the images of its containers. It serves no requests yet.

    `versions deploy` lets it serve, and rolls the images out. Schedules, routes and other triggers are set by
    `triggers deploy`. Migrations are applied by `deploy` only.

    Example: pywrangler versions upload --tag v2 --message "faster"
    """
    try:
        return _upload(run, given)
    except PywranglerError as error:
        from pywrangler.commands.doctor.cures import explain

        explain(run, error)
        raise


def _upload(run: Invocation, given: VersionsUploadOptions) -> int:
    from pywrangler.commands.deploy.deploy import prepare
    from pywrangler.commands.deploy.deployments import plan_only, upload_version

    known = {field.name for field in fields(DeployOptions)}
    shared = {field.name: getattr(given, field.name) for field in fields(given) if field.name in known}
    request = prepare(run, DeployOptions(**shared))
    alias = settle_alias(run, given.preview_alias, request.configuration.name)
    noted = {ALIAS: alias} if alias else {}
    request = replace(request, options=replace(request.options, is_upload=True, annotations=noted))
    if given.dry_run:
        return plan_only(run, request)
    uploaded, client, seconds = upload_version(run, request)
    _keep_images(run, client, request, uploaded)
    urls = preview_urls(client, request.configuration.name, uploaded.version, alias)
    _write_line(run, request, uploaded, urls)
    identifier = str(uploaded.version["id"])
    if given.as_json:
        run.console.json(
            {"worker": request.configuration.name, "version_id": identifier, "images": dict(uploaded.images)}
            | urls
        )
        return ExitStatus.OK
    run.console.success(f"Uploaded a version of {request.configuration.name} ({seconds:.2f} s).")
    run.console.result(f"Worker Version ID: {identifier}")
    for name, label in PREVIEW_LABELS.items():
        if name in urls:
            run.console.result(f"{label}: {urls[name]}")
    run.console.info(f"Let it serve requests with `pywrangler versions deploy {identifier}@100%`.")
    return ExitStatus.OK


def _keep_images(run: Invocation, client: Client, request: DeployRequest, uploaded: Uploaded) -> None:
    """Remember the images of a version at Cloudflare, where nothing else names them yet."""
    if run.target is Target.LOCAL or not uploaded.images:
        return
    from pywrangler.deploy.going_back.record import ImageRecord

    record = ImageRecord(run.home, client.account_id or "")
    record.add(request.configuration.name, str(uploaded.version["id"]), uploaded.images)


def _write_line(run: Invocation, request: DeployRequest, uploaded: Uploaded, urls: Mapping[str, str]) -> None:
    if run.output is None:
        return
    from pywrangler.commands.deploy.output_line import bundle_size

    environment = run.options.environment if run.options.environment is not None else run.environment_name
    line: dict[str, Any] = {
        "worker_name": request.configuration.name,
        "worker_tag": uploaded.worker_tag,
        "version_id": uploaded.version["id"],
        **urls,
        **({} if environment is None else {"wrangler_environment": environment}),
        "worker_name_overridden": False,
        **({"bundle_size": bundle_size(run.output.bundle)} if run.output.bundle else {}),
    }
    run.output.write("version-upload", line)
