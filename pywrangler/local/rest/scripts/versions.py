"""Versions of a Worker: list, read, and upload without activating."""

from __future__ import annotations

from aiohttp import web

from pywrangler.local.rest.bodies import object_field, read_object
from pywrangler.local.rest.context import context_of, path_part
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.paging import numbered_page
from pywrangler.local.rest.routes import Route
from pywrangler.local.rest.scripts.assets import settle_assets
from pywrangler.local.rest.scripts.classes.moves import forwarded_bindings
from pywrangler.local.rest.scripts.drafting import draft_version
from pywrangler.local.rest.scripts.lookup import find_version, find_worker, namespaces_for, valid_name
from pywrangler.local.rest.scripts.publication import Publication
from pywrangler.local.rest.scripts.secrets import secret_binding, with_secrets
from pywrangler.local.rest.scripts.shapes import version_json
from pywrangler.local.rest.scripts.upload import receive_upload

MIGRATIONS_NEED_A_DEPLOY = 10211
NO_VERSIONS = 10222


async def list_versions(request: web.Request) -> web.Response:
    """`GET /workers/scripts/{name}/versions`, newest first; `?deployable=true` has no pages."""
    worker, _active = find_worker(request)
    versions = context_of(request).store.versions.of_worker(worker.name)
    size = max(1, len(versions)) if request.query.get("deployable") == "true" else 10
    page, info = numbered_page(request, versions, default=size, maximum=max(size, 100))
    items = [version_json(version, namespaces_for(request, version)) for version in page]
    return success({"items": items}, result_info=info)


async def show_version(request: web.Request) -> web.Response:
    """`GET /workers/scripts/{name}/versions/{version}`."""
    find_worker(request)
    version = find_version(request, path_part(request, "version"))
    return success(version_json(version, namespaces_for(request, version)))


async def upload_version(request: web.Request) -> web.Response:
    """`POST /workers/scripts/{name}/versions`: store a version. A deployment activates it later."""
    context, name = context_of(request), valid_name(request)
    find_worker(request)
    async with receive_upload(request, context.store.uploads_directory) as upload, context.hold(name):
        if upload.metadata.get("migrations"):
            raise RestError(
                "Migrations are applied by a deploy, not by uploading a version.",
                code=MIGRATIONS_NEED_A_DEPLOY,
            )
        draft = draft_version(context, Publication.of_upload(name, upload)).version
        version = await context.store.versions.add(draft)
        await context.store.versions.discard_old(name)
        await settle_assets(context, upload.metadata)
    forwarded = forwarded_bindings(name, upload.metadata.get("bindings") or (), version.bindings)
    told = {"forwarded_bindings": forwarded} if forwarded else {}
    return success(version_json(version, namespaces_for(request, version)) | told)


async def change_latest(request: web.Request) -> web.Response:
    """`PATCH /workers/workers/{name}/versions/latest`: store a version like the newest one with other
    secrets, by a JSON merge patch of `env`. Wrangler (4.164) changes nothing but secrets with it.
    """
    context = context_of(request)
    worker, _active = find_worker(request)
    body = await read_object(request)
    env, said = object_field(body, "env"), object_field(body, "annotations")
    puts = {name: secret_binding(name, value) for name, value in env.items() if value is not None}
    removals = {name for name, value in env.items() if value is None}
    async with context.hold(worker.name):
        newest = next(iter(context.store.versions.of_worker(worker.name)), None)
        if newest is None:
            raise RestError("The Worker has no versions.", status=404, code=NO_VERSIONS)
        annotations = {name: str(value) for name, value in said.items() if value is not None}
        publication = with_secrets(newest, puts, removals).with_annotations(annotations)
        version = await context.store.versions.add(draft_version(context, publication).version)
        await context.store.versions.discard_old(worker.name)
    return success(version_json(version, namespaces_for(request, version)))


ROUTES = [
    Route("GET", "/workers/scripts/{name}/versions", list_versions),
    Route("POST", "/workers/scripts/{name}/versions", upload_version),
    Route("GET", "/workers/scripts/{name}/versions/{version}", show_version),
    Route("PATCH", "/workers/workers/{name}/versions/latest", change_latest),
]
