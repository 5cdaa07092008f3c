"""The summaries that `containers list` and `containers instances` show, page by page."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from pywrangler.local.instances.records import Instance, InstanceState
from pywrangler.local.rest.containers.applications import find_application
from pywrangler.local.rest.containers.shapes import dash_application_json, durable_object_json, instance_json
from pywrangler.local.rest.context import context_of
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.paging import token_page
from pywrangler.local.rest.routes import Route

DEFAULT_PAGE = 25
LARGEST_PAGE = 1000


async def list_applications(request: web.Request) -> web.Response:
    """`GET /containers/dash/applications?per_page=&page_token=`."""
    context = context_of(request)
    store = context.store
    page, info = token_page(request, store.applications.all(), default=DEFAULT_PAGE, maximum=LARGEST_PAGE)
    rows = [dash_application_json(record, await context.instances_of(record.id)) for record in page]
    return success(rows, result_info=info)


async def list_instances(request: web.Request) -> web.Response:
    """`GET /containers/dash/applications/{id}/instances?per_page=&page_token=&search=`.

    One row for each Durable Object that had a container, with its latest; `search` is an exact id or name.
    """
    context, record = context_of(request), find_application(request)
    names = await context.operations.durable_object_names(record.namespace_id)
    latest = latest_of_objects(await context.instances_of(record.id))
    search = request.query.get("search")
    found = [i for i in latest if search in (None, "", i.durable_object_id, i.id, name_of(i, names))]
    page, info = token_page(request, found, default=DEFAULT_PAGE, maximum=LARGEST_PAGE)
    named = [(instance.with_(durable_object_name=name_of(instance, names))) for instance in page]
    result = {
        "instances": [instance_json(instance) for instance in named],
        "durable_objects": [
            durable_object_json(instance, instance.durable_object_name) for instance in named
        ],
    }
    return success(result, result_info=info)


def latest_of_objects(instances: list[Instance]) -> list[Instance]:
    """The newest instance of each Durable Object, oldest first. A rollout's trial instance is listed only if
    it failed.
    """
    shown = [i for i in instances if not i.is_canary or i.state is InstanceState.FAILED]
    by_object = {instance.durable_object_id: instance for instance in shown}
    return sorted(by_object.values(), key=lambda instance: (instance.created_at, instance.id))


def name_of(instance: Instance, names: Mapping[str, str]) -> str | None:
    """The name of the Durable Object that owns it, if that is known."""
    return names.get(instance.durable_object_id) or instance.durable_object_name


ROUTES = [
    Route("GET", "/containers/dash/applications", list_applications),
    Route("GET", "/containers/dash/applications/{id}/instances", list_instances),
]
