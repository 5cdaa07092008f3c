"""Namespaces of AI Search and of Agent Memory, and apps of Flagship: what a deploy finds and makes of them.

Paths and bodies are Wrangler's (4.164).
"""

from __future__ import annotations

from typing import Any

from pywrangler.cloudflare.client import Client, segment
from pywrangler.errors import ApiError

AI_SEARCH = "ai-search/namespaces"
AGENT_MEMORY = "agent-memory/namespaces"
APPS = "flagship/apps"
NOT_FOUND = 404


def has_namespace(client: Client, product: str, name: str) -> bool:
    """Whether there is a namespace of this name; `product` is `AI_SEARCH` or `AGENT_MEMORY`."""
    try:
        client.call("GET", f"{product}/{segment(name)}")
    except ApiError as error:
        if error.status != NOT_FOUND:
            raise
        return False
    return True


def create_namespace(client: Client, product: str, name: str) -> None:
    """Make a namespace."""
    client.request("POST", product, json={"name": name})


def list_apps(client: Client) -> list[dict[str, Any]]:
    """All apps of Flagship, with `id` and `name`."""
    return client.list(APPS)


def create_app(client: Client, name: str) -> str:
    """Make an app; its id."""
    return str(client.call("POST", APPS, json={"name": name}).fields["id"])
