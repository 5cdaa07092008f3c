"""What concerns an R2 bucket from outside: its public address, and event notifications."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pywrangler.cloudflare.client import Client, Request, segment

JURISDICTION_HEADER = "cf-r2-jurisdiction"
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "object-create": ("PutObject", "CompleteMultipartUpload", "CopyObject"),
    "object-delete": ("DeleteObject", "LifecycleDeletion"),
}
"""What the API names, by the type of event that Wrangler (4.164) takes."""


def public_address(client: Client, bucket: str, jurisdiction: str | None = None) -> dict[str, Any]:
    """`domain` and `enabled`."""
    request = Request("GET", _managed(bucket), headers=_scope(jurisdiction))
    found: dict[str, Any] = client.fetch(request).fields
    return found


def set_public(
    client: Client, bucket: str, *, enabled: bool, jurisdiction: str | None = None
) -> dict[str, Any]:
    """Open or close the bucket's public address."""
    body = json.dumps({"enabled": enabled}).encode()
    request = Request("PUT", _managed(bucket), {}, body, "application/json", headers=_scope(jurisdiction))
    found: dict[str, Any] = client.fetch(request).fields
    return found


def list_notifications(client: Client, bucket: str, jurisdiction: str | None = None) -> list[dict[str, Any]]:
    """The queues that get messages of a bucket, each with its `rules`."""
    request = Request("GET", _configuration(bucket), headers=_scope(jurisdiction))
    queues: list[dict[str, Any]] = client.fetch(request).fields.get("queues") or []
    return queues


def add_notification(
    client: Client,
    bucket: str,
    queue_id: str,
    rule: Mapping[str, Any],
    jurisdiction: str | None = None,
) -> None:
    """Add a rule: `prefix`, `suffix`, `actions`, and `description` if it has one."""
    body = json.dumps({"rules": [dict(rule)]}).encode()
    path = f"{_configuration(bucket)}/queues/{segment(queue_id)}"
    client.fetch(Request("PUT", path, {}, body, "application/json", headers=_scope(jurisdiction)))


def delete_notifications(
    client: Client,
    bucket: str,
    queue_id: str,
    rules: Sequence[str] = (),
    jurisdiction: str | None = None,
) -> None:
    """Remove these rules of a queue, or all of them."""
    path = f"{_configuration(bucket)}/queues/{segment(queue_id)}"
    if rules:
        body = json.dumps({"ruleIds": list(rules)}).encode()
        request = Request("DELETE", path, {}, body, "application/json", headers=_scope(jurisdiction))
    else:
        request = Request("DELETE", path, headers=_scope(jurisdiction))
    client.fetch(request)


def _managed(bucket: str) -> str:
    return f"r2/buckets/{segment(bucket)}/domains/managed"


def _configuration(bucket: str) -> str:
    return f"event_notifications/r2/{segment(bucket)}/configuration"


def _scope(jurisdiction: str | None) -> dict[str, str]:
    return {JURISDICTION_HEADER: jurisdiction} if jurisdiction else {}
