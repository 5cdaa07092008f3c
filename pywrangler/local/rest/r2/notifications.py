"""Event notifications of buckets. Paths and shapes are those of Wrangler 4.164."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import optional_text, read_object
from pywrangler.local.rest.context import ApiContext, context_of
from pywrangler.local.rest.envelope import success, timestamp
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.queues.queues import find_queue
from pywrangler.local.rest.r2.buckets import find_bucket
from pywrangler.local.rest.routes import Route
from pywrangler.local.store.records import NotificationRule, Queue

CONFIGURATION = "/event_notifications/r2/{bucket}/configuration"
OF_QUEUE = CONFIGURATION + "/queues/{queue}"
ACTIONS = frozenset(
    {"PutObject", "CopyObject", "CompleteMultipartUpload", "DeleteObject", "LifecycleDeletion"}
)
MOST_RULES = 100
NO_SUCH_RULE = 11015
OVERLAP = 11020
INVALID = 11010


async def list_rules(request: web.Request) -> web.Response:
    """`GET /event_notifications/r2/{bucket}/configuration`."""
    context, bucket = context_of(request), find_bucket(request)
    rules = context.store.r2_rules.of_bucket(bucket.name)
    queues = [queue for queue in context.store.queues.all() if any(r.queue_id == queue.id for r in rules)]
    found = [_queue_json(queue, rules) for queue in queues]
    return success({"bucketName": bucket.name, "queues": found})


async def show_rules(request: web.Request) -> web.Response:
    """`GET .../queues/{queue}`."""
    context, bucket, queue = context_of(request), find_bucket(request), find_queue(request)
    return success(_queue_json(queue, context.store.r2_rules.of_bucket(bucket.name)))


async def add_rules(request: web.Request) -> web.Response:
    """`PUT .../queues/{queue}` with `{"rules": [{"prefix", "suffix", "actions", "description"}]}`."""
    context, bucket, queue = context_of(request), find_bucket(request), find_queue(request)
    given = (await read_object(request)).get("rules")
    if not isinstance(given, list) or not given or not all(isinstance(each, dict) for each in given):
        raise RestError("The field `rules` must be a list of objects.", code=INVALID)
    rules = [_read(each, bucket.name, queue, context) for each in given]
    await context.store.change(lambda: _add(context, bucket.name, rules))
    await context.r2_objects.refresh()
    return success({})


def _add(context: ApiContext, bucket: str, rules: Sequence[NotificationRule]) -> None:
    known = context.store.r2_rules.of_bucket(bucket)
    for rule in rules:
        if (other := next((old for old in known if overlaps(old, rule)), None)) is not None:
            message = (
                f"The rule overlaps with the rule `{other.id}` of the bucket `{bucket}`: an event would"
                " be sent twice. Delete that rule first, or choose another prefix or suffix."
            )
            raise RestError(message, status=409, code=OVERLAP)
        known.append(rule)
        if len(known) > MOST_RULES:
            raise RestError(f"A bucket has at most {MOST_RULES} rules.", code=INVALID)
        context.store.r2_rules.add(rule)


async def delete_rules(request: web.Request) -> web.Response:
    """`DELETE .../queues/{queue}`: the rules in `ruleIds`, or without them all of the queue."""
    context, bucket, queue = context_of(request), find_bucket(request), find_queue(request)
    body = await read_object(request) if request.can_read_body else {}
    rules = [rule for rule in context.store.r2_rules.of_bucket(bucket.name) if rule.queue_id == queue.id]
    wanted = body.get("ruleIds")
    chosen = [rule.id for rule in rules if wanted is None or rule.id in wanted]
    if not chosen or (wanted is not None and set(wanted) != set(chosen)):
        message = (
            f"The bucket `{bucket.name}` has no such event notification rule for the queue `{queue.name}`."
        )
        raise RestError(message, status=404, code=NO_SUCH_RULE)

    def delete() -> None:
        for rule_id in chosen:
            context.store.r2_rules.delete(rule_id)

    await context.store.change(delete)
    await context.r2_objects.refresh()
    return success({})


def overlaps(one: NotificationRule, other: NotificationRule) -> bool:
    """Whether an event can match both rules."""
    prefixes = one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)
    suffixes = one.suffix.endswith(other.suffix) or other.suffix.endswith(one.suffix)
    return prefixes and suffixes and not set(one.actions).isdisjoint(other.actions)


def _read(given: Mapping[str, Any], bucket: str, queue: Queue, context: ApiContext) -> NotificationRule:
    actions = given.get("actions")
    if not isinstance(actions, list) or not actions or not ACTIONS.issuperset(map(str, actions)):
        raise RestError(f"`actions` must be a list of: {', '.join(sorted(ACTIONS))}.", code=INVALID)
    return NotificationRule(
        str(uuid.uuid4()),
        bucket,
        queue.id,
        optional_text(given, "prefix") or "",
        optional_text(given, "suffix") or "",
        tuple(actions),
        optional_text(given, "description"),
        context.clock(),
    )


def _queue_json(queue: Queue, rules: Iterable[NotificationRule]) -> dict[str, Any]:
    own = [_rule_json(rule) for rule in rules if rule.queue_id == queue.id]
    return {"queueId": queue.id, "queueName": queue.name, "rules": own}


def _rule_json(rule: NotificationRule) -> dict[str, Any]:
    described = {} if rule.description is None else {"description": rule.description}
    return {
        "ruleId": rule.id,
        "createdAt": timestamp(rule.created_on),
        "prefix": rule.prefix,
        "suffix": rule.suffix,
        "actions": list(rule.actions),
        **described,
    }


ROUTES = [
    Route("GET", CONFIGURATION, list_rules),
    Route("GET", OF_QUEUE, show_rules),
    Route("PUT", OF_QUEUE, add_rules),
    Route("DELETE", OF_QUEUE, delete_rules),
]
