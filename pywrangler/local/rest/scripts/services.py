"""The Workers as services, and as the newer `workers` resource: a deploy reads these first."""

from __future__ import annotations

from aiohttp import web

from pywrangler.local.rest.context import context_of
from pywrangler.local.rest.envelope import success, timestamp
from pywrangler.local.rest.errors import no_service
from pywrangler.local.rest.routes import Route
from pywrangler.local.rest.scripts.lookup import find_worker
from pywrangler.local.rest.scripts.shapes import script_json

ENVIRONMENT = "production"


async def show_service(request: web.Request) -> web.Response:
    """`GET /workers/services/{name}`: `migration_tag` says which migrations are left. `runs`, which
    Cloudflare does not have, says whether the deployed version runs.
    """
    worker, version = find_worker(request, no_service)
    status = context_of(request).operations.worker_status(worker.name)
    created, modified = timestamp(worker.created_on), timestamp(worker.modified_on)
    environment = {
        "environment": ENVIRONMENT,
        "created_on": created,
        "modified_on": modified,
        "script": {**script_json(worker, version), "runs": status.state != "failed"},
    }
    return success(
        {
            "id": worker.name,
            "created_on": created,
            "modified_on": modified,
            "default_environment": environment,
            "environments": [environment],
        }
    )


async def show_worker(request: web.Request) -> web.Response:
    """`GET /workers/workers/{name}`."""
    worker, _version = find_worker(request, no_service)
    subdomain = {"enabled": True, "previews_enabled": False, **worker.settings.get("subdomain", {})}
    return success(
        {
            "id": worker.tag,
            "name": worker.name,
            "created_on": timestamp(worker.created_on),
            "updated_on": timestamp(worker.modified_on),
            "subdomain": subdomain,
            "observability": worker.settings.get("observability") or {},
            "tags": worker.settings.get("tags") or [],
            "logpush": worker.settings.get("logpush", False),
            "references": {},
        }
    )


async def list_secrets_of_service(request: web.Request) -> web.Response:
    """`GET /workers/services/{name}/environments/{environment}/secrets`, the route of older clients."""
    _worker, version = find_worker(request, no_service)
    secrets = [b for b in version.bindings if b["type"] == "secret_text"]
    return success([{"name": binding["name"], "type": binding["type"]} for binding in secrets])


ROUTES = [
    Route("GET", "/workers/services/{name}", show_service),
    Route("GET", "/workers/workers/{name}", show_worker),
    Route("GET", "/workers/services/{name}/environments/{environment}/secrets", list_secrets_of_service),
]
