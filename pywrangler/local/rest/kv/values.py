"""Single values of KV namespaces, and their keys."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import read_form
from pywrangler.local.rest.context import context_of, path_part, whole_number
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.kv.namespaces import NAMESPACE, find_namespace
from pywrangler.local.rest.kv.store import KvKey, KvPut
from pywrangler.local.rest.routes import Route

NO_SUCH_KEY = 10009
INVALID_VALUE = 10012
LONGEST_NUMBER = 15
"""Digits of a time."""
LARGEST_KEY_PAGE = 1000


async def list_keys(request: web.Request) -> web.Response:
    """`GET /storage/kv/namespaces/{namespace}/keys?prefix=&limit=&cursor=`."""
    namespace, query = find_namespace(request), request.query
    limit = whole_number(request, "limit", LARGEST_KEY_PAGE, maximum=LARGEST_KEY_PAGE)
    values = context_of(request).kv
    page = await values.page(namespace.id, query.get("prefix", ""), limit, query.get("cursor") or None)
    info = {"count": len(page.keys), "cursor": page.cursor or ""}
    return success([_key_json(key) for key in page.keys], result_info=info)


async def read_value(request: web.Request) -> web.Response:
    """`GET /storage/kv/namespaces/{namespace}/values/{key}`: the bytes themselves."""
    namespace, key = find_namespace(request), path_part(request, "key")
    found = await context_of(request).kv.get(namespace.id, key)
    if found is None:
        raise RestError(f"get: 'key not found': {key}", status=404, code=NO_SUCH_KEY)
    headers = {"Content-Type": "application/octet-stream"}
    if found.expiration is not None:
        headers["Expiration"] = str(found.expiration)
    return web.Response(body=found.value, headers=headers)


async def read_metadata(request: web.Request) -> web.Response:
    """`GET /storage/kv/namespaces/{namespace}/metadata/{key}`."""
    namespace, key = find_namespace(request), path_part(request, "key")
    found = await context_of(request).kv.get(namespace.id, key)
    if found is None:
        raise RestError(f"get: 'key not found': {key}", status=404, code=NO_SUCH_KEY)
    return success(found.metadata)


async def write_value(request: web.Request) -> web.Response:
    """`PUT /storage/kv/namespaces/{namespace}/values/{key}?expiration=&expiration_ttl=`.

    The body is the value, or a form with the parts `value` and `metadata` (JSON).
    """
    namespace = find_namespace(request)
    value, metadata = await _read_value(request)
    entry = KvPut(
        key=path_part(request, "key"),
        value=value,
        expiration=seconds_of(request.query.get("expiration"), "expiration"),
        expiration_ttl_seconds=seconds_of(request.query.get("expiration_ttl"), "expiration_ttl"),
        metadata=metadata,
    )
    await context_of(request).kv.put(namespace.id, entry)
    return success({})


async def delete_value(request: web.Request) -> web.Response:
    """`DELETE /storage/kv/namespaces/{namespace}/values/{key}`."""
    namespace = find_namespace(request)
    await context_of(request).kv.delete(namespace.id, path_part(request, "key"))
    return success({})


async def _read_value(request: web.Request) -> tuple[bytes, Any]:
    if request.content_type != "multipart/form-data":
        return await request.read(), None
    form = await read_form(request)
    value = form.get("value")
    if value is None:
        raise RestError('The form has no part "value".', code=INVALID_VALUE)
    content = value.file.read() if isinstance(value, web.FileField) else str(value).encode()
    text = form.get("metadata")
    try:
        return content, json.loads(str(text)) if text else None
    except ValueError as error:
        raise RestError('The part "metadata" is not JSON.', code=INVALID_VALUE) from error


def seconds_of(value: object, name: str) -> int | None:
    """A time or a duration that a client sent as a number or a text; None stays None."""
    if value is None:
        return None
    text = str(value)
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST_NUMBER:
        shown = text[: 2 * LONGEST_NUMBER]
        raise RestError(f"`{name}` must be a whole number of seconds, not {shown}.", code=INVALID_VALUE)
    return int(text)


def _key_json(key: KvKey) -> dict[str, Any]:
    fields = {"name": key.name, "expiration": key.expiration, "metadata": key.metadata}
    return {name: value for name, value in fields.items() if value is not None}


_KEY = r"{key:[\s\S]+}"
"""A key may contain line breaks."""
_VALUE = f"{NAMESPACE}/values/{_KEY}"
ROUTES = [
    Route("GET", NAMESPACE + "/keys", list_keys),
    Route("GET", f"{NAMESPACE}/metadata/{_KEY}", read_metadata),
    Route("GET", _VALUE, read_value),
    Route("PUT", _VALUE, write_value),
    Route("DELETE", _VALUE, delete_value),
]
