"""`pywrangler r2 bucket notification`: create, list, delete. Messages of queues for changes of objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.queues.names import find
from pywrangler.commands.r2.bucket import Bucket, Jurisdiction
from pywrangler.commands.r2.names import check_bucket, expecting_bucket
from pywrangler.commands.shared.options import AsJson
from pywrangler.errors import ApiError, UsageError

NO_SUCH_RULE = 11015


class ObjectEvents(StrEnum):
    """The changes of objects that are reported."""

    OBJECT_CREATE = "object-create"
    OBJECT_DELETE = "object-delete"


EventTypes = Annotated[
    list[ObjectEvents],
    typer.Option("--event-types", "--event-type", help="Which changes are told; may be given twice."),
]
MoreTypes = Annotated[list[str] | None, typer.Argument(hidden=True)]
QueueName = Annotated[str, typer.Option("--queue", metavar="QUEUE", help="The queue that gets the messages.")]
Prefix = Annotated[str, typer.Option("--prefix", help="Only keys that begin with this.", show_default=False)]
Suffix = Annotated[str, typer.Option("--suffix", help="Only keys that end with this.", show_default=False)]
Description = Annotated[
    str | None, typer.Option("--description", metavar="TEXT", help="What the rule is for, in your words.")
]
RuleId = Annotated[str | None, typer.Option("--rule", metavar="ID", help="Only this rule; default: all.")]


def create(
    run: Invocation,
    bucket: Bucket,
    event_types: EventTypes,
    queue: QueueName,
    more: MoreTypes = None,
    prefix: Prefix = "",
    suffix: Suffix = "",
    description: Description = None,
    jurisdiction: Jurisdiction = None,
) -> None:
    """Send a message to a queue whenever an object of a bucket is written or deleted.

    Example: pywrangler r2 bucket notification create images --event-type object-create --queue uploads
    """
    from pywrangler.cloudflare.products.r2_access import ACTIONS, add_notification

    check_bucket(bucket, run)
    types = chosen_types([*event_types, *(more or ())])
    rule: dict[str, Any] = {
        "prefix": prefix,
        "suffix": suffix,
        "actions": [action for each in types for action in ACTIONS[each]],
        **({} if description is None else {"description": description}),
    }
    client = run.changing_client()
    found = find(client, queue)
    with expecting_bucket(client, bucket):
        add_notification(client, bucket, found["queue_id"], rule, jurisdiction)
    actions = ", ".join(rule["actions"])
    run.console.success(f"Created the event notification rule: {queue} gets messages of {actions}.")


def list_(
    run: Invocation, bucket: Bucket, jurisdiction: Jurisdiction = None, as_json: AsJson = False
) -> None:
    """List the event notification rules of a bucket.

    Example: pywrangler r2 bucket notification list images
    """
    from pywrangler.cloudflare.products.r2_access import list_notifications

    check_bucket(bucket, run)
    with expecting_bucket(run.client, bucket):
        queues = list_notifications(run.client, bucket, jurisdiction)
    if as_json:
        run.console.json({"bucketName": bucket, "queues": queues})
        return
    rows = rule_rows(queues)
    if not rows:
        run.console.info(f"The bucket {bucket} has no event notification rules.")
    for number, row in enumerate(rows):
        if number:
            run.console.result("")
        run.console.record(list(row.items()))


def delete(
    run: Invocation,
    bucket: Bucket,
    queue: QueueName,
    rule: RuleId = None,
    jurisdiction: Jurisdiction = None,
) -> None:
    """Delete an event notification rule of a bucket, or all rules for a queue.

    Example: pywrangler r2 bucket notification delete images --queue uploads
    """
    from pywrangler.cloudflare.products.r2_access import delete_notifications

    check_bucket(bucket, run)
    client = run.changing_client()
    found = find(client, queue)
    try:
        with expecting_bucket(client, bucket):
            delete_notifications(client, bucket, found["queue_id"], (rule,) if rule else (), jurisdiction)
    except ApiError as error:
        if error.status == 404 and error.api_code == NO_SUCH_RULE:
            error.hint = f"`pywrangler r2 bucket notification list {bucket}` shows the rules."
        raise
    run.console.success("Deleted the event notification rule." if rule else "Deleted the rules of the queue.")


def chosen_types(words: Iterable[str]) -> list[str]:
    """The types of events, each once. Raises `UsageError` for another word."""
    known = [each.value for each in ObjectEvents]
    for word in words:
        if word not in known:
            raise UsageError(f"`{word}` is not a type of event.", hint=f"Use one of: {', '.join(known)}.")
    return [each for each in known if each in words]


def rule_rows(queues: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Every rule with the names that Wrangler (4.164) prints."""
    return [
        {
            "rule_id": str(rule.get("ruleId") or ""),
            "created_at": str(rule.get("createdAt") or ""),
            "queue_name": str(queue["queueName"]),
            "prefix": rule.get("prefix") or "(all prefixes)",
            "suffix": rule.get("suffix") or "(all suffixes)",
            "event_type": ",".join(rule["actions"]),
        }
        for queue in queues
        for rule in queue["rules"]
    ]
