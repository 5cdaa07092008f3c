"""Versions of a Worker, and deployments: which versions serve its requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.cloudflare.client import Client, segment
from pywrangler.cloudflare.workers import SCRIPTS

Json = dict[str, Any]

SECRETS_CHANGED = 10220
"""The API's code for a version whose secrets were changed later: it is deployed by force only."""
DEFERRED: Mapping[str, Any] = {"mode": "deferred", "max_delay": 300}
"""How Durable Objects get new code where nothing else is said, as with Wrangler (4.164)."""


def list_versions(client: Client, name: str) -> list[Json]:
    """The versions that can be deployed, newest first."""
    found = client.call("GET", f"{_script(name)}/versions", params={"deployable": "true"}).fields
    return list(found.get("items") or [])


def list_deployments(client: Client, name: str) -> list[Json]:
    """The newest deployments, as the API gives them. Raises `ApiError` if there is no Worker."""
    found = client.call("GET", f"{_script(name)}/deployments").fields
    return list(found.get("deployments") or [])


def create_deployment(
    client: Client,
    name: str,
    traffic: Mapping[str, float],
    message: str,
    code_update: Mapping[str, Any] = DEFERRED,
    *,
    force: bool = False,
) -> Json:
    """Let versions serve the Worker's requests, by their percentages; the deployment just made."""
    body = {
        "strategy": "percentage",
        "versions": [
            {"version_id": version, "percentage": _plain(percentage)}
            for version, percentage in traffic.items()
        ],
        "annotations": {"workers/message": message},
        "code_update_strategy": dict(code_update),
    }
    parameters = {"force": "true"} if force else {}
    made: Json = client.call("POST", f"{_script(name)}/deployments", params=parameters, json=body).fields
    return made


def _plain(number: float) -> float:
    return int(number) if number == int(number) else number


def _script(name: str) -> str:
    return f"{SCRIPTS}/{segment(name)}"
