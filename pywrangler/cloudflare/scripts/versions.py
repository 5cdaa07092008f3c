"""Versions of a Worker, and deployments: which versions serve its requests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pywrangler.cloudflare.client import Client, Request, segment
from pywrangler.cloudflare.workers import SCRIPTS
from pywrangler.sensitive import Sensitive

Json = dict[str, Any]

SECRETS_CHANGED = 10220
"""The API's code for a version whose secrets were changed later: it is deployed by force only."""
NO_VERSIONS = 10222
"""The API's code for a Worker without any version, whose secrets are to be changed."""
DEFERRED: Mapping[str, Any] = {"mode": "deferred", "max_delay": 300}
"""How Durable Objects get new code where nothing else is said, as with Wrangler (4.164)."""


def list_versions(client: Client, name: str) -> list[Json]:
    """The versions that can be deployed, newest first."""
    found = client.call("GET", f"{_script(name)}/versions", params={"deployable": "true"}).fields
    return list(found.get("items") or [])


def newest_version(client: Client, name: str) -> Json | None:
    """The newest version, also one that cannot be deployed; None if there are no versions."""
    found = client.call("GET", f"{_script(name)}/versions").fields
    return next(iter(found.get("items") or []), None)


def change_secrets(
    client: Client,
    name: str,
    changes: Mapping[str, Sensitive[str] | None],
    message: str,
    tag: str | None = None,
) -> Json:
    """Make a version like the newest one with other secrets, of which None removes one. The new version; it
    serves no requests.
    """
    secrets = {
        key: None if value is None else {"type": "secret_text", "text": value.reveal()}
        for key, value in changes.items()
    }
    annotations = {"workers/message": message} | ({} if tag is None else {"workers/tag": tag})
    body = json.dumps({"env": secrets, "annotations": annotations}).encode()
    path = f"workers/workers/{segment(name)}/versions/latest"
    made: Json = client.fetch(Request("PATCH", path, {}, body, "application/merge-patch+json")).fields
    return made


def preview_suffix(client: Client, name: str) -> str | None:
    """What follows the name of a version in its own address, such as `-web.example.workers.dev`; None if
    versions of the Worker have no addresses.
    """
    found = client.call("GET", f"workers/workers/{segment(name)}").fields.get("subdomain") or {}
    suffix = found.get("preview_url_suffix")
    return str(suffix) if found.get("previews_enabled") and suffix else None


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
