"""Worker scripts: upload, versions, settings, secrets, schedules, addresses, and their Durable Object
namespaces.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pywrangler.cloudflare.client import Client, Part, Request, encode_multipart, segment
from pywrangler.dataclass import dataclass
from pywrangler.errors import ApiError
from pywrangler.module_types import ES_MODULE
from pywrangler.sensitive import Sensitive

SCRIPTS = "workers/scripts"
WORKER_NOT_FOUND = (10007, 10090)
"""Codes for a Worker that does not exist, by script and by service."""
UPLOAD_READ_SECONDS = 300
"""The API sends nothing while it processes an upload."""
STRICT = {"bindings_inherit": "strict"}
"""An inherited binding that the Worker does not have is an error."""


def dispatched(name: str, namespace: str | None) -> str:
    """A Worker as the calls here name it: with the dispatch namespace that it is in, if it is in one."""
    return f"{name}@{namespace}" if namespace else name


@dataclass(frozen=True)
class ObjectNamespace:
    """A Durable Object namespace: one class of one script."""

    id: str
    script: str | None
    class_name: str | None
    name: str


WORKFLOW_EXPORTS_DATE = "2026-11-09"
"""As Wrangler (4.164) sends it."""


def upload_worker(
    client: Client, name: str, metadata: Mapping[str, Any], modules: Sequence[Part]
) -> dict[str, Any]:
    """Upload a script and make it active; returns what the API says of the new version (`id`,
    `deployment_id`...).

    `modules` are parts whose name and file name are the module's; the main one is named in the metadata.
    """
    return _upload(client, "PUT", script_path(name), {"excludeScript": "true", **STRICT}, metadata, modules)


def upload_version(
    client: Client, name: str, metadata: Mapping[str, Any], modules: Sequence[Part]
) -> dict[str, Any]:
    """Upload a version of a Worker that exists, which serves no requests yet; `id` is the version's."""
    return _upload(client, "POST", f"{script_path(name)}/versions", STRICT, metadata, modules)


def _upload(
    client: Client,
    method: str,
    path: str,
    parameters: Mapping[str, str],
    metadata: Mapping[str, Any],
    modules: Sequence[Part],
) -> dict[str, Any]:
    parts = [Part("metadata", json.dumps(metadata).encode(), "application/json"), *modules]
    body, content_type = encode_multipart(parts)
    request = Request(
        method,
        path,
        parameters,
        body,
        content_type,
        read_seconds=UPLOAD_READ_SECONDS,
        headers=upload_headers(metadata),
    )
    uploaded: dict[str, Any] = client.fetch(request).result
    return uploaded


def upload_headers(metadata: Mapping[str, Any]) -> dict[str, str]:
    """What an upload says beside its body: `exports` may have Workflows since a date of the API only."""
    exports = (metadata.get("exports") or {}).values()
    has_workflows = any(entry.get("type") == "workflow" for entry in exports)
    return {"Cloudflare-Workers-Script-Api-Date": WORKFLOW_EXPORTS_DATE} if has_workflows else {}


def deploy_version(client: Client, name: str, version_id: str, *, message: str | None = None) -> None:
    """Let the version serve all requests."""
    body = {
        "strategy": "percentage",
        "versions": [{"version_id": version_id, "percentage": 100}],
        "annotations": {"workers/message": message} if message else {},
        "code_update_strategy": {"mode": "deferred", "max_delay": 300},
    }
    client.request("POST", f"{script_path(name)}/deployments", json=body, is_repeatable=True)


def create_empty_worker(client: Client, name: str) -> None:
    """Make a Worker that does nothing yet, so that it can have secrets before its first deploy."""
    main = Part(name, b"export default { fetch() {} }", ES_MODULE, name)
    upload_worker(client, name, {"main_module": name, "bindings": [], "logpush": False}, [main])


def find_worker(client: Client, name: str) -> dict[str, Any] | None:
    """The Worker as the API describes it, or None if it does not exist."""
    try:
        found: dict[str, Any] = client.call("GET", f"workers/services/{segment(name)}").fields
    except ApiError as error:
        if is_worker_not_found(error):
            return None
        raise
    return found


def find_dispatched(client: Client, name: str) -> dict[str, Any] | None:
    """What the API knows about the script of a Worker in a dispatch namespace, or None."""
    try:
        found = client.call("GET", script_path(name)).fields
    except ApiError as error:
        if error.status == 404:
            return None
        raise
    return dict(found.get("script") or {})


def is_worker_not_found(error: ApiError) -> bool:
    """Whether the API refused because there is no such Worker."""
    return error.api_code in WORKER_NOT_FOUND


def delete_worker(client: Client, name: str, *, force: bool = False) -> None:
    """Remove the Worker; `force` also when others depend on it. Its container applications stay."""
    path = script_path(name) if "@" in name else f"workers/services/{segment(name)}"
    request = Request("DELETE", path, {"force": str(force).lower()}, read_seconds=UPLOAD_READ_SECONDS)
    client.fetch(request)


def list_deployments(client: Client, name: str) -> list[dict[str, Any]]:
    """The deployments, newest first, each with its `versions` and `annotations`; none if there is no
    Worker.
    """
    try:
        response = client.call("GET", f"{script_path(name)}/deployments").fields
    except ApiError as error:
        if is_worker_not_found(error):
            return []
        raise
    return list(response.get("deployments") or []) if isinstance(response, dict) else []


def get_version(client: Client, name: str, version_id: str) -> dict[str, Any]:
    """One version with its annotations and resources."""
    found: dict[str, Any] = client.call("GET", f"{script_path(name)}/versions/{segment(version_id)}").fields
    return found


def get_settings(client: Client, name: str) -> dict[str, Any]:
    """Bindings, migration tag and other settings of the active version."""
    found: dict[str, Any] = client.call("GET", f"{script_path(name)}/settings").fields
    return found


def list_scripts(client: Client) -> list[dict[str, Any]]:
    """The scripts of the account, each with its `id` (name) and `migration_tag`."""
    return client.list(SCRIPTS)


def list_namespaces(client: Client) -> list[ObjectNamespace]:
    """All Durable Object namespaces of the account's Workers. Previews and dispatch namespaces are left out:
    their scripts may have the same names, and are others.
    """
    entries = client.list("workers/durable_objects/namespaces", params={"per_page": 1000})
    return [
        ObjectNamespace(e["id"], e.get("script"), e.get("class"), e.get("name", ""))
        for e in entries
        if e.get("preview") is None and e.get("dispatch_namespace") is None
    ]


def set_schedules(client: Client, name: str, crons: Sequence[str]) -> None:
    """Replace the Worker's cron triggers."""
    client.request("PUT", f"{script_path(name)}/schedules", json=[{"cron": cron} for cron in crons])


def get_schedules(client: Client, name: str) -> tuple[str, ...]:
    """The Worker's cron triggers."""
    response = client.request("GET", f"{script_path(name)}/schedules")
    return tuple(schedule["cron"] for schedule in (response or {}).get("schedules") or [])


def get_script_settings(client: Client, name: str) -> dict[str, Any]:
    """Settings that belong to the Worker rather than to a version."""
    found: dict[str, Any] = client.call("GET", f"{script_path(name)}/script-settings").fields
    return found


def set_settings(client: Client, name: str, settings: Mapping[str, Any]) -> None:
    """Replace settings that belong to the Worker rather than to a version: `tags`, `logpush`..."""
    client.request("PATCH", f"{script_path(name)}/script-settings", json=settings, is_repeatable=True)


def custom_domain_changes(
    client: Client, name: str, domains: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any]:
    """What setting these custom domains would change: `added`, `removed`, `updated`, `conflicting`. Nothing
    if the API does not tell.
    """
    path, replace = f"{script_path(name)}/domains/changeset", {"replace_state": "true"}
    try:
        changes = client.request(
            "POST", path, params=replace, json=[dict(domain) for domain in domains], is_repeatable=True
        )
    except ApiError:
        return {}
    return changes if isinstance(changes, dict) else {}


def set_custom_domains(client: Client, name: str, body: Mapping[str, Any]) -> None:
    """Replace the Worker's custom domains."""
    client.request("PUT", f"{script_path(name)}/domains/records", json=body)


def account_subdomain(client: Client) -> str | None:
    """The account's part of workers.dev addresses, or None if it has none yet."""
    try:
        response = client.call("GET", "workers/subdomain").fields
    except ApiError as error:
        if error.status == 404:
            return None
        raise
    return response.get("subdomain") if isinstance(response, dict) else None


def get_subdomain(client: Client, name: str) -> dict[str, Any]:
    """Whether the Worker answers on workers.dev (`enabled`), and its versions (`previews_enabled`)."""
    found: dict[str, Any] = client.call("GET", f"{script_path(name)}/subdomain").fields
    return found


def set_subdomain(client: Client, name: str, *, enabled: bool, previews: bool | None = None) -> None:
    """Let the Worker answer on workers.dev, or not; `previews` says the same of its versions (None: as
    `enabled`, by the API's rules of this date).
    """
    body = {"enabled": enabled} | ({} if previews is None else {"previews_enabled": previews})
    request = Request(
        "POST",
        f"{script_path(name)}/subdomain",
        body=json.dumps(body).encode(),
        content_type="application/json",
        is_repeatable=True,
        headers={"Cloudflare-Workers-Script-Api-Date": "2025-08-01"},
    )
    client.fetch(request)


def list_secrets(client: Client, name: str) -> list[dict[str, Any]]:
    """Names and types of the Worker's secrets."""
    return client.list(f"{script_path(name)}/secrets")


def put_secret(client: Client, name: str, key: str, value: Sensitive[str]) -> None:
    """Create or replace one secret; takes effect at once."""
    body = {"name": key, "text": value.reveal(), "type": "secret_text"}
    client.request("PUT", f"{script_path(name)}/secrets", json=body)


def delete_secret(client: Client, name: str, key: str) -> None:
    """Remove one secret."""
    path = f"{script_path(name)}/secrets/{segment(key)}"
    client.request("DELETE", path, params={"url_encoded": "true"})


def change_secrets(client: Client, name: str, changes: Mapping[str, Sensitive[str] | None]) -> None:
    """Set many secrets at once; None removes one, and those not named stay (a JSON merge patch)."""
    secrets = {
        key: None if value is None else {"name": key, "text": value.reveal(), "type": "secret_text"}
        for key, value in changes.items()
    }
    body = json.dumps({"secrets": secrets}).encode()
    path = f"{script_path(name)}/secrets-bulk"
    client.fetch(Request("PATCH", path, {}, body, "application/merge-patch+json", is_repeatable=True))


def script_path(name: str) -> str:
    """The path of a script, which may be in a dispatch namespace (`dispatched`)."""
    script, _, namespace = name.partition("@")
    within = f"workers/dispatch/namespaces/{segment(namespace)}/scripts" if namespace else SCRIPTS
    return f"{within}/{segment(script)}"
