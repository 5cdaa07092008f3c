"""`pywrangler deployments list`, `status` and `view`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson, WorkerName
from pywrangler.commands.shared.worker_name import worker_name
from pywrangler.commands.versions.shapes import deployment_fields, labelled
from pywrangler.errors import PywranglerError

if TYPE_CHECKING:
    from collections.abc import Sequence

DeploymentId = Annotated[str | None, typer.Argument(metavar="[DEPLOYMENT]", help="A deployment's id.")]


def list_(run: Invocation, name: WorkerName = None, as_json: AsJson = False) -> None:
    """List the newest deployments of a Worker, the newest last.

    Example: pywrangler deployments list --json
    """
    from pywrangler.cloudflare.scripts.versions import list_deployments

    worker = worker_name(run, name, has_suffix=False)
    found = sorted(list_deployments(run.client, worker), key=_created_on)
    if as_json:
        run.console.json(found)
    elif not found:
        run.console.info(f"The Worker {worker} has no deployments.")
    else:
        _show(run, worker, found)


def status(run: Invocation, name: WorkerName = None, as_json: AsJson = False) -> None:
    """Show which versions serve the requests of a Worker.

    Example: pywrangler deployments status
    """
    from pywrangler.cloudflare.scripts.versions import list_deployments

    worker = worker_name(run, name, has_suffix=False)
    found = sorted(list_deployments(run.client, worker), key=_created_on)
    if not found:
        raise PywranglerError(
            f"The Worker {worker} has no deployments.", hint="Make one with `pywrangler deploy`."
        )
    if as_json:
        run.console.json(found[-1])
    else:
        _show(run, worker, found[-1:])


def view(run: Invocation, deployment: DeploymentId = None, name: WorkerName = None) -> None:  # noqa: ARG001
    """Say which command shows what this one showed in former versions of Wrangler.

    Example: pywrangler deployments view
    """
    command = "versions view VERSION" if deployment else "deployments status"
    raise PywranglerError(
        f"`deployments view` is now `{command}`.", hint=f"Run `pywrangler {command}`.", code="renamed-command"
    )


def _show(run: Invocation, worker: str, deployments: Sequence[dict[str, Any]]) -> None:
    from pywrangler.cloudflare.workers import get_version

    named = {entry["version_id"]: None for each in deployments for entry in each.get("versions") or ()}
    versions = {identifier: get_version(run.client, worker, identifier) for identifier in named}
    texts = [labelled(deployment_fields(each, versions)) for each in deployments]
    run.console.result("\n\n".join(texts), multiline=True)


def _created_on(deployment: dict[str, Any]) -> str:
    return str(deployment.get("created_on", ""))
