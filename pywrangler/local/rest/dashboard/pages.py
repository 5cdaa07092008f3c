"""The entrance and the files of the page."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from pywrangler.local.rest.context import context_of
from pywrangler.local.rest.dashboard.guard import COOKIE, ENTRANCE, PREFIX
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.routes import Route

FILES = Path(__file__).parent / "page"
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Nothing is loaded from elsewhere, and no other page can show this one."""


async def invite(request: web.Request) -> web.Response:
    """`POST /local/dashboard`: the path with which a browser enters once, within a minute."""
    context = context_of(request)
    return success({"path": f"{ENTRANCE}?token={context.dashboard.invite(context.clock())}"})


async def enter(request: web.Request) -> web.Response:
    """`GET /dashboard/enter?token=`: sets the cookie, and leads to the page, with the key in the fragment.

    A fragment reaches no server and no log; the page takes it out of the address at once.
    """
    context = context_of(request)
    session = context.dashboard.enter(request.query.get("token", ""), context.clock())
    if session is None:
        raise RestError(
            "This link was used, or is older than a minute. Run `pywrangler dashboard` for a new one.",
            status=403,
            code=10000,
        )
    response = web.Response(status=303, headers={**HEADERS, "Location": f"{PREFIX}/#key={session.key}"})
    response.set_cookie(COOKIE, session.cookie, path=PREFIX, httponly=True, samesite="Strict")
    return response


async def show_file(request: web.Request) -> web.Response:
    """`GET /dashboard/{name}`: a file of the page; without a name the page itself."""
    name = request.match_info.get("name") or "page.html"
    # Only names of files that exist there: the request's text never becomes a path.
    known = {file.name: file for file in FILES.iterdir() if file.suffix in CONTENT_TYPES}
    if name not in known:
        raise web.HTTPNotFound
    content = known[name].read_bytes()
    return web.Response(body=content, headers={**HEADERS, "Content-Type": CONTENT_TYPES[known[name].suffix]})


async def lead_to_page(_request: web.Request) -> web.Response:
    """`GET /dashboard`: the page's address ends with a slash, because its files are relative to it."""
    return web.Response(status=303, headers={**HEADERS, "Location": f"{PREFIX}/"})


ROUTES = [Route("POST", "/local/dashboard", invite)]
PAGES = [
    Route("GET", ENTRANCE, enter),
    Route("GET", PREFIX, lead_to_page),
    Route("GET", f"{PREFIX}/", show_file),
    Route("GET", f"{PREFIX}/{{name}}", show_file),
]
