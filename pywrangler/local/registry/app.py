"""The registry's API as an aiohttp application: OCI distribution 1.1, and two calls of Cloudflare's own."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from pywrangler.local.registry import blobs, errors, manifests
from pywrangler.local.registry.context import CONTEXT, RegistryContext
from pywrangler.local.registry.passes import PULL, PUSH

log = logging.getLogger(__name__)

MAX_MANIFEST_BYTES = 4 * 1024 * 1024
"""The specification's own limit. Blobs are not read into memory and have none."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def show_version(_request: web.Request) -> web.Response:
    """`GET /v2/`: this is a registry, and the credentials are right."""
    return web.json_response({}, headers={"Docker-Distribution-Api-Version": "registry/2.0"})


UPLOAD = "/v2/{name:.+}/blobs/uploads/{upload}"
MANIFEST = "/v2/{name:.+}/manifests/{reference}"
# The order matters: the first matching path answers, and a repository's name may contain slashes.
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/v2/", show_version),
    ("GET", "/v2/_catalog", manifests.show_catalog),
    ("PUT", "/v2/gc/layers", manifests.collect_garbage),
    ("GET", "/v2/{name:.+}/tags/list", manifests.list_tags),
    ("POST", "/v2/{name:.+}/blobs/uploads/", blobs.begin),
    ("GET", UPLOAD, blobs.show_upload),
    ("PATCH", UPLOAD, blobs.append),
    ("PUT", UPLOAD, blobs.finish),
    ("DELETE", UPLOAD, blobs.cancel),
    ("GET", "/v2/{name:.+}/blobs/{digest}", blobs.show),
    ("HEAD", "/v2/{name:.+}/blobs/{digest}", blobs.show),
    ("GET", MANIFEST, manifests.show),
    ("HEAD", MANIFEST, manifests.show),
    ("PUT", MANIFEST, manifests.put),
    ("DELETE", MANIFEST, manifests.delete),
)


@web.middleware
async def errors_as_responses(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into the form of registries."""
    try:
        return await handler(request)
    except errors.RegistryError as error:
        return error.response()
    except web.HTTPRequestEntityTooLarge:
        return errors.RegistryError(413, "SIZE_INVALID", "the manifest is too large").response()
    except web.HTTPException as error:
        return errors.RegistryError(error.status, "UNSUPPORTED", error.reason).response()
    except ConnectionError:  # the client has closed the connection, so no response is needed
        raise
    except OSError as error:
        what = error.strerror or type(error).__name__
        return errors.RegistryError(507, "UNKNOWN", f"the platform cannot use its disk: {what}").response()
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return errors.RegistryError(500, "UNKNOWN", "internal error; the platform's log says more").response()


@web.middleware
async def require_pass(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Require credentials that allow the request."""
    allowed = request.app[CONTEXT].passes.permissions(request.headers.get("Authorization"))
    if allowed is None:
        raise errors.unauthorized()
    needed = PULL if request.method in ("GET", "HEAD") else PUSH
    # A push first asks what exists, so it may also read.
    if needed not in allowed and not (needed == PULL and PUSH in allowed):
        raise errors.denied(needed)
    return await handler(request)


def make_app(context: RegistryContext) -> web.Application:
    """The application that serves `context`."""
    app = web.Application(middlewares=(errors_as_responses, require_pass), client_max_size=MAX_MANIFEST_BYTES)
    app[CONTEXT] = context
    for method, path, handler in ROUTES:
        app.router.add_route(method, path, handler)
    return app
