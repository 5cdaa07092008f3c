"""Events of other products that are sent to a queue. Paths and shapes are those of Wrangler 4.164."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.cloudflare.client import Client, segment
from pywrangler.cloudflare.products.queues import Queue

SUBSCRIPTIONS = "event_subscriptions/subscriptions"
Subscription = dict[str, Any]
"""As the API gives it: `id`, `name`, `source`, `destination`, `events`, `enabled`, ..."""


def create_subscription(client: Client, queue: Queue, body: Mapping[str, Any]) -> Subscription:
    """Subscribe a queue to events."""
    destination = {"type": "queues.queue", "queue_id": queue["queue_id"]}
    made: Subscription = client.request("POST", SUBSCRIPTIONS, json={**body, "destination": destination})
    return made


def list_subscriptions(client: Client, queue: Queue, *, page: int, per_page: int) -> list[Subscription]:
    """One page of a queue's subscriptions."""
    params = {"queue_id": queue["queue_id"], "page": page, "per_page": per_page}
    found: list[Subscription] = client.request("GET", SUBSCRIPTIONS, params=params) or []
    return found


def get_subscription(client: Client, identifier: str) -> Subscription:
    """The subscription of this id."""
    found: Subscription = client.request("GET", _path(identifier))
    return found


def update_subscription(client: Client, identifier: str, body: Mapping[str, Any]) -> Subscription:
    """Change fields of a subscription."""
    changed: Subscription = client.request("PATCH", _path(identifier), json=dict(body))
    return changed


def delete_subscription(client: Client, identifier: str) -> None:
    """Remove a subscription."""
    client.request("DELETE", _path(identifier))


def _path(identifier: str) -> str:
    return f"{SUBSCRIPTIONS}/{segment(identifier)}"
