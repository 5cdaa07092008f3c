"""`pywrangler delete`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.input import confirmed
from pywrangler.commands.shared.unknown_names import no_worker
from pywrangler.commands.shared.worker_name import worker_name
from pywrangler.errors import ApiError, MissingError, UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client

Worker = Annotated[
    str | None, typer.Argument(metavar="WORKER", help="The Worker; default: the one in the configuration.")
]
Name = Annotated[str | None, typer.Option("--name", metavar="WORKER", help="The same, as an option.")]
Force = Annotated[
    bool, typer.Option("--force", "-y", "--yes", help="Do not ask, even if other Workers depend on it.")
]
Script = Annotated[str | None, typer.Option("--script", hidden=True)]
DispatchNamespace = Annotated[
    str | None,
    typer.Option(
        "--dispatch-namespace", metavar="NAMESPACE", help="The dispatch namespace that the Worker is in."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be deleted, and delete nothing.")]


def delete(
    run: Invocation,
    worker: Worker = None,
    name: Name = None,
    force: Force = False,
    dry_run: DryRun = False,
    dispatch_namespace: DispatchNamespace = None,
    script: Script = None,  # noqa: ARG001 - Wrangler's, which does nothing with it either
) -> None:
    """Delete a Worker together with its container applications and the storage of its Durable Objects.

    Example: pywrangler delete my-worker
    """
    from pywrangler.cloudflare.containers import delete_application
    from pywrangler.cloudflare.workers import delete_worker, dispatched, find_dispatched, find_worker

    if worker and name and worker != name:
        raise UsageError(
            f"The Worker is named twice: `{worker}` and `--name {name}`.", hint="Omit one of them."
        )
    chosen = worker_name(run, name if worker is None else worker, has_suffix=False)
    client = run.client if dry_run else run.changing_client()
    name = dispatched(chosen, dispatch_namespace)
    if dispatch_namespace and find_dispatched(client, name) is None:
        raise MissingError(f"There is no Worker `{chosen}` in the namespace `{dispatch_namespace}`.")
    if not dispatch_namespace and find_worker(client, chosen) is None:
        raise no_worker(client, chosen)
    applications = [] if dispatch_namespace else _applications(run, client, chosen)
    run.console.info(f"Worker {name}")
    for application in applications:
        run.console.info(f"  with application {application['name']} and its instances")
    if dry_run:
        run.console.info("Dry run: nothing was deleted.")
        return
    if not confirmed(run, f"Delete {chosen}? This cannot be undone.", skip=force):
        return
    # The Worker first: where another one needs it, Cloudflare refuses, and nothing is lost.
    delete_worker(client, name, force=force)
    for application in applications:
        delete_application(client, application["id"])
    run.console.success(f"Deleted {chosen}.")


def _applications(run: Invocation, client: Client, worker: str) -> list[dict[str, str]]:
    """The Worker's applications. A token that may not see any can delete a Worker all the same."""
    try:
        return owned_applications(client, worker)
    except ApiError as error:
        if error.status != 403:
            raise
        run.console.warning(
            f"It is not known whether {worker} has container applications: {error.message}"
            " Existing ones continue to run, and cost money."
        )
        return []


def owned_applications(client: Client, worker: str) -> list[dict[str, str]]:
    """The applications whose Durable Object namespace is one of the Worker's."""
    from pywrangler.cloudflare.containers import list_applications
    from pywrangler.cloudflare.workers import list_namespaces

    namespaces = {namespace.id for namespace in list_namespaces(client) if namespace.script == worker}
    if not namespaces:
        return []
    return [
        application
        for application in list_applications(client)
        if (application.get("durable_objects") or {}).get("namespace_id") in namespaces
    ]
