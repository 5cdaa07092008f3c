"""The one user and the one account of the local platform."""

from __future__ import annotations

from aiohttp import web

from pywrangler.local.rest.context import context_of
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.routes import Route

EMAIL = "local@localhost"
ACCOUNT_NAME = "Local platform"
_ONE_PAGE = {"page": 1, "per_page": 50, "count": 1, "total_count": 1, "total_pages": 1}


async def show_user(request: web.Request) -> web.Response:
    """`GET /user`."""
    return success({"id": context_of(request).account_id, "email": EMAIL})


async def verify_token(request: web.Request) -> web.Response:
    """`GET /user/tokens/verify`."""
    return success({"id": context_of(request).account_id, "status": "active"})


async def list_accounts(request: web.Request) -> web.Response:
    """`GET /accounts`."""
    return success([_account(request)], result_info=_ONE_PAGE)


async def show_account(request: web.Request) -> web.Response:
    """`GET /accounts/{account}`."""
    return success(_account(request))


async def list_memberships(request: web.Request) -> web.Response:
    """`GET /memberships`."""
    account = _account(request)
    roles = ["Super Administrator - All Privileges"]
    membership = {"id": account["id"], "status": "accepted", "account": account, "roles": roles}
    return success([membership], result_info=_ONE_PAGE)


async def measure_nothing(_request: web.Request) -> web.Response:
    """`POST /graphql`, Cloudflare's analytics: none, in the form of GraphQL."""
    return web.json_response(
        {"data": None, "errors": [{"message": "The local platform does not measure use."}]}
    )


def _account(request: web.Request) -> dict[str, str]:
    return {"id": context_of(request).account_id, "name": ACCOUNT_NAME, "type": "standard"}


ROUTES = [
    Route("GET", "/user", show_user),
    Route("GET", "/user/tokens/verify", verify_token),
    Route("GET", "/accounts", list_accounts),
    Route("GET", "/accounts/{account}", show_account),
    Route("GET", "/accounts/{account}/tokens/verify", verify_token),
    Route("GET", "/memberships", list_memberships),
    Route("POST", "/graphql", measure_nothing),
]
