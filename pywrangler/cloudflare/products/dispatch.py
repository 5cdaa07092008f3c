"""Dispatch namespaces (Workers for Platforms)."""

from __future__ import annotations

from typing import Any

from pywrangler.cloudflare.client import Client, segment

NAMESPACES = "workers/dispatch/namespaces"
DispatchNamespace = dict[str, Any]
"""As the API gives it: `namespace_id`, `namespace_name`, `created_on`, `script_count`, ..."""


def list_namespaces(client: Client) -> list[DispatchNamespace]:
    """All namespaces."""
    return client.list(NAMESPACES)


def get_namespace(client: Client, name: str) -> DispatchNamespace:
    """One namespace."""
    found: DispatchNamespace = client.call("GET", _path(name)).fields
    return found


def create_namespace(client: Client, name: str) -> DispatchNamespace:
    """Make a namespace."""
    made: DispatchNamespace = client.call("POST", NAMESPACES, json={"name": name}).fields
    return made


def rename_namespace(client: Client, name: str, new_name: str) -> None:
    """Give a namespace another name."""
    client.request("PUT", _path(name), json={"name": new_name})


def delete_namespace(client: Client, name: str) -> None:
    """Remove a namespace, which has no Workers any more."""
    client.request("DELETE", _path(name))


def _path(name: str) -> str:
    return f"{NAMESPACES}/{segment(name)}"
