"""A Worker's triggers: its cron schedules, and the switch of its workers.dev address."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import read_object, read_objects, text_field
from pywrangler.local.rest.context import context_of
from pywrangler.local.rest.envelope import success, timestamp
from pywrangler.local.rest.routes import Route
from pywrangler.local.rest.scripts.lookup import find_worker
from pywrangler.local.rest.scripts.settings import change_settings
from pywrangler.local.store.records import Worker

ACCOUNT_SUBDOMAIN = "local"
"""A placeholder for the workers.dev subdomain. `local/workers/{name}` has a Worker's real address."""
API_DATE = "Cloudflare-Workers-Script-Api-Date"
PREVIEWS_FOLLOW = "2025-08-01"
"""Since this date, previews that a request omits follow the address."""


async def show_schedules(request: web.Request) -> web.Response:
    """`GET /workers/scripts/{name}/schedules`."""
    worker, _version = find_worker(request)
    return success({"schedules": _schedules_json(worker)})


async def replace_schedules(request: web.Request) -> web.Response:
    """`PUT /workers/scripts/{name}/schedules`: a list of `{"cron"}`."""
    context = context_of(request)
    worker, _version = find_worker(request)
    crons = [text_field(entry, "cron") for entry in await read_objects(request)]
    async with context.hold(worker.name):
        await _change_crons(request, worker, crons)
    worker, _version = find_worker(request)
    return success({"schedules": _schedules_json(worker)})


async def _change_crons(request: web.Request, worker: Worker, crons: list[str]) -> None:
    context = context_of(request)
    if list(worker.crons) == crons:
        return
    store, now = context.store, context.clock()
    await store.change(lambda: store.workers.set_crons(worker.name, crons, now))
    try:
        await context.operations.refresh_bindings(worker.name)
    except BaseException:
        # An expression that the runtime refuses must not be stored: it would break the next start.
        await store.change(lambda: store.workers.set_crons(worker.name, worker.crons, worker.modified_on))
        raise


async def show_subdomain(request: web.Request) -> web.Response:
    """`GET /workers/scripts/{name}/subdomain`."""
    worker, _version = find_worker(request)
    return success(_subdomain_json(worker))


async def modify_subdomain(request: web.Request) -> web.Response:
    """`POST /workers/scripts/{name}/subdomain`: stored without effect, because a local Worker always has its
    address.
    """
    worker, _version = find_worker(request)
    body = await read_object(request)
    changes = {key: body[key] for key in ("enabled", "previews_enabled") if isinstance(body.get(key), bool)}
    if "enabled" in changes and request.headers.get(API_DATE, "") >= PREVIEWS_FOLLOW:
        changes.setdefault("previews_enabled", changes["enabled"])
    await change_settings(
        context_of(request), worker.name, {"subdomain": {**_subdomain_json(worker), **changes}}
    )
    worker, _version = find_worker(request)
    return success(_subdomain_json(worker))


async def show_account_subdomain(_request: web.Request) -> web.Response:
    """`GET /workers/subdomain`."""
    return success({"subdomain": ACCOUNT_SUBDOMAIN})


def _schedules_json(worker: Worker) -> list[dict[str, Any]]:
    changed = timestamp(worker.modified_on)
    return [{"cron": cron, "created_on": changed, "modified_on": changed} for cron in worker.crons]


def _subdomain_json(worker: Worker) -> dict[str, bool]:
    defaults = {"enabled": True, "previews_enabled": False}
    return {**defaults, **worker.settings.get("subdomain", {})}


ROUTES = [
    Route("GET", "/workers/scripts/{name}/schedules", show_schedules),
    Route("PUT", "/workers/scripts/{name}/schedules", replace_schedules),
    Route("GET", "/workers/scripts/{name}/subdomain", show_subdomain),
    Route("POST", "/workers/scripts/{name}/subdomain", modify_subdomain),
    Route("GET", "/workers/subdomain", show_account_subdomain),
]
