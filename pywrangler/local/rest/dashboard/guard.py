"""Whether a request may use the page or its API."""

from __future__ import annotations

from aiohttp import web

from pywrangler.local.rest.context import context_of
from pywrangler.local.rest.errors import RestError

PREFIX = "/dashboard"
API_PREFIX = "/dashboard/api"
ENTRANCE = "/dashboard/enter"
COOKIE = "pywrangler_dashboard"
KEY_HEADER = "X-Dashboard-Key"
TERMINAL_PROTOCOL = "pywrangler-terminal"
"""The subprotocol of a WebSocket for a terminal. The second one of the request is the session's key."""


def is_of_dashboard(path: str) -> bool:
    """Whether the path belongs to the page."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def require_own_origin(request: web.Request) -> None:
    """Raise `RestError` for a request that another web page makes."""
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{request.host}":
        raise RestError("The dashboard does not answer other web pages.", status=403, code=10000)


def require_session(request: web.Request) -> None:
    """Raise `RestError` for a request without a session; the API also asks for the session's key."""
    if request.path == ENTRANCE:
        return
    context = context_of(request)
    session = context.dashboard.find(request.cookies.get(COOKIE, ""), context.clock())
    is_api = request.path.startswith(f"{API_PREFIX}/")
    if session is None or (is_api and not session.has_key(_given_key(request))):
        raise RestError(
            "This browser was not let in, or not any more. Run `pywrangler dashboard` for a new link.",
            status=401,
            code=10000,
        )


def _given_key(request: web.Request) -> str:
    """The key that a request brings: in its header, or for a WebSocket as a subprotocol."""
    protocols = [each.strip() for each in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
    if len(protocols) == 2 and protocols[0] == TERMINAL_PROTOCOL:
        return protocols[1]
    return request.headers.get(KEY_HEADER, "")
