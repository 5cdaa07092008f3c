"""Dispatch namespaces (Workers for Platforms): create, list, rename, delete, and the Workers in them.

A Worker in a namespace is stored like any other, under a name that has the namespace in it. So the routes for
it are those of other Workers, with another name.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import read_object, text_field
from pywrangler.local.rest.context import ApiContext, context_of, path_part
from pywrangler.local.rest.envelope import success, timestamp
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.routes import Route
from pywrangler.local.rest.scripts import assets, scripts, secrets, settings
from pywrangler.local.rest.scripts.lookup import find_worker, in_namespace
from pywrangler.local.rest.scripts.shapes import script_json
from pywrangler.local.store.records import DispatchNamespace, Worker

NO_SUCH_NAMESPACE = 100119
NO_SUCH_SCRIPT = 10092
"""What clients react to (workers-sdk 4.164)."""
WRONG_NAME = 100121
NAME_TAKEN = 100120
NOT_EMPTY = 100122
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
NAMESPACES = "/workers/dispatch/namespaces"
SCRIPT = NAMESPACES + "/{namespace}/scripts/{name}"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def list_namespaces(request: web.Request) -> web.Response:
    """`GET /workers/dispatch/namespaces`."""
    context = context_of(request)
    return success([_namespace_json(context, each) for each in context.store.dispatch.all()])


async def create_namespace(request: web.Request) -> web.Response:
    """`POST /workers/dispatch/namespaces` with `{"name"}`."""
    context = context_of(request)
    name = _free_name(context, text_field(await read_object(request), "name"))
    now = context.clock()
    made = DispatchNamespace(str(uuid.uuid4()), name, now, now)
    await context.store.change(lambda: context.store.dispatch.add(made))
    return success(_namespace_json(context, made))


async def show_namespace(request: web.Request) -> web.Response:
    """`GET /workers/dispatch/namespaces/{namespace}`."""
    return success(_namespace_json(context_of(request), _find(request)))


async def rename_namespace(request: web.Request) -> web.Response:
    """`PUT /workers/dispatch/namespaces/{namespace}` with `{"name"}`. Refused while Workers are in it: the
    platform stores them under its name.
    """
    context, found = context_of(request), _find(request)
    name = text_field(await read_object(request), "name")
    if name != found.name:
        _free_name(context, name)
        _require_empty(context, found)
        renamed = DispatchNamespace(found.id, name, found.created_on, context.clock())
        former = found.name

        def rename() -> None:
            context.store.dispatch.delete(former)
            context.store.dispatch.add(renamed)

        await context.store.change(rename)
        found = renamed
    return success(_namespace_json(context, found))


async def delete_namespace(request: web.Request) -> web.Response:
    """`DELETE /workers/dispatch/namespaces/{namespace}`: refused while Workers are in it."""
    context, found = context_of(request), _find(request)
    _require_empty(context, found)
    await context.store.change(lambda: context.store.dispatch.delete(found.name))
    return success(None)


async def list_scripts(request: web.Request) -> web.Response:
    """`GET /workers/dispatch/namespaces/{namespace}/scripts`."""
    context, found = context_of(request), _find(request)
    active = context.store.versions.all_active()
    workers = (worker for worker in _workers(context, found) if worker.name in active)
    listed = [script_json(worker, active[worker.name]) for worker in workers]
    return success([{**entry, "id": entry["id"].partition("@")[0]} for entry in listed])


async def show_script(request: web.Request) -> web.Response:
    """`GET .../scripts/{name}`: what is known of the Worker, not its code."""
    _find(request)
    worker, version = find_worker(request, _no_script)
    script = {**script_json(worker, version), "id": worker.name.partition("@")[0]}
    return success(
        {
            "dispatch_namespace": worker.dispatch_namespace,
            "script": script,
            "created_on": timestamp(worker.created_on),
            "modified_on": timestamp(worker.modified_on),
        }
    )


def _no_script(name: str) -> RestError:
    script, _, namespace = name.partition("@")
    message = f"There is no Worker `{script}` in the dispatch namespace `{namespace}`."
    return RestError(message, status=404, code=NO_SUCH_SCRIPT)


def _inside(handler: Handler) -> Handler:
    """The handler of an ordinary Worker, for one in the namespace of the path, which must exist."""

    async def handle(request: web.Request) -> web.StreamResponse:
        _find(request)
        in_namespace(request)
        return await handler(request)

    return handle


def _find(request: web.Request) -> DispatchNamespace:
    wanted = path_part(request, "namespace")
    found = context_of(request).store.dispatch.get(wanted)
    if found is None:
        raise RestError(
            f"There is no dispatch namespace `{wanted}`. `dispatch-namespace create {wanted}` creates it.",
            status=404,
            code=NO_SUCH_NAMESPACE,
        )
    return found


def _free_name(context: ApiContext, name: str) -> str:
    if not NAME.fullmatch(name):
        raise RestError(
            f'"{name}" is not a name for a dispatch namespace: use letters, digits, "-" and "_".',
            code=WRONG_NAME,
        )
    if context.store.dispatch.get(name) is not None:
        raise RestError(f"There is a dispatch namespace `{name}` already.", status=409, code=NAME_TAKEN)
    return name


def _require_empty(context: ApiContext, namespace: DispatchNamespace) -> None:
    workers = [worker.name.partition("@")[0] for worker in _workers(context, namespace)]
    if workers:
        listed = ", ".join(f"`{name}`" for name in workers)
        raise RestError(
            f"The dispatch namespace `{namespace.name}` has Workers: {listed}. Delete them first.",
            status=409,
            code=NOT_EMPTY,
        )


def _workers(context: ApiContext, namespace: DispatchNamespace) -> list[Worker]:
    return [each for each in context.store.workers.all() if each.dispatch_namespace == namespace.name]


def _namespace_json(context: ApiContext, namespace: DispatchNamespace) -> dict[str, Any]:
    return {
        "namespace_id": namespace.id,
        "namespace_name": namespace.name,
        "created_on": timestamp(namespace.created_on),
        "modified_on": timestamp(namespace.modified_on),
        "created_by": context.account_id,
        "modified_by": context.account_id,
        "script_count": len(_workers(context, namespace)),
        "trusted_workers": False,
    }


ROUTES = [
    Route("GET", NAMESPACES, list_namespaces),
    Route("POST", NAMESPACES, create_namespace),
    Route("GET", NAMESPACES + "/{namespace}", show_namespace),
    Route("PUT", NAMESPACES + "/{namespace}", rename_namespace),
    Route("DELETE", NAMESPACES + "/{namespace}", delete_namespace),
    Route("GET", NAMESPACES + "/{namespace}/scripts", list_scripts),
    Route("GET", SCRIPT, _inside(show_script)),
    Route("PUT", SCRIPT, _inside(scripts.upload_script)),
    Route("DELETE", SCRIPT, _inside(scripts.delete_script)),
    Route("POST", SCRIPT + "/assets-upload-session", _inside(assets.begin_upload)),
    Route("GET", SCRIPT + "/settings", _inside(settings.show_settings)),
    Route("GET", SCRIPT + "/secrets", _inside(secrets.list_secrets)),
    Route("PUT", SCRIPT + "/secrets", _inside(secrets.put_secret)),
    Route("DELETE", SCRIPT + "/secrets/{secret}", _inside(secrets.delete_secret)),
]
