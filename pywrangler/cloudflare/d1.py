"""D1: databases and queries."""

from __future__ import annotations

from typing import Any

from pywrangler.cloudflare.client import Client

DATABASES = "d1/database"


def list_databases(client: Client) -> list[dict[str, Any]]:
    """All databases, as the API gives them."""
    return client.list(DATABASES, params={"per_page": 1000, "page": 1})
