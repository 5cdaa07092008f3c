"""`pywrangler versions deploy`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.shared.options import WorkerName
from pywrangler.commands.shared.worker_name import worker_name
from pywrangler.commands.versions.options import CodeUpdate, DryRun, Yes, code_update
from pywrangler.commands.versions.shapes import labelled, version_fields
from pywrangler.commands.versions.traffic import (
    created_on,
    find_tagged,
    read_tags,
    read_versions,
    share_out,
)
from pywrangler.commands.versions.whole_ids import whole_ids
from pywrangler.dataclass import dataclass
from pywrangler.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client

UNVERSIONED = ("logpush", "tail_consumers", "streaming_tail_consumers", "observability")
OFFERED = 10


@dataclass(frozen=True, kw_only=True)
class VersionsDeployOptions:
    """What the command line of `versions deploy` says."""

    versions: Annotated[
        list[str] | None,
        typer.Argument(metavar="[VERSION[@PERCENTAGE]]...", help="Versions, and how much each serves."),
    ] = None
    name: WorkerName = None
    version_id: Annotated[
        list[str] | None, typer.Option("--version-id", metavar="VERSION", help="A version to deploy.")
    ] = None
    percentage: Annotated[
        list[float] | None,
        typer.Option("--percentage", help="How much the version in the same place serves (0-100)."),
    ] = None
    version_tag: Annotated[
        list[str] | None,
        typer.Option("--version-tag", metavar="TAG[@PERCENTAGE]", help="A version to deploy, by its tag."),
    ] = None
    message: Annotated[
        str | None, typer.Option("--message", metavar="TEXT", help="A message for this deployment.")
    ] = None
    yes: Yes = False
    dry_run: DryRun = False
    code_update_mode: CodeUpdate = None
    max_versions: Annotated[int, typer.Option("--max-versions", hidden=True)] = 2


def deploy(run: Invocation, given: VersionsDeployOptions) -> int:
    """Let versions that exist serve the requests of a Worker.

    Percentages that are omitted share the rest. Images of containers go with their version where one version
    serves all requests.

    Example: pywrangler versions deploy 1f0c7f4e-5d21-4f0e-9a4d-2f8d3c1b7a65@100%
    """
    from pywrangler.cloudflare.scripts.versions import create_deployment
    from pywrangler.cloudflare.workers import get_version
    from pywrangler.deploy.applications.managed import versioned_applications
    from pywrangler.deploy.apply import create_missing

    worker = worker_name(run, given.name, has_suffix=False)
    said = read_versions(given.versions or (), given.version_id or (), given.percentage or ())
    tags = read_tags(given.version_tag or ())
    strategy = code_update(run, given.code_update_mode)
    client = run.client if given.dry_run else run.changing_client()
    whole = whole_ids(client, worker, said)
    wanted = {whole[text]: percentage for text, percentage in said.items()}
    if tags:
        from pywrangler.cloudflare.scripts.versions import list_versions

        wanted |= find_tagged(tags, list_versions(client, worker))
    if not wanted and run.is_interactive and not given.yes:
        wanted = {_chosen(run, client, worker): 100}
    _check_count(wanted, given.max_versions)
    traffic = share_out(wanted)
    chosen = [get_version(client, worker, identifier) for identifier in traffic]
    for version, percentage in zip(chosen, traffic.values(), strict=True):
        run.console.info(f"{percentage:g} % for")
        run.console.info(labelled(version_fields(version)), multiline=True)
    applications = versioned_applications(chosen, worker)
    if given.dry_run:
        run.console.info("Dry run: nothing was changed.")
        return ExitStatus.OK
    made = create_deployment(client, worker, traffic, given.message or "", strategy)
    if applications:
        create_missing(client, worker, applications, run.console.info)
    if list(traffic.values()) == [100] or run.target is Target.LOCAL:
        from pywrangler.commands.versions.images import bring_images_back

        bring_images_back(run, client, worker, next(iter(traffic)), made)
    _set_settings(run, client, worker)
    listed = " and ".join(f"version {each} at {percentage:g}%" for each, percentage in traffic.items())
    run.console.success(f"Deployed {worker} {listed}.")
    _write_line(run, client, worker, made)
    return ExitStatus.OK


def _chosen(run: Invocation, client: Client, worker: str) -> str:
    from pywrangler.cloudflare.scripts.versions import list_versions

    found = sorted(list_versions(client, worker), key=created_on, reverse=True)[:OFFERED]
    if not found:
        raise UsageError(f"The Worker {worker} has no versions.", hint="Make one with `versions upload`.")
    lines = [", ".join(f"{label}: {value}" for label, value in version_fields(each)) for each in found]
    return str(found[run.console.choose("Which version do you want to deploy?", lines)]["id"])


def _check_count(wanted: dict[str, float | None], most: int) -> None:
    if not wanted:
        raise UsageError(
            "No version is named.",
            hint="Name one, as in `pywrangler versions deploy VERSION@100%`, or give --version-id or"
            " --version-tag.",
        )
    if len(wanted) > most:
        raise UsageError(f"{len(wanted)} versions are named, and at most {most} can serve a Worker.")


def _set_settings(run: Invocation, client: Client, worker: str) -> None:
    """Set what the configuration says beside the version, as Wrangler (4.164) does here."""
    from pywrangler.cloudflare.workers import set_settings

    fields = run.project.fields
    written = {name: fields.get(name) for name in UNVERSIONED} if fields else {}
    settings = {name: value for name, value in written.items() if value is not None}
    if settings:
        set_settings(client, worker, settings)


def _write_line(run: Invocation, client: Client, worker: str, made: dict[str, Any]) -> None:
    if run.output is None:
        return
    from pywrangler.cloudflare.workers import find_worker

    script = ((find_worker(client, worker) or {}).get("default_environment") or {}).get("script") or {}
    line: dict[str, Any] = {
        "worker_name": worker,
        "worker_tag": script.get("tag"),
        "deployment_id": made.get("id"),
        # Wrangler 4.164 writes a Map, of which JSON has nothing. Scripts that read the line find the field.
        "version_traffic": {},
    }
    run.output.write("version-deploy", line)
