"""Features of Cloudflare that the local platform does not have. They get status 501 and the feature's name.

Every other unknown path gets status 404. This list is for paths that deserve a better response.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from pywrangler.local.rest.errors import unsupported
from pywrangler.local.rest.routes import Route

_FEATURES = {
    "/hyperdrive": "Hyperdrive",
    "/vectorize": "Vectorize",
    "/event_subscriptions": "event subscriptions; they are about products at Cloudflare",
    "/pipelines": "Pipelines",
    "/pages": "Pages projects",
    "/ai": "Workers AI",
    "/workers/domains": "custom domains",
    "/workers/scripts/{name}/routes": "routes of zones",
    "/workers/scripts/{name}/tails": "tail sessions",
    "/workers/services/{name}/environments": "environments of services",
    "/containers/applications/{id}/jobs": "container jobs",
    "/containers/applications/{id}/deployments": "deployments of an application by hand",
    "/containers/instances/{id}/ssh": "SSH into instances",
    "/containers/ssh_public_keys": "SSH keys",
    "/cloudchamber": "the cloudchamber API",
}


def _refuse(feature: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handler(_request: web.Request) -> web.StreamResponse:
        raise unsupported(feature)

    return handler


ROUTES = [Route("*", path + "{rest:(/.*)?}", _refuse(feature)) for path, feature in _FEATURES.items()]
