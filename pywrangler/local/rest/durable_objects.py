"""Durable Object namespaces of all Workers, and their objects."""

from __future__ import annotations

from aiohttp import web

from pywrangler.local.rest.context import context_of, path_part
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.paging import numbered_page
from pywrangler.local.rest.routes import Route
from pywrangler.local.store.records import Namespace


async def list_namespaces(request: web.Request) -> web.Response:
    """`GET /workers/durable_objects/namespaces`."""
    store = context_of(request).store
    backed = {application.namespace_id for application in store.applications.all()}
    page, info = numbered_page(request, store.namespaces.all(), default=20, maximum=1000)
    return success([_namespace_json(n, has_container=n.id in backed) for n in page], result_info=info)


async def list_objects(request: web.Request) -> web.Response:
    """`GET /workers/durable_objects/namespaces/{id}/objects`: the ones whose name is known."""
    context, namespace_id = context_of(request), path_part(request, "id")
    if context.store.namespaces.get(namespace_id) is None:
        raise RestError(f"There is no Durable Object namespace {namespace_id}.", status=404, code=10066)
    names = await context.operations.durable_object_names(namespace_id)
    objects = [{"id": identifier, "hasStoredData": True, "name": name} for identifier, name in names.items()]
    return success(objects, result_info={"count": len(objects), "cursor": ""})


def _namespace_json(namespace: Namespace, *, has_container: bool) -> dict[str, object]:
    return {
        "id": namespace.id,
        "name": namespace.name,
        "script": namespace.script,
        "class": namespace.class_name,
        "use_sqlite": namespace.use_sqlite,
        "use_containers": has_container,
    }


ROUTES = [
    Route("GET", "/workers/durable_objects/namespaces", list_namespaces),
    Route("GET", "/workers/durable_objects/namespaces/{id}/objects", list_objects),
]
