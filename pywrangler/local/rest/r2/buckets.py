"""R2 buckets: create, read, change, delete. Paths and shapes are those of Wrangler 4.164."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import read_object, text_field
from pywrangler.local.rest.context import context_of, path_part
from pywrangler.local.rest.envelope import success, timestamp
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.routes import Route
from pywrangler.local.store.records import R2Bucket

NO_SUCH_BUCKET = 10006
BUCKET_EXISTS = 10004
NOT_EMPTY = 10008
INVALID_NAME = 10005
NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
LOCATIONS = ("APAC", "EEUR", "ENAM", "OC", "WEUR", "WNAM")
STORAGE_CLASSES = ("Standard", "InfrequentAccess")
STORAGE_CLASS_HEADER = "cf-r2-storage-class"
BUCKET = "/r2/buckets/{bucket}"


async def list_buckets(request: web.Request) -> web.Response:
    """`GET /r2/buckets`, by name."""
    buckets = context_of(request).store.r2.all()
    return success({"buckets": [_bucket_json(bucket) for bucket in buckets]})


async def create_bucket(request: web.Request) -> web.Response:
    """`POST /r2/buckets`."""
    context, body = context_of(request), await read_object(request)
    context.refuse_in_cluster("R2 buckets")
    name = text_field(body, "name")
    if context.store.r2.get(name) is not None:
        message = "The bucket you tried to create already exists, and you own it."
        raise RestError(message, status=409, code=BUCKET_EXISTS)
    hint = str(body.get("locationHint") or "WNAM").upper()
    if hint not in LOCATIONS:
        raise RestError(
            f"`{hint}` is not a location of R2. Use one of: {', '.join(LOCATIONS)}.", code=INVALID_NAME
        )
    bucket = R2Bucket(
        _checked_name(name),
        context.clock(),
        hint,
        check_storage_class(str(body.get("storageClass") or "Standard")),
        request.headers.get("cf-r2-jurisdiction", "default"),
    )
    await context.store.change(lambda: context.store.r2.save(bucket))
    await context.buckets_changed()
    return success(_bucket_json(bucket))


async def ensure_bucket(request: web.Request) -> web.Response:
    """`PUT /local/r2/buckets/{bucket}`: the bucket of this name. It is created if it does not exist."""
    context, name = context_of(request), path_part(request, "bucket")
    context.refuse_in_cluster("R2 buckets")
    made = R2Bucket(_checked_name(name), context.clock())

    def ensure() -> R2Bucket:
        bucket = context.store.r2.get(name) or made
        context.store.r2.save(bucket)
        return bucket

    bucket = await context.store.change(ensure)
    await context.buckets_changed()
    return success(_bucket_json(bucket))


async def show_bucket(request: web.Request) -> web.Response:
    """`GET /r2/buckets/{bucket}`."""
    return success(_bucket_json(find_bucket(request)))


async def change_bucket(request: web.Request) -> web.Response:
    """`PATCH /r2/buckets/{bucket}`: its storage class, by a header."""
    bucket = find_bucket(request)
    storage_class = check_storage_class(request.headers.get(STORAGE_CLASS_HEADER, bucket.storage_class))
    changed = replace(bucket, storage_class=storage_class)
    store = context_of(request).store
    await store.change(lambda: store.r2.save(changed))
    return success(_bucket_json(changed))


async def delete_bucket(request: web.Request) -> web.Response:
    """`DELETE /r2/buckets/{bucket}`: refused while it has objects."""
    context, bucket = context_of(request), find_bucket(request)
    if (await context.r2_objects.page(bucket.name, limit=1)).objects:
        message = "The bucket you tried to delete is not empty."
        raise RestError(message, status=409, code=NOT_EMPTY)

    def delete() -> None:
        context.store.r2.delete(bucket.name)
        context.store.r2_rules.forget_bucket(bucket.name)

    await context.store.change(delete)
    await context.r2_objects.refresh()
    await context.buckets_changed()
    return success({})


def find_bucket(request: web.Request) -> R2Bucket:
    """The bucket in the path."""
    bucket = context_of(request).store.r2.get(path_part(request, "bucket"))
    if bucket is None:
        raise RestError("The specified bucket does not exist.", status=404, code=NO_SUCH_BUCKET)
    return bucket


def _checked_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise RestError("The specified bucket name is not valid.", code=INVALID_NAME)
    return name


def check_storage_class(name: str) -> str:
    """The name, which has to be R2's own of a storage class. Raises `RestError`."""
    if name not in STORAGE_CLASSES:
        raise RestError(
            f"`{name}` is not a storage class of R2. Use one of: {', '.join(STORAGE_CLASSES)}.",
            code=INVALID_NAME,
        )
    return name


def _bucket_json(bucket: R2Bucket) -> dict[str, Any]:
    return {
        "name": bucket.name,
        "creation_date": timestamp(bucket.created_on),
        "location": bucket.location,
        "storage_class": bucket.storage_class,
        "jurisdiction": bucket.jurisdiction,
    }


ROUTES = [
    Route("GET", "/r2/buckets", list_buckets),
    Route("POST", "/r2/buckets", create_bucket),
    Route("PUT", "/local/r2/buckets/{bucket}", ensure_bucket),
    Route("GET", BUCKET, show_bucket),
    Route("PATCH", BUCKET, change_bucket),
    Route("DELETE", BUCKET, delete_bucket),
]
