"""Consumers as the API shows them, and its limits for numbers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.rest.envelope import timestamp
from pywrangler.local.store.records import Queue, QueueConsumer

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "worker": {
        "batch_size": 10,
        "max_retries": 3,
        "max_wait_time_ms": 5000,
        "max_concurrency": None,
        "retry_delay": 0,
    },
    "http_pull": {"batch_size": 10, "max_retries": 3, "visibility_timeout_ms": 30_000, "retry_delay": 0},
}
"""Settings of consumers by their type, with Cloudflare's defaults."""
LIMITS: Mapping[str, tuple[int, int]] = {
    "batch_size": (1, 100),
    "max_retries": (0, 100),
    "max_wait_time_ms": (0, 60_000),
    "max_concurrency": (1, 250),
    "retry_delay": (0, 86_400),
    "visibility_timeout_ms": (1000, 43_200_000),
}


def consumer_json(consumer: QueueConsumer, queue: Queue) -> dict[str, Any]:
    """A queue's consumer, in the API's form."""
    fields: dict[str, Any] = {
        "consumer_id": consumer.id,
        "type": consumer.type,
        "queue_name": queue.name,
        "queue_id": queue.id,
        "created_on": timestamp(consumer.created_on),
        "settings": {**DEFAULTS[consumer.type], **consumer.settings},
    }
    if consumer.script is not None:
        fields["script"] = consumer.script
    if consumer.dead_letter_queue is not None:
        fields["dead_letter_queue"] = consumer.dead_letter_queue
    return fields


def refused_setting(name: str, value: Any, least: int, most: int) -> str | None:
    """Why a value is not possible; None where it is."""
    is_whole = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    if is_whole and least <= value <= most:
        return None
    return f"`{name}` must be a whole number from {least} to {most}, not `{value}`."
