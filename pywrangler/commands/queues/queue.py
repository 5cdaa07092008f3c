"""`pywrangler queues`: create, list, info, update, delete, pause and resume delivery, purge."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.queues.names import expecting_settings, find
from pywrangler.commands.shared.input import confirmed
from pywrangler.commands.shared.new_binding import binding_name
from pywrangler.commands.shared.options import AsJson
from pywrangler.commands.shared.taken_names import expecting_free_name
from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.products.queues import Queue

NAME_TAKEN = 11009
PULL_HINT = """HTTP pull. Get messages with:
curl "{base}/accounts/{account}/queues/{queue}/messages/pull" \\
  --header "Authorization: Bearer TOKEN" --header "Content-Type: application/json" \\
  --data '{{ "visibility_timeout_ms": 10000, "batch_size": 2 }}'"""


class QueueJurisdiction(StrEnum):
    """The jurisdiction of a queue."""

    EU = "eu"
    US = "us"
    FEDRAMP = "fedramp"


Name = Annotated[str, typer.Argument(metavar="QUEUE", help="Name of the queue.")]
Delay = Annotated[
    int | None,
    typer.Option(
        "--delivery-delay-secs",
        metavar="SECONDS",
        min=0,
        max=86_400,
        help="How long a message waits before it is delivered: 0 to 86400.",
    ),
]
Retention = Annotated[
    int | None,
    typer.Option(
        "--message-retention-period-secs",
        metavar="SECONDS",
        min=60,
        max=1_209_600,
        help="How long a message is kept: 60 to 1209600, or 86400 on the free plan.",
    ),
]
Jurisdiction = Annotated[
    QueueJurisdiction | None, typer.Option("--jurisdiction", help="The queue's jurisdiction.")
]
Page = Annotated[int, typer.Option("--page", metavar="NUMBER", min=1, help="Page of the list.")]
Force = Annotated[bool, typer.Option("--force", "-y", "--yes", help="Do not ask.")]


def create(
    run: Invocation,
    name: Name,
    jurisdiction: Jurisdiction = None,
    delay: Delay = None,
    retention: Retention = None,
    as_json: AsJson = False,
) -> None:
    """Create a queue and show what to add to the configuration.

    Example: pywrangler queues create jobs
    """
    from pywrangler.cloudflare.products.queues import create_queue

    client = run.changing_client()
    with (
        expecting_free_name("queue", name, taken=NAME_TAKEN, listing="pywrangler queues list"),
        expecting_settings(),
    ):
        made = create_queue(client, name, _settings(delay, retention), jurisdiction)
    run.console.success(f"Created the queue {name}.")
    if as_json:
        run.console.json(made)
        return
    run.console.info("To send messages, add it to queues.producers in the configuration:")
    run.console.result(f'{{ "binding": "{binding_name(name, "queue")}", "queue": {json.dumps(name)} }}')
    run.console.info("To get messages, add it to queues.consumers:")
    run.console.result(f'{{ "queue": {json.dumps(name)} }}')


def list_(run: Invocation, page: Page = 1, as_json: AsJson = False) -> None:
    """List the queues of the account.

    Example: pywrangler queues list
    """
    from pywrangler.cloudflare.products.queues import list_queues

    found = list_queues(run.client, page=page)
    if as_json:
        run.console.json(found)
        return
    names = ["id", "name", "created_on", "modified_on", "producers", "consumers"]
    has_jurisdictions = any(queue.get("jurisdiction") is not None for queue in found)
    if has_jurisdictions:
        names.insert(2, "jurisdiction")
    rows = [[row[name] for name in names] for row in map(_row, found)]
    run.console.table([name.replace("_", " ") for name in names], rows)


def info(run: Invocation, name: Name, as_json: AsJson = False) -> None:
    """Show a queue with its producers and its consumer.

    Example: pywrangler queues info jobs
    """
    queue = find(run.client, name)
    if as_json:
        run.console.json(queue)
    else:
        run.console.record(describe(queue, run.client.account_id, run.client.base_url))


def update(run: Invocation, name: Name, delay: Delay = None, retention: Retention = None) -> None:
    """Change how long messages of a queue wait, and how long they are kept.

    Example: pywrangler queues update jobs --delivery-delay-secs 60
    """
    from pywrangler.cloudflare.products.queues import update_queue

    client = run.changing_client()
    queue = find(client, name)
    kept = {
        field: value
        for field, value in (queue.get("settings") or {}).items()
        if field in ("delivery_delay", "message_retention_period") and value is not None
    }
    with expecting_settings():
        update_queue(client, queue, {**kept, **_settings(delay, retention)})
    run.console.success(f"Updated the queue {name}.")


def delete(run: Invocation, name: Name) -> None:
    """Delete a queue with its messages.

    Example: pywrangler queues delete jobs
    """
    from pywrangler.cloudflare.products.queues import delete_queue

    client = run.changing_client()
    delete_queue(client, find(client, name))
    run.console.success(f"Deleted the queue {name}.")


def pause_delivery(run: Invocation, name: Name) -> None:
    """Pause the delivery of a queue's messages: they wait in the queue.

    Example: pywrangler queues pause-delivery jobs
    """
    _set_paused(run, name, is_paused=True)


def resume_delivery(run: Invocation, name: Name) -> None:
    """Resume the delivery of a queue's messages.

    Example: pywrangler queues resume-delivery jobs
    """
    _set_paused(run, name, is_paused=False)


def _set_paused(run: Invocation, name: str, *, is_paused: bool) -> None:
    from pywrangler.cloudflare.products.queues import update_queue

    client = run.changing_client()
    with expecting_settings():
        update_queue(client, find(client, name), {"delivery_paused": is_paused})
    run.console.success(f"{'Paused' if is_paused else 'Resumed'} the delivery of the queue {name}.")


def purge(run: Invocation, name: Name, force: Force = False) -> None:
    """Delete all messages of a queue.

    Example: pywrangler queues purge jobs --force
    """
    from pywrangler.cloudflare.products.queues import purge_queue

    if not force and not run.is_interactive:
        raise UsageError(
            f"`queues purge {name}` deletes messages and must be confirmed on a terminal.",
            hint="Add `--force`.",
        )
    client = run.changing_client()
    queue = find(client, name)
    if confirmed(run, f"Delete all messages of the queue {name}? This cannot be undone.", skip=force):
        purge_queue(client, queue)
        run.console.success(f"Purged the queue {name}.")


def describe(queue: Queue, account: str | None, base: str) -> list[tuple[str, str]]:
    """A queue with the facts that Wrangler's `queues info` (4.164) shows."""
    producers, consumers = queue.get("producers") or [], queue.get("consumers") or []
    facts = {
        "queue name": queue["queue_name"],
        "queue id": queue["queue_id"],
        "jurisdiction": queue.get("jurisdiction"),
        "created on": queue.get("created_on"),
        "last modified": queue.get("modified_on"),
        "number of producers": queue.get("producers_total_count", len(producers)),
        "producers": ", ".join(map(_place, producers)),
        "number of consumers": queue.get("consumers_total_count", len(consumers)),
        "consumers": ", ".join(
            PULL_HINT.format(base=base, account=account, queue=queue["queue_id"])
            if each.get("type") == "http_pull"
            else _place(each)
            for each in consumers
        ),
        "delivery": "paused" if (queue.get("settings") or {}).get("delivery_paused") else None,
    }
    return [(name, str(value)) for name, value in facts.items() if value not in (None, "")]


def _place(end: dict[str, Any]) -> str:
    """The name of a producer or consumer."""
    name = (
        end.get("bucket_name") if end.get("type") == "r2_bucket" else end.get("script") or end.get("service")
    )
    return f"{end.get('type')}:{name}"


def _row(queue: Queue) -> dict[str, Any]:
    return {
        "id": queue["queue_id"],
        "name": queue["queue_name"],
        "jurisdiction": queue.get("jurisdiction") or "",
        "created_on": queue.get("created_on"),
        "modified_on": queue.get("modified_on"),
        "producers": str(queue.get("producers_total_count", 0)),
        "consumers": str(queue.get("consumers_total_count", 0)),
    }


def _settings(delay: int | None, retention: int | None) -> dict[str, int]:
    chosen = {"delivery_delay": delay, "message_retention_period": retention}
    return {name: value for name, value in chosen.items() if value is not None}
