"""Requests of `pywrangler cluster`: become a node, let others join, tell of all nodes, leave."""

from __future__ import annotations

from aiohttp import web

from pywrangler.local.rest.bodies import optional_text, read_object, text_field
from pywrangler.local.rest.cluster.interface import ClusterOperations, NewCluster
from pywrangler.local.rest.context import context_of
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import unsupported
from pywrangler.local.rest.routes import Route
from pywrangler.sensitive import Sensitive


async def show_status(request: web.Request) -> web.Response:
    """`GET /local/cluster`: the cluster and its nodes; null if this platform is no node."""
    return success(await _cluster(request).status())


async def init(request: web.Request) -> web.Response:
    """`POST /local/cluster/init` with `{"bucket", "endpoint", "region", "access_key_id", "secret_access_key",
    "advertise"}`.
    """
    body = await read_object(request)
    wanted = NewCluster(
        bucket=text_field(body, "bucket"),
        endpoint=optional_text(body, "endpoint"),
        region=text_field(body, "region"),
        access_key_id=text_field(body, "access_key_id"),
        secret_access_key=Sensitive(text_field(body, "secret_access_key")),
        advertise=text_field(body, "advertise"),
    )
    return success(await _cluster(request).init(wanted))


async def join(request: web.Request) -> web.Response:
    """`POST /local/cluster/join` with `{"token", "advertise"}`."""
    body = await read_object(request)
    token, advertise = Sensitive(text_field(body, "token")), text_field(body, "advertise")
    return success(await _cluster(request).join(token, advertise))


async def leave(request: web.Request) -> web.Response:
    """`POST /local/cluster/leave`: the platform leaves and stops after this response."""
    await _cluster(request).leave()
    return success({})


async def make_token(request: web.Request) -> web.Response:
    """`POST /local/cluster/tokens`: `{"token"}`."""
    return success({"token": _cluster(request).make_token().reveal()})


def _cluster(request: web.Request) -> ClusterOperations:
    found = context_of(request).runtimes.cluster
    if found is None:
        raise unsupported("clusters")
    return found


ROUTES = [
    Route("GET", "/local/cluster", show_status),
    Route("POST", "/local/cluster/init", init),
    Route("POST", "/local/cluster/join", join),
    Route("POST", "/local/cluster/leave", leave),
    Route("POST", "/local/cluster/tokens", make_token),
]
