"""Sending to queues over HTTP, as programs outside Workers do. Paths and shapes are Cloudflare's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import optional_text, read_object
from pywrangler.local.rest.context import context_of
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.queues.queues import find_queue
from pywrangler.local.rest.routes import Route

MESSAGES = "/queues/{queue}/messages"


async def send_message(request: web.Request) -> web.Response:
    """`POST /queues/{queue}/messages`: `body`, `content_type` (`json` or `text`), `delay_seconds`."""
    return await _sent(request, [await read_object(request)], None)


async def send_messages(request: web.Request) -> web.Response:
    """`POST /queues/{queue}/messages/batch`: `messages` like the one above, `delay_seconds` for all."""
    body = await read_object(request)
    messages = body.get("messages")
    if not isinstance(messages, list) or not all(isinstance(each, dict) for each in messages):
        raise RestError("The field `messages` must be a list of objects.")
    return await _sent(request, messages, body.get("delay_seconds"))


async def _sent(request: web.Request, messages: list[dict[str, Any]], delay: Any) -> web.Response:
    queue = find_queue(request)
    await context_of(request).messages.send(queue.name, [_message(each, delay) for each in messages])
    return success(None)


def _message(given: Mapping[str, Any], delay: Any) -> dict[str, Any]:
    type_ = optional_text(given, "content_type") or "json"
    if "body" not in given:
        raise RestError("A message has no `body`.")
    body = given["body"]
    if type_ == "text":
        if not isinstance(body, str):
            raise RestError("The `body` of a message of the type `text` must be a string.")
        sent = body.encode()
    elif type_ == "json":
        sent = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    else:
        raise RestError(f"The content type `{type_}` cannot be sent over HTTP. Use `json` or `text`.")
    return {"body": sent, "content_type": type_, "delay_seconds": given.get("delay_seconds", delay)}


ROUTES = [
    Route("POST", MESSAGES, send_message),
    Route("POST", MESSAGES + "/batch", send_messages),
]
