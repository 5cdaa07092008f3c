"""R2: buckets and objects."""

from __future__ import annotations

from typing import Any

from pywrangler.cloudflare.client import Client

BUCKETS = "r2/buckets"


def list_buckets(client: Client) -> list[dict[str, Any]]:
    """All buckets, as the API gives them."""
    found: list[dict[str, Any]] = client.call("GET", BUCKETS).fields.get("buckets") or []
    return found
