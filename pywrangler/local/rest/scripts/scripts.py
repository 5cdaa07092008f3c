"""Workers: list, upload and activate, delete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from aiohttp import web

from pywrangler.local.rest.context import ApiContext, context_of, path_part
from pywrangler.local.rest.envelope import success, timestamp
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.routes import Route
from pywrangler.local.rest.scripts.assets import settle_assets
from pywrangler.local.rest.scripts.classes.exports import declared_classes, report_reconciliation
from pywrangler.local.rest.scripts.classes.handover import (
    bindings_to,
    hold_workers,
    refresh_links,
    tail_producers,
)
from pywrangler.local.rest.scripts.classes.moves import forwarded_bindings
from pywrangler.local.rest.scripts.classes.transfers import partners
from pywrangler.local.rest.scripts.lookup import find_worker, valid_name
from pywrangler.local.rest.scripts.publication import Publication
from pywrangler.local.rest.scripts.publish import publish
from pywrangler.local.rest.scripts.settings import SCRIPT_SETTINGS, change_settings
from pywrangler.local.rest.scripts.shapes import script_json
from pywrangler.local.rest.scripts.upload import receive_upload
from pywrangler.local.store.records import Version, Worker

STILL_IN_USE = 10064


async def list_scripts(request: web.Request) -> web.Response:
    """`GET /workers/scripts`."""
    store = context_of(request).store
    active = store.versions.all_active()
    return success(
        [
            script_json(worker, active[worker.name])
            for worker in store.workers.all()
            if worker.name in active and not worker.dispatch_namespace
        ]
    )


async def upload_script(request: web.Request) -> web.Response:
    """`PUT /workers/scripts/{name}`: upload a version and make it the active one. `unknown_classes` and
    `forwarded_bindings` in the response are the local platform's own.
    """
    context, name = context_of(request), valid_name(request)
    async with receive_upload(request, context.store.uploads_directory) as upload:
        involved = {name} | partners(upload.metadata)
        async with hold_workers(context, involved):
            before = context.store.namespaces.all()
            published = await publish(context, Publication.of_upload(name, upload))
            after = context.store.namespaces.all()
            worker = context.store.workers.get(name)
            await keep_settings(context, name, upload.metadata)
    for each in sorted(involved):
        await refresh_links(context, each)
    assert worker is not None  # noqa: S101 - published above
    classes = declared_classes(upload.metadata)
    report = {"exports_reconciliation": report_reconciliation(name, classes, before, after)}
    notes = {
        "unknown_classes": [asdict(each) for each in published.unknown_classes],
        "forwarded_bindings": forwarded_bindings(
            name, upload.metadata.get("bindings") or (), published.version.bindings
        ),
    }
    told = {field: entries for field, entries in notes.items() if entries}
    return success(_uploaded_json(worker, published.version) | (report if classes else {}) | told)


async def show_script(request: web.Request) -> web.Response:
    """`GET /workers/scripts/{name}`: its main module, as on Cloudflare."""
    _worker, version = find_worker(request)
    module = next((each for each in version.modules if each.name == version.main_module), None)
    if module is None:  # static assets only
        return web.Response(content_type="application/javascript")
    return web.Response(body=module.path.read_bytes(), headers={"Content-Type": module.type})


async def delete_script(request: web.Request) -> web.Response:
    """`DELETE /workers/scripts/{name}` and `DELETE /workers/services/{name}`."""
    context = context_of(request)
    worker, _version = find_worker(request)
    dependents = sorted(set(_dependents(context, worker.name)))
    if dependents and request.query.get("force") != "true":
        listed = ", ".join(dependents)
        raise RestError(
            f'The Worker "{worker.name}" is still used by {listed}; force=true removes it.', code=STILL_IN_USE
        )
    async with context.hold(worker.name):
        await context.operations.remove_worker(worker.name)
        had_consumers = await context.store.change(lambda: _forget(context, worker.name))
        context.store.versions.remove_files(worker.name)
        await settle_assets(context, {})
        await context.buckets_changed()
        if had_consumers and context.runtimes.messages is not None:
            await context.runtimes.messages.refresh()
    await refresh_links(context, worker.name)
    return success(None)


def _forget(context: ApiContext, name: str) -> bool:
    """Remove all rows of a Worker; whether it took the messages of queues."""
    store = context.store
    store.workers.delete(name)
    store.workflows.delete_of(name)
    store.fuse.forget_worker(name)
    store.s3_keys.set_of_worker(name, ())
    return store.queues.forget_worker(name)


async def show_references(request: web.Request) -> web.Response:
    """`GET /workers/scripts/{name}/references`: which other Workers are bound to it."""
    context = context_of(request)
    worker, _version = find_worker(request)
    incoming: list[dict[str, str]] = []
    objects: list[dict[str, str]] = []
    for other, binding in bindings_to(context, worker.name):
        entry = {"service": other, "environment": "production", "name": binding["name"]}
        (incoming if binding["type"] == "service" else objects).append(entry)
    services = {"incoming": incoming, "outgoing": [], "pages_function": False}
    return success({"services": services, "durable_objects": objects, "dispatch_outbounds": []})


async def list_tail_producers(request: web.Request) -> web.Response:
    """`GET /workers/tails/by-consumer/{name}`: the Workers whose events this one consumes."""
    context, name = context_of(request), path_part(request, "name")
    consumer = {"service": name, "environment": "production"}
    return success(
        [
            {"consumer": consumer, "producer": {"service": other, "environment": "production"}}
            for other in tail_producers(context, name)
        ]
    )


async def keep_settings(context: ApiContext, name: str, metadata: dict[str, Any]) -> None:
    """Store the settings of an upload that are not part of the version. Without observability or consumers of
    events in the upload, these are off.
    """
    said = {"observability": None, "tail_consumers": None} | {
        key: metadata[key] for key in SCRIPT_SETTINGS if key in metadata
    }
    await change_settings(context, name, said)


def _dependents(context: ApiContext, name: str) -> Iterator[str]:
    yield from (other for other, _binding in bindings_to(context, name))
    yield from tail_producers(context, name)


def _uploaded_json(worker: Worker, version: Version) -> dict[str, Any]:
    return {
        **script_json(worker, version),
        "number": version.number,
        # Clients read this as the version's id, written without hyphens (workers-sdk 4.164, deploy).
        "deployment_id": version.id.replace("-", ""),
        "pipeline_hash": version.content_hash,
        "available_on_subdomain": True,
        "startup_time_ms": 0,
        "modified_on": timestamp(version.created_on),
        "metadata": {"has_preview": False},
    }


ROUTES = [
    Route("GET", "/workers/scripts", list_scripts),
    Route("PUT", "/workers/scripts/{name}", upload_script),
    Route("GET", "/workers/scripts/{name}", show_script),
    Route("DELETE", "/workers/scripts/{name}", delete_script),
    Route("GET", "/workers/scripts/{name}/references", show_references),
    Route("GET", "/workers/tails/by-consumer/{name}", list_tail_producers),
    Route("DELETE", "/workers/services/{name}", delete_script),
]
