"""Queues: create, look, change, empty, remove. Paths and shapes are those of Wrangler 4.164."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import object_field, optional_text, read_object, text_field
from pywrangler.local.rest.context import ApiContext, context_of, path_part
from pywrangler.local.rest.envelope import success, timestamp
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.paging import numbered_page
from pywrangler.local.rest.queues.shapes import consumer_json, refused_setting
from pywrangler.local.rest.routes import Route
from pywrangler.local.store.records import Queue

NO_SUCH_QUEUE = 11000
NAME_TAKEN = 11009
INVALID_NAME = 11003
INVALID_SETTINGS = 100128
NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9])?")
DEFAULTS: Mapping[str, Any] = {
    "delivery_delay": 0,
    "delivery_paused": False,
    "message_retention_period": 345_600,
}
LIMITS: Mapping[str, tuple[int, int]] = {
    "delivery_delay": (0, 86_400),
    "message_retention_period": (60, 1_209_600),
}
"""Seconds."""
QUEUE = "/queues/{queue}"


async def list_queues(request: web.Request) -> web.Response:
    """`GET /queues`, by name; `?name=`, once or several times, chooses."""
    context, wanted = context_of(request), request.query.getall("name", [])
    found = [queue for queue in context.store.queues.all() if not wanted or queue.name in wanted]
    page, info = numbered_page(request, found, default=100, maximum=1000)
    return success([queue_json(context, queue) for queue in page], result_info=info)


async def create_queue(request: web.Request) -> web.Response:
    """`POST /queues`."""
    context, body = context_of(request), await read_object(request)
    name, settings = text_field(body, "queue_name"), _settings(object_field(body, "settings"))
    if context.store.queues.named(name) is not None:
        message = f"Queue name '{name}' is already taken. Please use a different name and try again."
        raise RestError(message, status=409, code=NAME_TAKEN)
    queue = await context.store.change(lambda: make_queue(context, name, settings))
    await _refresh_if_served(context)
    return success(queue_json(context, queue))


async def ensure_queue(request: web.Request) -> web.Response:
    """`PUT /local/queues/{queue}`: the queue of this name, new if need be."""
    context, name = context_of(request), path_part(request, "queue")
    queue = context.store.queues.named(name)
    if queue is None:
        queue = await context.store.change(
            lambda: context.store.queues.named(name) or make_queue(context, name)
        )
        await _refresh_if_served(context)
    return success(queue_json(context, queue))


async def show_queue(request: web.Request) -> web.Response:
    """`GET /queues/{queue}`."""
    return success(queue_json(context_of(request), find_queue(request)))


async def change_queue(request: web.Request) -> web.Response:
    """`PATCH /queues/{queue}`: its settings, and its name."""
    context, queue, body = context_of(request), find_queue(request), await read_object(request)
    name = optional_text(body, "queue_name") or queue.name
    if name != queue.name and context.store.queues.named(name) is not None:
        raise RestError(f"Queue name '{name}' is already taken.", status=409, code=NAME_TAKEN)
    settings = {**queue.settings, **_settings(object_field(body, "settings"))}
    changed = replace(queue, name=_checked_name(name), settings=settings, modified_on=context.clock())
    await context.store.change(lambda: context.store.queues.save(changed))
    await _refresh_if_served(context)
    return success(queue_json(context, changed))


async def delete_queue(request: web.Request) -> web.Response:
    """`DELETE /queues/{queue}`: with its messages and its consumer."""
    context, queue = context_of(request), find_queue(request)

    def delete() -> None:
        context.store.queues.delete(queue.id)
        context.store.r2_rules.forget_queue(queue.id)

    await context.store.change(delete)
    if context.runtimes.objects is not None:
        await context.runtimes.objects.refresh()
    await _refresh_if_served(context)
    return success(None)


async def purge_queue(request: web.Request) -> web.Response:
    """`POST /queues/{queue}/purge`: answers when the messages are gone."""
    context, queue = context_of(request), find_queue(request)
    if (await read_object(request)).get("delete_messages_permanently") is not True:
        message = "The field `delete_messages_permanently` must be `true`. The messages cannot be restored."
        raise RestError(message)
    await context.messages.purge(queue.id)
    return success({"started_at": timestamp(context.clock()), "complete": True})


def make_queue(context: ApiContext, name: str, settings: Mapping[str, Any] | None = None) -> Queue:
    """Add a queue of a name that is free; part of a change of the store."""
    context.refuse_in_cluster("queues")
    now = context.clock()
    queue = Queue(uuid.uuid4().hex, _checked_name(name), {**DEFAULTS, **(settings or {})}, now, now)
    context.store.queues.save(queue)
    return queue


def find_queue(request: web.Request) -> Queue:
    """The queue in the path."""
    wanted = path_part(request, "queue")
    queue = context_of(request).store.queues.get(wanted)
    if queue is None:
        raise RestError(f"The queue `{wanted}` does not exist.", status=404, code=NO_SUCH_QUEUE)
    return queue


def queue_json(context: ApiContext, queue: Queue) -> dict[str, Any]:
    """A queue with its consumer, and the Workers that send to it."""
    consumer = context.store.queues.consumer(queue.id)
    consumers = [] if consumer is None else [consumer_json(consumer, queue)]
    producers = [{"type": "worker", "script": name} for name in _producers(context, queue.name)]
    return {
        "queue_id": queue.id,
        "queue_name": queue.name,
        "created_on": timestamp(queue.created_on),
        "modified_on": timestamp(queue.modified_on),
        "producers_total_count": len(producers),
        "producers": producers,
        "consumers_total_count": len(consumers),
        "consumers": consumers,
        "settings": dict(queue.settings),
    }


def _producers(context: ApiContext, name: str) -> list[str]:
    """Workers whose active version is bound to the queue."""
    return [
        worker
        for worker, version in context.store.versions.all_active().items()
        if any(b.get("type") == "queue" and b.get("queue_name") == name for b in version.bindings)
    ]


async def _refresh_if_served(context: ApiContext) -> None:
    if context.runtimes.messages is not None:
        await context.runtimes.messages.refresh()


def _checked_name(name: str) -> str:
    if not NAME.fullmatch(name):
        message = (
            f"`{name}` is not a valid name of a queue. Use up to 63 letters, digits, hyphens and underscores,"
            " with a letter or a digit at both ends."
        )
        raise RestError(message, code=INVALID_NAME)
    return name


def _settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a request that say something."""
    said = {name: value for name, value in given.items() if value is not None}
    for name, value in said.items():
        if name == "delivery_paused":
            if not isinstance(value, bool):
                raise RestError(f"`{name}` must be `true` or `false`.", code=INVALID_SETTINGS)
        elif name not in LIMITS:
            raise RestError(f"A queue has no setting `{name}`.", code=INVALID_SETTINGS)
        elif problem := refused_setting(name, value, *LIMITS[name]):
            raise RestError(problem, code=INVALID_SETTINGS)
    return said


ROUTES = [
    Route("GET", "/queues", list_queues),
    Route("POST", "/queues", create_queue),
    Route("PUT", "/local/queues/{queue}", ensure_queue),
    Route("GET", QUEUE, show_queue),
    Route("PATCH", QUEUE, change_queue),
    Route("PUT", QUEUE, change_queue),
    Route("DELETE", QUEUE, delete_queue),
    Route("POST", QUEUE + "/purge", purge_queue),
]
