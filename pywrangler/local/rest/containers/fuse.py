"""Which applications may mount with FUSE. Only the local platform has these routes."""

from __future__ import annotations

from aiohttp import web

from pywrangler.local.rest.bodies import read_object, text_field
from pywrangler.local.rest.context import context_of, path_part
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.routes import Route

ALL = "*"


async def show_permissions(request: web.Request) -> web.Response:
    """`GET /local/fuse`: decisions by application; `*` stands for all others. The decisions from the
    platform's start come first.
    """
    context = context_of(request)
    started_with = dict.fromkeys(sorted(context.fuse_applications), True)
    return success({"applications": {**context.store.fuse.all(), **started_with}})


async def decide(request: web.Request) -> web.Response:
    """`PUT /local/fuse/{application}` with `{"allowed", "worker"}`: counts from a container's next start on.
    It is forgotten when the Worker is deleted.
    """
    context, application = context_of(request), path_part(request, "application")
    body = await read_object(request)
    is_allowed, worker = body.get("allowed"), text_field(body, "worker")
    if not isinstance(is_allowed, bool):
        raise RestError("The field `allowed` must be `true` or `false`.")
    if application == ALL:
        raise RestError("A permission is for one application.")
    store = context.store
    await store.change(lambda: store.fuse.decide(application, worker, is_allowed=is_allowed))
    return success({"application": application, "allowed": is_allowed})


ROUTES = [
    Route("GET", "/local/fuse", show_permissions),
    Route("PUT", "/local/fuse/{application}", decide),
]
