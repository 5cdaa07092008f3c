"""The REST API as an aiohttp application: which module serves which paths.

Paths and shapes are Cloudflare's API v4 as wrangler 4.164 uses it, below `/client/v4`. Routes that only the
local platform has are below `/client/v4/accounts/{account}/local/`.
"""

from __future__ import annotations

from contextlib import nullcontext

from aiohttp import web

from pywrangler.local.rest import (
    crons,
    durable_objects,
    identity,
    mtls,
    platform,
    secrets_store,
    unsupported,
)
from pywrangler.local.rest.cluster import cluster
from pywrangler.local.rest.containers import (
    account,
    applications,
    control,
    dash,
    fuse,
    images,
    logs,
    registries,
    rollouts,
)
from pywrangler.local.rest.context import CONTEXT, ApiContext, TakeTurn
from pywrangler.local.rest.d1 import databases
from pywrangler.local.rest.dashboard import overview, pages, stream, terminal, usage
from pywrangler.local.rest.dashboard.guard import API_PREFIX
from pywrangler.local.rest.kv import bulk, namespaces, values
from pywrangler.local.rest.middlewares import MIDDLEWARES
from pywrangler.local.rest.operations import Operations
from pywrangler.local.rest.queues import consumers, pulling, queues, sending
from pywrangler.local.rest.r2 import buckets, domains, notifications, s3_keys
from pywrangler.local.rest.r2 import values as object_values
from pywrangler.local.rest.routes import Route
from pywrangler.local.rest.runtimes import Runtimes
from pywrangler.local.rest.scripts import (
    assets,
    deployments,
    dispatch,
    scripts,
    secrets,
    services,
    settings,
    triggers,
    versions,
)
from pywrangler.local.rest.workflows import definitions as workflows
from pywrangler.local.rest.workflows import instances as workflow_instances
from pywrangler.local.store import Store
from pywrangler.sensitive import Sensitive

BASE = "/client/v4"
MAX_BODY_BYTES = 128 * 1024 * 1024
"""The limit of bodies that are read as a whole. Uploads of Workers go to disk and have another limit."""

ACCOUNT_RESOURCES = (
    scripts,
    versions,
    assets,
    deployments,
    settings,
    secrets,
    triggers,
    services,
    durable_objects,
    account,
    applications,
    fuse,
    rollouts,
    dash,
    logs,
    control,
    registries,
    secrets_store,
    namespaces,
    values,
    bulk,
    buckets,
    object_values,
    s3_keys,
    domains,
    notifications,
    databases,
    queues,
    pulling,
    consumers,
    sending,
    workflows,
    workflow_instances,
    platform,
    pages,
    images,
    crons,
    mtls,
    dispatch,
    cluster,
    unsupported,
)


def make_app(
    store: Store,
    operations: Operations,
    token: str,
    account_id: str,
    runtimes: Runtimes | None = None,
    fuse_applications: frozenset[str] = frozenset(),
    turns: TakeTurn | None = None,
) -> web.Application:
    """The application that serves `store` to clients with `token`; `runtimes` hold the data that is not in
    the store, and `fuse_applications` may mount with FUSE whatever the store says. `turns` are those of a
    cluster.
    """
    app = web.Application(middlewares=MIDDLEWARES, client_max_size=MAX_BODY_BYTES)
    app[CONTEXT] = ApiContext(
        store,
        operations,
        Sensitive(token),
        account_id,
        runtimes or Runtimes(),
        fuse_applications=fuse_applications,
        turns=turns or (lambda _: nullcontext()),
    )
    for route in identity.ROUTES:
        _add(app, BASE, route)
    for resource in ACCOUNT_RESOURCES:
        for route in resource.ROUTES:
            _add(app, f"{BASE}/accounts/{{account}}", route)
    for route in pages.PAGES:
        _add(app, "", route)
    # The page asks what any client asks, with its session in place of the token.
    for resource in (overview, stream, terminal, usage, *ACCOUNT_RESOURCES):
        for route in resource.ROUTES:
            _add(app, API_PREFIX, route)
    return app


def _add(app: web.Application, prefix: str, route: Route) -> None:
    app.router.add_route(route.method, prefix + route.path, route.handler)
