"""Settings: the ones of a Worker's version, and the ones that belong to no version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import parse_json, read_form, read_object
from pywrangler.local.rest.context import ApiContext, context_of
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.forms import METADATA, check_form
from pywrangler.local.rest.routes import Route
from pywrangler.local.rest.scripts.lookup import find_worker, namespaces_for
from pywrangler.local.rest.scripts.publication import Publication
from pywrangler.local.rest.scripts.publish import publish
from pywrangler.local.rest.scripts.shapes import bindings_json
from pywrangler.local.store.records import Version, Worker

SCRIPT_SETTINGS = ("logpush", "observability", "tail_consumers", "streaming_tail_consumers", "tags")
_VERSION_SETTINGS = ("compatibility_date", "compatibility_flags", "limits", "placement")


async def show_settings(request: web.Request) -> web.Response:
    """`GET /workers/scripts/{name}/settings`."""
    worker, version = find_worker(request)
    return success(_settings_json(request, worker, version))


async def modify_settings(request: web.Request) -> web.Response:
    """`PATCH /workers/scripts/{name}/settings`: the same code as a new version."""
    context = context_of(request)
    worker, _version = find_worker(request)
    changes = await _read_settings(request)
    async with context.hold(worker.name):
        _worker, version = find_worker(request)
        # Without "bindings" every binding stays: each is inherited.
        kept = [{"type": "inherit", "name": binding["name"]} for binding in version.bindings]
        publication = Publication.like(
            version,
            kept if changes.get("bindings") is None else changes["bindings"],
            changes.get("keep_bindings") or (),
        )
        said = {name: changes[name] for name in _VERSION_SETTINGS if name in changes}
        await publish(context, publication.with_metadata(said))
    await _keep(request, worker, changes)
    worker, version = find_worker(request)
    return success(_settings_json(request, worker, version))


async def show_script_settings(request: web.Request) -> web.Response:
    """`GET /workers/scripts/{name}/script-settings`."""
    worker, _version = find_worker(request)
    return success(_script_settings_json(worker))


async def modify_script_settings(request: web.Request) -> web.Response:
    """`PATCH /workers/scripts/{name}/script-settings`: the settings that belong to no version."""
    worker, _version = find_worker(request)
    changes = await read_object(request)
    check_form(changes, METADATA)
    await _keep(request, worker, changes)
    worker, _version = find_worker(request)
    return success(_script_settings_json(worker))


async def change_settings(context: ApiContext, name: str, said: Mapping[str, Any]) -> None:
    """Change these settings of a Worker, if it exists."""

    def change() -> None:
        worker = context.store.workers.get(name)
        if worker is not None:
            context.store.workers.set_settings(name, {**worker.settings, **said})

    await context.store.change(change)


async def _keep(request: web.Request, worker: Worker, changes: dict[str, Any]) -> None:
    said = {name: changes[name] for name in SCRIPT_SETTINGS if name in changes}
    if said:
        await change_settings(context_of(request), worker.name, said)


async def _read_settings(request: web.Request) -> dict[str, Any]:
    if request.content_type != "multipart/form-data":
        settings = await read_object(request)
        check_form(settings, METADATA)
        return settings
    text = (await read_form(request)).get("settings")
    raw = (
        text.encode()
        if isinstance(text, str)
        else text.file.read()
        if isinstance(text, web.FileField)
        else b""
    )
    settings = parse_json(raw, 'The part "settings"', code=10001)
    if not isinstance(settings, dict):
        raise RestError('The part "settings" must be a JSON object.', code=10001)
    check_form(settings, METADATA)
    return settings


def _settings_json(request: web.Request, worker: Worker, version: Version) -> dict[str, Any]:
    own = {name: version.metadata.get(name) for name in _VERSION_SETTINGS if name in version.metadata}
    return {
        "bindings": bindings_json(version, namespaces_for(request, version)),
        "migration_tag": worker.migration_tag,
        "usage_model": "standard",
        "annotations": dict(version.annotations),
        **own,
        **_script_settings_json(worker),
    }


def _script_settings_json(worker: Worker) -> dict[str, Any]:
    defaults: dict[str, Any] = {"logpush": False, "tags": None, "tail_consumers": None, "observability": None}
    return {
        **defaults,
        **{name: worker.settings[name] for name in SCRIPT_SETTINGS if name in worker.settings},
    }


ROUTES = [
    Route("GET", "/workers/scripts/{name}/settings", show_settings),
    Route("PATCH", "/workers/scripts/{name}/settings", modify_settings),
    Route("GET", "/workers/scripts/{name}/script-settings", show_script_settings),
    Route("PATCH", "/workers/scripts/{name}/script-settings", modify_script_settings),
]
