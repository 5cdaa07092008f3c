"""Access keys of R2's S3 interface on this machine. At Cloudflare, API tokens are such keys."""

from __future__ import annotations

import secrets
from typing import Any

from aiohttp import web

from pywrangler.errors import PywranglerError
from pywrangler.local.rest.bodies import optional_text, read_object, text_field
from pywrangler.local.rest.context import ApiContext, context_of, path_part
from pywrangler.local.rest.envelope import success, timestamp
from pywrangler.local.rest.errors import RestError, unsupported
from pywrangler.local.rest.r2.objects import S3Interface
from pywrangler.local.rest.routes import Route
from pywrangler.local.store.records import S3Key, WorkerKey
from pywrangler.sensitive import Sensitive

NO_SUCH_KEY = 10044
KEYS = "/local/r2/s3/keys"


async def list_keys(request: web.Request) -> web.Response:
    """`GET /local/r2/s3/keys`: the endpoint, and the keys without their secrets."""
    context = context_of(request)
    keys = [_key_json(key) for key in context.store.s3_keys.all()]
    return success({"endpoint": _served(context).endpoint(), "keys": keys})


async def create_key(request: web.Request) -> web.Response:
    """`POST /local/r2/s3/keys`: a key for all buckets. Only this response has its secret."""
    context = context_of(request)
    name = optional_text(await read_object(request), "name") or ""
    key = S3Key(secrets.token_hex(16), name, context.clock())
    secret = Sensitive(secrets.token_hex(32))
    store = context.store
    await store.change(lambda: store.s3_keys.add(key, secret))
    try:
        await _served(context).refresh()
    except PywranglerError as error:
        await store.change(lambda: store.s3_keys.delete(key.id))
        raise RestError(error.message, status=500) from error
    response = {
        **_key_json(key),
        "secret_access_key": secret.reveal(),
        "endpoint": _served(context).endpoint(),
    }
    return success(response)


async def delete_key(request: web.Request) -> web.Response:
    """`DELETE /local/r2/s3/keys/{key}`."""
    context, wanted = context_of(request), path_part(request, "key")
    if wanted not in [key.id for key in context.store.s3_keys.all()]:
        raise RestError("The access key does not exist.", status=404, code=NO_SUCH_KEY)
    await context.store.change(lambda: context.store.s3_keys.delete(wanted))
    await _served(context).refresh()
    return success({"access_key_id": wanted})


async def set_worker_keys(request: web.Request) -> web.Response:
    """`PUT /local/r2/s3/workers/{worker}` with `{"keys": [{"bucket", "access_key_id",
    "secret_access_key"}]}`: those of the Worker's configuration, in place of its former ones.
    """
    context, worker = context_of(request), path_part(request, "worker")
    given = (await read_object(request)).get("keys")
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise RestError("The field `keys` must be a list of objects.")
    keys = [
        WorkerKey(
            text_field(each, "bucket"),
            text_field(each, "access_key_id"),
            Sensitive(text_field(each, "secret_access_key")),
        )
        for each in given
    ]
    await context.store.change(lambda: context.store.s3_keys.set_of_worker(worker, keys))
    if context.runtimes.s3 is None:
        return success({"endpoint": None})
    try:
        await context.runtimes.s3.refresh()
    except PywranglerError as error:
        raise RestError(error.message, status=500) from error
    return success({"endpoint": context.runtimes.s3.endpoint()})


def _key_json(key: S3Key) -> dict[str, Any]:
    return {"access_key_id": key.id, "name": key.name, "created": timestamp(key.created_on)}


def _served(context: ApiContext) -> S3Interface:
    if context.runtimes.s3 is None:
        raise unsupported("R2 for clients of S3")
    return context.runtimes.s3


ROUTES = [
    Route("GET", KEYS, list_keys),
    Route("POST", KEYS, create_key),
    Route("DELETE", KEYS + "/{key}", delete_key),
    Route("PUT", "/local/r2/s3/workers/{worker}", set_worker_keys),
]
