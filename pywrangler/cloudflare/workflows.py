"""Workflows and their instances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from pywrangler.cloudflare.client import Client, segment

WORKFLOWS = "workflows"
NO_SUCH_WORKFLOW = 10200
NO_SUCH_INSTANCE = 10400
INSTANCE_EXISTS = 10405


def set_workflow(client: Client, name: str, request: Mapping[str, Any]) -> None:
    """Make a Workflow, or change it: `script_name`, `class_name` and its settings."""
    client.request("PUT", _workflow(name), json=dict(request))


def list_workflows(client: Client, *, page: int = 1, per_page: int | None = None) -> list[dict[str, Any]]:
    """A page of the Workflows, as the API gives them."""
    found: list[dict[str, Any]] = client.call("GET", WORKFLOWS, params=_paging(page, per_page)).entries
    return found


def get_workflow(client: Client, name: str) -> dict[str, Any]:
    """The Workflow, as the API gives it."""
    return dict(client.call("GET", _workflow(name)).fields)


def latest_version(client: Client, name: str) -> dict[str, Any] | None:
    """The newest version of a Workflow."""
    found = client.call("GET", f"{_workflow(name)}/versions").entries
    return found[0] if found else None


def delete_workflow(client: Client, name: str) -> Any:
    """Remove a Workflow with its instances; the API's response."""
    return client.request("DELETE", _workflow(name))


def list_instances(
    client: Client,
    workflow: str,
    filters: Mapping[str, str] | None = None,
    *,
    page: int = 1,
    per_page: int | None = None,
) -> list[dict[str, Any]]:
    """A page of the instances of a Workflow; none where there are fewer pages."""
    params = {**(filters or {}), **({"per_page": per_page} if per_page else {})}
    pages = client.pages(_instances(workflow), params=params)
    found: list[dict[str, Any]] = next((each.entries for each in islice(pages, page - 1, page)), [])
    return found


def get_instance(client: Client, workflow: str, identifier: str) -> dict[str, Any]:
    """An instance with its steps, as the API gives it."""
    return dict(client.call("GET", _instance(workflow, identifier)).fields)


def create_instance(client: Client, workflow: str, identifier: str | None, params: Any) -> dict[str, Any]:
    """Start an instance."""
    given = {"instance_id": identifier, "params": params}
    body = {name: value for name, value in given.items() if value is not None}
    return dict(client.call("POST", _instances(workflow), json=body).fields)


def change_instance(client: Client, workflow: str, identifier: str, change: Mapping[str, Any]) -> Any:
    """Change the status of an instance: `{"status": "pause"}`, ...; the API's response."""
    return client.request("PATCH", f"{_instance(workflow, identifier)}/status", json=dict(change))


def send_event(client: Client, workflow: str, identifier: str, kind: str, payload: Any) -> Any:
    """Send an event to an instance; the API's response."""
    path = f"{_instance(workflow, identifier)}/events/{segment(kind)}"
    return client.request("POST", path, json=payload)


def delete_instances(client: Client, workflow: str, identifiers: Sequence[str]) -> dict[str, Any]:
    """Remove instances: which were `deleted`, and `errors` about the others."""
    body = {"instances": list(identifiers)}
    return dict(client.call("POST", f"{_instances(workflow)}/batch/delete", json=body).fields)


def terminate_instances(client: Client, workflow: str, status: str | None) -> Any:
    """End all instances, or those of a status; the API's response."""
    params = {"status": status} if status else {}
    return client.request("PUT", f"{_instances(workflow)}/terminate", params=params)


def _workflow(name: str) -> str:
    return f"{WORKFLOWS}/{segment(name)}"


def _instances(workflow: str) -> str:
    return f"{_workflow(workflow)}/instances"


def _instance(workflow: str, identifier: str) -> str:
    return f"{_instances(workflow)}/{segment(identifier)}"


def _paging(page: int, per_page: int | None) -> dict[str, Any]:
    return {"page": page, **({"per_page": per_page} if per_page else {})}
