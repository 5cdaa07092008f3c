"""Previews of a Worker: each has an address, data and instances of its own (Wrangler 4.164: open beta)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pywrangler.cloudflare.client import Client, Part, Request, encode_multipart, segment
from pywrangler.cloudflare.workers import UPLOAD_READ_SECONDS
from pywrangler.errors import ApiError

Json = dict[str, Any]

NO_WORKER = (10007, 10090)
"""The API's codes for a Worker that does not exist."""
NO_PREVIEW = 10025
NO_DEPLOYMENT = 10222


def find_preview(client: Client, worker: str, name: str) -> Json | None:
    """The preview of that name, or None. Raises `ApiError`, also if there is no Worker."""
    try:
        found: Json = client.call("GET", _preview(worker, name)).fields
    except ApiError as error:
        if error.api_code != NO_PREVIEW:
            raise
        return None
    return found


def base_settings(client: Client, worker: str) -> Json:
    """What the account has for all previews of the Worker. Raises `ApiError`, also if there is no Worker."""
    found = client.call("GET", f"workers/workers/{segment(worker)}").fields
    return dict(found.get("previews_base_config") or {})


def create_preview(client: Client, worker: str, body: Mapping[str, Any], *, uses_base: bool) -> Json:
    """Make a preview. It has the settings of the account's base configuration, too, if it `uses_base`."""
    parameters = {} if uses_base else {"ignore_base_config": "true"}
    made: Json = client.call("POST", _previews(worker), params=parameters, json=dict(body)).fields
    return made


def change_preview(client: Client, worker: str, name: str, body: Mapping[str, Any]) -> Json:
    """Change settings of a preview; the preview."""
    changed: Json = client.call("PATCH", _preview(worker, name), json=dict(body)).fields
    return changed


def delete_preview(client: Client, worker: str, name: str) -> None:
    """Delete a preview with all of its deployments."""
    client.request("DELETE", _preview(worker, name))


def latest_deployment(client: Client, worker: str, preview: str) -> Json | None:
    """The newest deployment of a preview; None if nothing was deployed yet."""
    try:
        found: Json = client.call("GET", f"{_preview(worker, preview)}/deployments/latest").fields
    except ApiError as error:
        if error.status != 404 and error.api_code not in (NO_PREVIEW, NO_DEPLOYMENT):
            raise
        return None
    return found


def deploy_preview(
    client: Client, worker: str, preview: str, metadata: Mapping[str, Any], modules: Sequence[Part]
) -> Json:
    """Deploy code to a preview; the deployment. `modules` have the names of files."""
    files = [Part("files", each.content, each.content_type, each.file_name) for each in modules]
    body, content_type = encode_multipart([Part("metadata", json.dumps(metadata).encode()), *files])
    path = f"{_preview(worker, preview)}/deployments"
    made: Json = client.fetch(
        Request("POST", path, {}, body, content_type, read_seconds=UPLOAD_READ_SECONDS)
    ).fields
    return made


def create_parent(client: Client, worker: str, *, workers_dev: bool, previews: bool) -> None:
    """Make a Worker without code, so that it can have previews."""
    body = {"name": worker, "subdomain": {"enabled": workers_dev, "previews_enabled": previews}}
    client.request("POST", "workers/workers", json=body)


def preview_namespaces(client: Client, preview_id: str) -> dict[str, str]:
    """Ids of the Durable Object namespaces of a preview, by class."""
    entries = client.list("workers/durable_objects/namespaces", params={"per_page": 1000})
    return {
        str(each["class"]): str(each["id"])
        for each in entries
        if (each.get("preview") or {}).get("id") == preview_id and each.get("class")
    }


def _previews(worker: str) -> str:
    return f"workers/workers/{segment(worker)}/previews"


def _preview(worker: str, name: str) -> str:
    return f"{_previews(worker)}/{segment(name)}"
