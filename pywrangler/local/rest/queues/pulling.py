"""Messages that clients outside of Workers pull, as on Cloudflare. Paths and shapes are those of its API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import read_object
from pywrangler.local.rest.context import ApiContext, context_of
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.queues.messages import Pull
from pywrangler.local.rest.queues.queues import find_queue
from pywrangler.local.rest.queues.shapes import DEFAULTS, LIMITS, refused_setting
from pywrangler.local.rest.routes import Route
from pywrangler.local.store.records import Queue, QueueConsumer

MESSAGES = "/queues/{queue}/messages"
PULLED = "http_pull"


async def pull_messages(request: web.Request) -> web.Response:
    """`POST /queues/{queue}/messages/pull`: `batch_size`, `visibility_timeout_ms`."""
    context, queue, body = context_of(request), find_queue(request), await read_object(request)
    consumer = _pulling(context, queue)
    settings = {**DEFAULTS[PULLED], **consumer.settings}
    limit = _number(body, "batch_size", settings["batch_size"])
    visible_ms = _number(body, "visibility_timeout_ms", settings["visibility_timeout_ms"])
    is_paused = bool(queue.settings.get("delivery_paused"))
    found = await context.messages.pull(_pull(queue, consumer), 0 if is_paused else limit, visible_ms)
    metrics = {name: value for name, value in found.items() if name != "messages"}
    result = {
        "message_backlog_count": found["backlog_count"],
        "metadata": {"metrics": metrics},
        "messages": found["messages"],
    }
    return success(result)


async def acknowledge(request: web.Request) -> web.Response:
    """`POST /queues/{queue}/messages/ack`: `acks` and `retries`, which have `lease_id`, a retry
    `delay_seconds`.
    """
    context, queue, body = context_of(request), find_queue(request), await read_object(request)
    consumer = _pulling(context, queue)
    acks, retries = _leases(body, "acks"), _leases(body, "retries")
    default = {**DEFAULTS[PULLED], **consumer.settings}["retry_delay"]
    delayed = [
        {**each, "delay": _number(each, "delay_seconds", default, limit="retry_delay")} for each in retries
    ]
    ended = await context.messages.settle(_pull(queue, consumer), acks, delayed)
    counts = {
        "ackCount": sum(each["lease_id"] not in ended for each in acks),
        "retryCount": sum(each["lease_id"] not in ended for each in retries),
    }
    warnings = [f"The lease `{lease}` has ended, or never existed." for lease in ended]
    return success({**counts, "warnings": warnings})


def _pulling(context: ApiContext, queue: Queue) -> QueueConsumer:
    consumer = context.store.queues.consumer(queue.id)
    if consumer is None or consumer.type != PULLED:
        message = (
            f"The messages of the queue `{queue.name}` cannot be pulled: it has no consumer of the type"
            f" `{PULLED}`. `pywrangler queues consumer http add {queue.name}` adds one."
        )
        raise RestError(message)
    return consumer


def _pull(queue: Queue, consumer: QueueConsumer) -> Pull:
    retries = {**DEFAULTS[PULLED], **consumer.settings}["max_retries"]
    return Pull(queue.id, int(retries), consumer.dead_letter_queue)


def _leases(body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    given = body.get(name) or []
    is_list = isinstance(given, list) and all(isinstance(each, dict) for each in given)
    if not is_list or not all(isinstance(each.get("lease_id"), str) for each in given):
        raise RestError(f"The field `{name}` must be a list of objects with a `lease_id`.")
    return [dict(each) for each in given]


def _number(body: Mapping[str, Any], name: str, default: Any, *, limit: str | None = None) -> int:
    value = body.get(name)
    if value is None:
        return int(default)
    if problem := refused_setting(name, value, *LIMITS[limit or name]):
        raise RestError(problem)
    return int(value)


ROUTES = [
    Route("POST", MESSAGES + "/pull", pull_messages),
    Route("POST", MESSAGES + "/ack", acknowledge),
]
