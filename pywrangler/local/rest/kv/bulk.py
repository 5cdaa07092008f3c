"""Many values of a KV namespace at once."""

from __future__ import annotations

import base64
import json
from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import read_object, read_objects, read_texts, text_field
from pywrangler.local.rest.context import context_of
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.kv.namespaces import NAMESPACE, find_namespace
from pywrangler.local.rest.kv.store import KvPut
from pywrangler.local.rest.kv.values import INVALID_VALUE, seconds_of
from pywrangler.local.rest.routes import Route


async def write_bulk(request: web.Request) -> web.Response:
    """`PUT .../bulk`: a list of `{"key", "value"}`.

    An entry may have `expiration` or `expiration_ttl` (seconds), `metadata`, and `base64: true` for bytes.
    """
    namespace, values = find_namespace(request), context_of(request).kv
    entries = [_bulk_entry(body) for body in await read_objects(request)]
    for entry in entries:
        await values.put(namespace.id, entry)
    return success({"successful_key_count": len(entries), "unsuccessful_keys": []})


async def delete_bulk(request: web.Request) -> web.Response:
    """`DELETE .../bulk` and `POST .../bulk/delete`: a list of keys."""
    namespace, values = find_namespace(request), context_of(request).kv
    keys = await read_texts(request)
    for key in keys:
        await values.delete(namespace.id, key)
    return success({"successful_key_count": len(keys), "unsuccessful_keys": []})


async def read_bulk(request: web.Request) -> web.Response:
    """`POST .../bulk/get`: `{"keys", "type"?: "text" | "json", "withMetadata"?}`.

    A key that does not exist has the value null.
    """
    namespace, values = find_namespace(request), context_of(request).kv
    body = await read_object(request)
    keys = body.get("keys")
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise RestError('The field "keys" must be a list of strings.')
    found = {key: await values.get(namespace.id, key) for key in keys}
    as_json, with_metadata = body.get("type") == "json", body.get("withMetadata") is True
    result = {}
    for key, entry in found.items():
        value = _decoded(key, entry.value, as_json=as_json) if entry else None
        described = {"value": value, "metadata": entry.metadata if entry else None}
        result[key] = described if with_metadata else value
    return success({"values": result})


def _bulk_entry(body: dict[str, Any]) -> KvPut:
    key, value = text_field(body, "key"), body.get("value")
    if not isinstance(value, str):
        raise RestError(f'The value of "{key}" must be a string.', code=INVALID_VALUE)
    try:
        content = base64.b64decode(value, validate=True) if body.get("base64") else value.encode()
    except ValueError as error:  # also of characters that are not ASCII
        raise RestError(f'The value of "{key}" is not base64.', code=INVALID_VALUE) from error
    return KvPut(
        key=key,
        value=content,
        expiration=seconds_of(body.get("expiration"), "expiration"),
        expiration_ttl_seconds=seconds_of(body.get("expiration_ttl"), "expiration_ttl"),
        metadata=body.get("metadata"),
    )


def _decoded(key: str, value: bytes, *, as_json: bool) -> Any:
    try:
        return json.loads(value) if as_json else value.decode()
    except ValueError as error:
        wanted = "JSON" if as_json else "text"
        raise RestError(f'The value of "{key}" is not {wanted}.', code=INVALID_VALUE) from error


_BULK = NAMESPACE + "/bulk"
ROUTES = [
    Route("PUT", _BULK, write_bulk),
    Route("DELETE", _BULK, delete_bulk),
    Route("POST", _BULK + "/get", read_bulk),
    Route("POST", _BULK + "/delete", delete_bulk),
]
