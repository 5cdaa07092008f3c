"""`pywrangler queues subscription`: events of other products that Cloudflare sends to a queue."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.queues.names import find
from pywrangler.commands.shared.input import confirmed
from pywrangler.commands.shared.options import AsJson
from pywrangler.errors import PywranglerError, UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.cloudflare.products.event_subscriptions import Subscription


class Source(StrEnum):
    """What has events (Wrangler 4.164)."""

    ARTIFACTS = "artifacts"
    ARTIFACTS_REPO = "artifacts.repo"
    BROWSER_RUN = "browserRun"
    EMAIL_SENDING = "email.sending"
    IMAGES = "images"
    KV = "kv"
    R2 = "r2"
    SUPER_SLURPER = "superSlurper"
    VECTORIZE = "vectorize"
    AI_MODEL = "workersAi.model"
    BUILDS_WORKER = "workersBuilds.worker"
    WORKFLOW = "workflows.workflow"


RESOURCES: dict[Source, dict[str, str]] = {
    Source.ARTIFACTS_REPO: {"namespace": "--source-namespace", "repo_name": "--source-repo-name"},
    Source.EMAIL_SENDING: {"zone_id": "--zone-id", "domain": "--domain"},
    Source.AI_MODEL: {"model_name": "--model-name"},
    Source.BUILDS_WORKER: {"worker_name": "--worker-name"},
    Source.WORKFLOW: {"workflow_name": "--workflow-name"},
}
"""The fields that name the resource of a source, with the option of each."""

QueueName = Annotated[str, typer.Argument(metavar="QUEUE", help="Name of the queue.")]
SourceOption = Annotated[Source, typer.Option("--source", help="The product that has the events.")]
Events = Annotated[str, typer.Option("--events", metavar="NAMES", help="Names of events, with commas.")]
NewEvents = Annotated[
    str | None, typer.Option("--events", metavar="NAMES", help="Names of events, with commas.")
]
Name = Annotated[str | None, typer.Option("--name", metavar="NAME", help="Name of the subscription.")]
Enabled = Annotated[bool, typer.Option("--enabled/--no-enabled", help="Whether events are sent.")]
NewEnabled = Annotated[bool | None, typer.Option("--enabled/--no-enabled", help="Whether events are sent.")]
Identifier = Annotated[str, typer.Option("--id", metavar="ID", help="Id of the subscription.")]
Page = Annotated[int, typer.Option("--page", metavar="NUMBER", min=1, help="Page of the list.")]
PerPage = Annotated[int, typer.Option("--per-page", metavar="NUMBER", min=1, help="Entries of a page.")]
Force = Annotated[bool, typer.Option("--force", "-y", "--yes", help="Do not ask.")]


def _resource(option: str, of: Source, what: str) -> Any:
    return typer.Option(option, metavar="NAME", help=f"{what}, for `{of}`.")


ModelName = Annotated[str | None, _resource("--model-name", Source.AI_MODEL, "The model")]
WorkerName = Annotated[str | None, _resource("--worker-name", Source.BUILDS_WORKER, "The Worker")]
WorkflowName = Annotated[str | None, _resource("--workflow-name", Source.WORKFLOW, "The Workflow")]
ZoneId = Annotated[str | None, _resource("--zone-id", Source.EMAIL_SENDING, "Id of the zone")]
Domain = Annotated[str | None, _resource("--domain", Source.EMAIL_SENDING, "The domain")]
Namespace = Annotated[str | None, _resource("--source-namespace", Source.ARTIFACTS_REPO, "The namespace")]
RepoName = Annotated[str | None, _resource("--source-repo-name", Source.ARTIFACTS_REPO, "The repository")]


def create(
    run: Invocation,
    queue: QueueName,
    source: SourceOption,
    events: Events,
    name: Name = None,
    enabled: Enabled = True,
    model_name: ModelName = None,
    worker_name: WorkerName = None,
    workflow_name: WorkflowName = None,
    zone_id: ZoneId = None,
    domain: Domain = None,
    namespace: Namespace = None,
    repo_name: RepoName = None,
) -> None:
    """Send events of a product to a queue.

    Example: pywrangler queues subscription create jobs --source kv --events namespace.created
    """
    from pywrangler.cloudflare.products.event_subscriptions import create_subscription

    named = {
        "model_name": model_name,
        "worker_name": worker_name,
        "workflow_name": workflow_name,
        "zone_id": zone_id,
        "domain": domain,
        "namespace": namespace,
        "repo_name": repo_name,
    }
    body = {
        "name": name or f"{queue} {source}",
        "enabled": enabled,
        "source": source_of(source, named),
        "events": names_of(events),
    }
    client = run.changing_client()
    made = create_subscription(client, find(client, queue), body)
    run.console.success(f"Created the subscription {made['name']} with the id {made['id']}.")


def list_(
    run: Invocation, queue: QueueName, page: Page = 1, per_page: PerPage = 20, as_json: AsJson = False
) -> None:
    """List the subscriptions of a queue.

    Example: pywrangler queues subscription list jobs
    """
    from pywrangler.cloudflare.products.event_subscriptions import list_subscriptions

    client = run.client
    found = list_subscriptions(client, find(client, queue), page=page, per_page=per_page)
    if as_json:
        run.console.json(found)
    elif not found:
        run.console.info(f"The queue {queue} has no subscriptions.")
    else:
        columns = ["id", "name", "source", "events", "resource", "enabled"]
        run.console.table(columns, [[described(each).get(name, "") for name in columns] for each in found])


def get(run: Invocation, queue: QueueName, identifier: Identifier, as_json: AsJson = False) -> None:
    """Show a subscription of a queue.

    Example: pywrangler queues subscription get jobs --id 1f0c
    """
    found = _find(run.client, queue, identifier)
    if as_json:
        run.console.json(found)
    else:
        run.console.record([(name, value) for name, value in described(found).items() if value])


def update(
    run: Invocation,
    queue: QueueName,
    identifier: Identifier,
    name: Name = None,
    events: NewEvents = None,
    enabled: NewEnabled = None,
    as_json: AsJson = False,
) -> None:
    """Change a subscription of a queue.

    Example: pywrangler queues subscription update jobs --id 1f0c --no-enabled
    """
    from pywrangler.cloudflare.products.event_subscriptions import update_subscription

    chosen = {
        "name": name,
        "events": None if events is None else names_of(events),
        "enabled": enabled,
    }
    body = {field: value for field, value in chosen.items() if value is not None}
    if not body:
        raise UsageError(
            "No field of the subscription is given.", hint="Add `--name`, `--events` or `--enabled`."
        )
    client = run.changing_client()
    _find(client, queue, identifier)
    changed = update_subscription(client, identifier, body)
    run.console.success(f"Updated the subscription {changed['name']}.")
    if as_json:
        run.console.json(changed)


def delete(run: Invocation, queue: QueueName, identifier: Identifier, force: Force = False) -> None:
    """Delete a subscription of a queue.

    Example: pywrangler queues subscription delete jobs --id 1f0c
    """
    from pywrangler.cloudflare.products.event_subscriptions import delete_subscription

    client = run.changing_client()
    found = _find(client, queue, identifier)
    if confirmed(run, f"Delete the subscription {found['name']} of the queue {queue}?", skip=force):
        delete_subscription(client, identifier)
        run.console.success(f"Deleted the subscription {found['name']}.")


def names_of(text: str) -> list[str]:
    """Names with commas between them. Raises `UsageError` without any."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise UsageError(
            "`--events` names no event.", hint="Write names of events, with commas between them."
        )
    return names


def source_of(source: Source, named: dict[str, str | None]) -> dict[str, str]:
    """A source in the words of the API. Raises `UsageError` if the options do not name its resource."""
    fields = {}
    for field, option in RESOURCES.get(source, {}).items():
        value = named[field]
        if not value:
            raise UsageError(f"`--source {source}` needs `{option}`.", hint=f"Add `{option}`.")
        fields[field] = value
    return {"type": str(source), **fields}


def described(subscription: Subscription) -> dict[str, str]:
    """A subscription with the facts that Wrangler (4.164) shows."""
    source = subscription["source"]
    fields = RESOURCES.get(source["type"], {})
    resource = [str(source.get(field)) for field in fields if field != "zone_id"]
    return {
        "id": subscription["id"],
        "name": subscription["name"],
        "source": source["type"],
        "resource": "/".join(resource),
        "queue id": subscription["destination"]["queue_id"],
        "events": ", ".join(subscription["events"]),
        "enabled": "yes" if subscription["enabled"] else "no",
        "created at": str(subscription.get("created_at") or ""),
        "modified at": str(subscription.get("modified_at") or ""),
    }


def _find(client: Client, queue: str, identifier: str) -> Subscription:
    from pywrangler.cloudflare.products.event_subscriptions import get_subscription

    found = get_subscription(client, identifier)
    if found["destination"]["queue_id"] != find(client, queue)["queue_id"]:
        raise PywranglerError(
            f"The subscription `{identifier}` does not belong to the queue `{queue}`.",
            hint=f"`pywrangler queues subscription list {queue}` shows those of this queue.",
            code="subscription-of-another-queue",
        )
    return found
