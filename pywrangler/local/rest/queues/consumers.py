"""Consumers of queues: Workers. Paths and shapes are those of Wrangler 4.164."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import object_field, optional_text, read_object, text_field
from pywrangler.local.rest.context import ApiContext, context_of, path_part
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError, no_worker
from pywrangler.local.rest.queues.queues import find_queue, make_queue
from pywrangler.local.rest.queues.shapes import DEFAULTS, LIMITS, consumer_json, refused_setting
from pywrangler.local.rest.routes import Route
from pywrangler.local.store.records import Queue, QueueConsumer

NO_SUCH_CONSUMER = 11002
CONSUMER_EXISTS = 11004
INVALID_SETTINGS = 100127
CONSUMERS = "/queues/{queue}/consumers"
CONSUMER = CONSUMERS + "/{consumer}"


async def list_consumers(request: web.Request) -> web.Response:
    """`GET /queues/{queue}/consumers`: one at most."""
    queue = find_queue(request)
    consumer = context_of(request).store.queues.consumer(queue.id)
    return success([] if consumer is None else [consumer_json(consumer, queue)])


async def create_consumer(request: web.Request) -> web.Response:
    """`POST /queues/{queue}/consumers`: `type`, `script_name`, `settings`, `dead_letter_queue`."""
    context, queue = context_of(request), find_queue(request)
    made = _consumer(context, queue, await read_object(request))
    if (present := context.store.queues.consumer(queue.id)) is not None:
        takes = f"the Worker `{present.script}`" if present.script else "a client that pulls"
        message = f"The queue `{queue.name}` already has a consumer, {takes}. Remove it first."
        raise RestError(message, status=409, code=CONSUMER_EXISTS)
    return await _saved(context, queue, made)


async def show_consumer(request: web.Request) -> web.Response:
    """`GET /queues/{queue}/consumers/{consumer}`."""
    queue = find_queue(request)
    return success(consumer_json(_find_consumer(request, queue), queue))


async def change_consumer(request: web.Request) -> web.Response:
    """`PUT /queues/{queue}/consumers/{consumer}`: what it does not name gets its default."""
    context, queue = context_of(request), find_queue(request)
    return await _saved(
        context, queue, _consumer(context, queue, await read_object(request), _find_consumer(request, queue))
    )


async def delete_consumer(request: web.Request) -> web.Response:
    """`DELETE /queues/{queue}/consumers/{consumer}`: messages then wait in the queue."""
    context, queue = context_of(request), find_queue(request)
    store, consumer = context.store, _find_consumer(request, queue)
    await store.change(lambda: store.queues.delete_consumer(consumer.id))
    await context.messages.refresh()
    return success(None)


async def _saved(context: ApiContext, queue: Queue, consumer: QueueConsumer) -> web.Response:
    dead_letter_queue = consumer.dead_letter_queue
    queues = context.store.queues

    def save() -> set[str | None]:
        if dead_letter_queue and queues.named(dead_letter_queue) is None:
            make_queue(context, dead_letter_queue)  # Cloudflare documents that it is created
        known = {each.script for each in queues.consumers()}
        queues.save_consumer(consumer)
        return known

    known = await context.store.change(save)
    if consumer.script is not None and consumer.script not in known:
        # The runtime reports what queue() throws for consumers only.
        await context.operations.refresh_bindings(consumer.script)
    await context.messages.refresh()
    return success(consumer_json(consumer, queue))


def _find_consumer(request: web.Request, queue: Queue) -> QueueConsumer:
    wanted = path_part(request, "consumer")
    consumer = context_of(request).store.queues.consumer(queue.id)
    if consumer is None or consumer.id != wanted:
        message = f"The queue `{queue.name}` has no consumer `{wanted}`."
        raise RestError(message, status=404, code=NO_SUCH_CONSUMER)
    return consumer


def _consumer(
    context: ApiContext, queue: Queue, body: Mapping[str, Any], before: QueueConsumer | None = None
) -> QueueConsumer:
    """The consumer that a request describes."""
    type_ = optional_text(body, "type") or (before.type if before else "worker")
    if type_ not in DEFAULTS:
        message = f"`{type_}` is not a type of consumer. Use `worker` or `http_pull`."
        raise RestError(message, code=INVALID_SETTINGS)
    script = None
    if type_ == "worker":
        script = text_field(body, "script_name") if "script_name" in body or not before else before.script
        if context.store.versions.active(str(script)) is None:
            raise no_worker(str(script))
    return QueueConsumer(
        before.id if before else uuid.uuid4().hex,
        queue.id,
        type_,
        script,
        optional_text(body, "dead_letter_queue") or None,
        _settings(type_, object_field(body, "settings")),
        before.created_on if before else context.clock(),
    )


def _settings(type_: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a request that say something."""
    said = {name: value for name, value in given.items() if value is not None}
    for name, value in said.items():
        if name not in DEFAULTS[type_]:
            message = f"A consumer of the type `{type_}` has no setting `{name}`."
            raise RestError(message, code=INVALID_SETTINGS)
        if problem := refused_setting(name, value, *LIMITS[name]):
            raise RestError(problem, code=INVALID_SETTINGS)
    return said


ROUTES = [
    Route("GET", CONSUMERS, list_consumers),
    Route("POST", CONSUMERS, create_consumer),
    Route("GET", CONSUMER, show_consumer),
    Route("PUT", CONSUMER, change_consumer),
    Route("DELETE", CONSUMER, delete_consumer),
]
