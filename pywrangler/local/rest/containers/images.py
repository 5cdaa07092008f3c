"""The platform's images: pushed to its registry, or built by deploys. On Cloudflare all are in the registry,
and clients read its catalogue.
"""

from __future__ import annotations

from dataclasses import asdict

from aiohttp import web

from pywrangler.local.rest.context import context_of
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.routes import Route


async def list_images(request: web.Request) -> web.Response:
    """`GET /local/images`."""
    return success(asdict(await context_of(request).operations.images()))


async def remove_image(request: web.Request) -> web.Response:
    """`DELETE /local/images?name=&tag=`."""
    name, tag = request.query.get("name"), request.query.get("tag")
    if not name or not tag:
        raise RestError("The query parameters `name` and `tag` are required.")
    return success(asdict(await context_of(request).operations.remove_image(name, tag)))


ROUTES = [
    Route("GET", "/local/images", list_images),
    Route("DELETE", "/local/images", remove_image),
]
