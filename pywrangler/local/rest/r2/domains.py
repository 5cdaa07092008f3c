"""Public addresses of buckets. Paths and shapes are those of Wrangler 4.164."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from pywrangler.errors import PywranglerError
from pywrangler.local.rest.bodies import read_object
from pywrangler.local.rest.context import ApiContext, context_of
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError, unsupported
from pywrangler.local.rest.r2.buckets import BUCKET, find_bucket
from pywrangler.local.rest.routes import Route
from pywrangler.local.store.records import R2Bucket

MANAGED = BUCKET + "/domains/managed"


async def show_managed(request: web.Request) -> web.Response:
    """`GET /r2/buckets/{bucket}/domains/managed`."""
    return success(_managed_json(context_of(request), find_bucket(request)))


async def change_managed(request: web.Request) -> web.Response:
    """`PUT /r2/buckets/{bucket}/domains/managed` with `{"enabled"}`."""
    context, bucket = context_of(request), find_bucket(request)
    enabled = (await read_object(request)).get("enabled")
    if not isinstance(enabled, bool):
        raise RestError("The field `enabled` must be `true` or `false`.")
    store = context.store
    await store.change(lambda: store.r2.set_public(bucket.name, is_public=enabled))
    if context.runtimes.s3 is not None:
        try:
            await context.runtimes.s3.refresh()
        except PywranglerError as error:
            await store.change(lambda: store.r2.set_public(bucket.name, is_public=bucket.is_public))
            raise RestError(error.message, status=500) from error
    return success(_managed_json(context, find_bucket(request)))


def _managed_json(context: ApiContext, bucket: R2Bucket) -> dict[str, Any]:
    if context.runtimes.s3 is None:
        raise unsupported("public addresses of R2 buckets")
    domain = context.runtimes.s3.public_address(bucket.name)
    return {"bucketId": bucket.name, "domain": domain, "enabled": bucket.is_public}


ROUTES = [
    Route("GET", MANAGED, show_managed),
    Route("PUT", MANAGED, change_managed),
]
