"""The middlewares around every handler, in the order of `MIDDLEWARES`."""

from __future__ import annotations

import hmac
import logging
import uuid
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from pywrangler.errors import PywranglerError
from pywrangler.local.rest.context import context_of
from pywrangler.local.rest.dashboard.guard import is_of_dashboard, require_own_origin, require_session
from pywrangler.local.rest.errors import INTERNAL, RestError, no_route, outdated, translate
from pywrangler.local.rest.operations import WorkerStartError
from pywrangler.local.rest.scripts.assets import UPLOAD_PATH, bearer_token

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

REQUEST_ID: ContextVar[str] = ContextVar("request_id")
LOG = logging.getLogger("pywrangler.local.rest")
PROGRAM_DIRECTORY = str(Path(__file__).parents[2])
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@web.middleware
async def name_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give every response an id, in the header that Cloudflare uses."""
    REQUEST_ID.set(uuid.uuid4().hex[:16])
    response = await handler(request)
    if not response.prepared:
        response.headers["cf-ray"] = REQUEST_ID.get()
    return response


@web.middleware
async def errors_as_responses(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into an envelope.

    An unexpected error is logged, and the client gets the request's id and no traceback. If the program's
    files were replaced since this process started, the response gives that as the reason: a file that the
    process needs is missing.
    """
    try:
        return await handler(request)
    except Exception as error:
        if may_be_outdated(error) and context_of(request).is_outdated:
            LOG.warning("the program was replaced: %s: %s", type(error).__name__, error)
            return outdated().response()
        return _response_to(error, request)


def may_be_outdated(error: Exception) -> bool:
    """Whether an error may have its cause in replaced program files."""
    if isinstance(error, (web.HTTPNotFound, web.HTTPMethodNotAllowed)):
        return True  # a newer command line may request a route that this process does not have
    if isinstance(error, OSError):
        return isinstance(error, (FileNotFoundError, NotADirectoryError))
    if isinstance(error, WorkerStartError):  # workerd reads some of our files itself
        return PROGRAM_DIRECTORY in (error.detail or "")
    return not isinstance(error, (RestError, PywranglerError, web.HTTPException))


def _response_to(error: Exception, request: web.Request) -> web.StreamResponse:
    try:
        raise error
    except RestError as error:
        return error.response()
    except PywranglerError as error:
        return translate(error).response()
    except web.HTTPNotFound:
        return no_route(request.path).response()
    except web.HTTPMethodNotAllowed:
        return RestError(f"{request.method} is not allowed here.", status=405, code=10405).response()
    except web.HTTPRequestEntityTooLarge:
        return RestError("The request's body is too large.", status=413, code=10027).response()
    except HttpProcessingError as error:  # of a part of a multipart body
        return RestError(f"The request's body is malformed: {type(error).__name__}.", code=10001).response()
    except ConnectionError:  # the client has closed the connection, so no response is needed
        raise
    except OSError as error:
        what = error.strerror or type(error).__name__
        return RestError(f"The platform cannot use its disk: {what}.", status=507, code=INTERNAL).response()
    except Exception:
        LOG.exception("request %s failed: %s %s", REQUEST_ID.get(), request.method, request.path)
        message = f"Internal error in request {REQUEST_ID.get()}. The platform's log has details."
        return RestError(message, status=500, code=INTERNAL).response()


@web.middleware
async def refuse_web_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests that a web page makes in a browser: with another host name (DNS rebinding), or with an
    Origin.
    """
    host = _host_name(request.host)
    if host not in LOOPBACK_NAMES:
        raise RestError(
            f'The local platform answers on loopback only, not as "{request.host}".', status=403, code=10000
        )
    if is_of_dashboard(request.path):
        require_own_origin(request)
    elif "Origin" in request.headers:
        raise RestError("The local platform does not answer web pages.", status=403, code=10000)
    return await handler(request)


def _host_name(host: str) -> str | None:
    """The name in a Host header, without a port; None for what is no host."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


@web.middleware
async def require_token(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Require the platform's bearer token. Uploads of static assets have separate tokens, and the page in the
    browser has a session.
    """
    if is_of_dashboard(request.path):
        require_session(request)
        return await handler(request)
    context, given = context_of(request), bearer_token(request)
    is_upload = _is_asset_upload(request) and context.asset_sessions.find(given, context.clock())
    if not is_upload and not hmac.compare_digest(given.encode(), context.token.reveal().encode()):
        raise RestError("Authentication error", status=401, code=10000)
    return await handler(request)


def _is_asset_upload(request: web.Request) -> bool:
    """Whether the request has the method and the route that an upload's token is for.

    The path would not do: a name at the end of another route, such as a key of KV, may contain slashes.
    """
    resource = request.match_info.route.resource
    route = f"/accounts/{{account}}{UPLOAD_PATH}"
    return request.method == "POST" and resource is not None and resource.canonical.endswith(route)


@web.middleware
async def require_account(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse every account but the platform's own."""
    account = request.match_info.get("account")
    own = context_of(request).account_id
    if account is not None and account != own:
        raise RestError(f"This token has no access to the account {account}.", status=403, code=9109)
    return await handler(request)


MIDDLEWARES = (name_request, errors_as_responses, refuse_web_pages, require_token, require_account)
