"""Event notifications of R2: takes what the runtime of buckets reports, and sends messages to queues.

The messages are Cloudflare's: https://developers.cloudflare.com/r2/buckets/event-notifications/.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web

from pywrangler.errors import PywranglerError
from pywrangler.local.rest.queues.messages import Messages
from pywrangler.local.store import Store
from pywrangler.local.store.records import NotificationRule

log = logging.getLogger(__name__)

BATCH_MESSAGES = 100


class R2Events:
    """Its part of the private API."""

    def __init__(self, store: Store, messages: Messages) -> None:
        self._store = store
        self._messages = messages

    @property
    def routes(self) -> list[web.RouteDef]:
        """Its part of the private API."""
        return [web.post("/r2/events", self._take), web.get("/r2/rules", self._rules)]

    async def _rules(self, _: web.Request) -> web.Response:
        """What the runtime of buckets must report."""
        return web.json_response(watched_buckets(self._store.r2_rules.all()))

    async def _take(self, request: web.Request) -> web.Response:
        """Events as messages describe them, without the account."""
        try:
            await self.send(await request.json())
        except PywranglerError as error:
            return web.Response(status=502, text=error.message)
        return web.Response(status=204)

    async def send(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Send each event to the queues whose rules want it. Raises `PywranglerError`."""
        names = {queue.id: queue.name for queue in self._store.queues.all()}
        rules = self._store.r2_rules.all()
        sent: dict[str, list[dict[str, Any]]] = {}
        for event in events:
            text = json.dumps({"account": self._store.account_id, **event}, ensure_ascii=False)
            for queue_id in wanting(event, rules):
                message = {"body": text.encode(), "content_type": "json"}
                sent.setdefault(names.get(queue_id, ""), []).append(message)
        for name, messages in sent.items():
            for start in range(0, len(messages), BATCH_MESSAGES):
                await self._messages.send(name, messages[start : start + BATCH_MESSAGES])


def wanting(event: Mapping[str, Any], rules: Iterable[NotificationRule]) -> list[str]:
    """The ids of the queues whose rules want an event, each once."""
    key = str(event["object"]["key"])
    found = {
        rule.queue_id: None
        for rule in rules
        if rule.bucket == event["bucket"]
        and event["action"] in rule.actions
        and key.startswith(rule.prefix)
        and key.endswith(rule.suffix)
    }
    return list(found)


def watched_buckets(rules: Iterable[NotificationRule]) -> dict[str, list[dict[str, Any]]]:
    """What must be reported, by bucket."""
    found: dict[str, list[dict[str, Any]]] = {}
    for rule in rules:
        known = {"prefix": rule.prefix, "suffix": rule.suffix, "actions": list(rule.actions)}
        found.setdefault(rule.bucket, []).append(known)
    return found
