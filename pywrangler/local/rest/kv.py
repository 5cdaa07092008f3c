"""KV: namespaces are the store's, values are the runtime's and are reached through `KeyValues`."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import read_object, read_objects, read_texts, text_field
from pywrangler.local.rest.context import context_of, path_part, whole_number
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.operations import KeyName, KeyPut
from pywrangler.local.rest.paging import numbered_page
from pywrangler.local.rest.routes import Route
from pywrangler.local.store.records import KvNamespace

NO_SUCH_KEY = 10009
INVALID_VALUE = 10012
NO_SUCH_NAMESPACE = 10013
TITLE_TAKEN = 10014
LARGEST_KEY_PAGE = 1000


async def list_namespaces(request: web.Request) -> web.Response:
    """`GET /storage/kv/namespaces`, by title."""
    page, info = numbered_page(request, context_of(request).store.kv.all(), default=20, maximum=100)
    return success([_namespace_json(namespace) for namespace in page], result_info=info)


async def create_namespace(request: web.Request) -> web.Response:
    """`POST /storage/kv/namespaces`."""
    namespace = KvNamespace(uuid.uuid4().hex, await _free_title(request))
    context_of(request).store.kv.save(namespace)
    return success(_namespace_json(namespace))


async def show_namespace(request: web.Request) -> web.Response:
    """`GET /storage/kv/namespaces/{namespace}`."""
    return success(_namespace_json(_find(request)))


async def rename_namespace(request: web.Request) -> web.Response:
    """`PUT /storage/kv/namespaces/{namespace}`."""
    namespace = KvNamespace(_find(request).id, await _free_title(request))
    context_of(request).store.kv.save(namespace)
    return success(_namespace_json(namespace))


async def delete_namespace(request: web.Request) -> web.Response:
    """`DELETE /storage/kv/namespaces/{namespace}`: with its values."""
    context, namespace = context_of(request), _find(request)
    if context.values is not None:
        await context.values.remove_namespace(namespace.id)
    context.store.kv.delete(namespace.id)
    return success({})


async def list_keys(request: web.Request) -> web.Response:
    """`GET /storage/kv/namespaces/{namespace}/keys?prefix=&limit=&cursor=`."""
    namespace, query = _find(request), request.query
    limit = whole_number(request, "limit", LARGEST_KEY_PAGE, maximum=LARGEST_KEY_PAGE)
    values = context_of(request).key_values
    page = await values.page(namespace.id, query.get("prefix", ""), limit, query.get("cursor") or None)
    info = {"count": len(page.keys), "cursor": page.cursor or ""}
    return success([_key_json(key) for key in page.keys], result_info=info)


async def read_value(request: web.Request) -> web.Response:
    """`GET /storage/kv/namespaces/{namespace}/values/{key}`: the bytes themselves."""
    namespace, key = _find(request), path_part(request, "key")
    found = await context_of(request).key_values.get(namespace.id, key)
    if found is None:
        raise RestError(f"get: 'key not found': {key}", status=404, code=NO_SUCH_KEY)
    headers = {"Content-Type": "application/octet-stream"}
    if found.expiration is not None:
        headers["Expiration"] = str(found.expiration)
    return web.Response(body=found.value, headers=headers)


async def read_metadata(request: web.Request) -> web.Response:
    """`GET /storage/kv/namespaces/{namespace}/metadata/{key}`."""
    namespace, key = _find(request), path_part(request, "key")
    found = await context_of(request).key_values.get(namespace.id, key)
    if found is None:
        raise RestError(f"get: 'key not found': {key}", status=404, code=NO_SUCH_KEY)
    return success(found.metadata)


async def write_value(request: web.Request) -> web.Response:
    """`PUT /storage/kv/namespaces/{namespace}/values/{key}?expiration=&expiration_ttl=`.

    The body is the value, or a form with the parts `value` and `metadata` (JSON).
    """
    namespace = _find(request)
    value, metadata = await _read_value(request)
    entry = KeyPut(
        key=path_part(request, "key"),
        value=value,
        expiration=_seconds(request.query.get("expiration"), "expiration"),
        expiration_ttl_seconds=_seconds(request.query.get("expiration_ttl"), "expiration_ttl"),
        metadata=metadata,
    )
    await context_of(request).key_values.put(namespace.id, entry)
    return success({})


async def delete_value(request: web.Request) -> web.Response:
    """`DELETE /storage/kv/namespaces/{namespace}/values/{key}`."""
    namespace = _find(request)
    await context_of(request).key_values.delete(namespace.id, path_part(request, "key"))
    return success({})


async def write_bulk(request: web.Request) -> web.Response:
    """`PUT .../bulk`: a list of `{"key", "value"}`.

    An entry may have `expiration` or `expiration_ttl` (seconds), `metadata`, and `base64: true` for bytes.
    """
    namespace, values = _find(request), context_of(request).key_values
    entries = [_bulk_entry(body) for body in await read_objects(request)]
    for entry in entries:
        await values.put(namespace.id, entry)
    return success({"successful_key_count": len(entries), "unsuccessful_keys": []})


async def delete_bulk(request: web.Request) -> web.Response:
    """`DELETE .../bulk` and `POST .../bulk/delete`: a list of keys."""
    namespace, values = _find(request), context_of(request).key_values
    keys = await read_texts(request)
    for key in keys:
        await values.delete(namespace.id, key)
    return success({"successful_key_count": len(keys), "unsuccessful_keys": []})


async def read_bulk(request: web.Request) -> web.Response:
    """`POST .../bulk/get`: `{"keys", "type"?: "text" | "json", "withMetadata"?}`; a missing key's value is
    null.
    """
    namespace, values = _find(request), context_of(request).key_values
    body = await read_object(request)
    keys = body.get("keys")
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise RestError('the field "keys" must be a list of strings')
    found = {key: await values.get(namespace.id, key) for key in keys}
    as_json, with_metadata = body.get("type") == "json", body.get("withMetadata") is True
    result = {}
    for key, entry in found.items():
        value = _decoded(key, entry.value, as_json=as_json) if entry else None
        described = {"value": value, "metadata": entry.metadata if entry else None}
        result[key] = described if with_metadata else value
    return success({"values": result})


async def _free_title(request: web.Request) -> str:
    title = text_field(await read_object(request), "title")
    if context_of(request).store.kv.titled(title) is not None:
        message = f"a namespace with this account ID and title already exists: {title}"
        raise RestError(message, code=TITLE_TAKEN)
    return title


def _find(request: web.Request) -> KvNamespace:
    namespace_id = path_part(request, "namespace")
    namespace = context_of(request).store.kv.get(namespace_id)
    if namespace is None:
        raise RestError(f"namespace not found: {namespace_id}", status=404, code=NO_SUCH_NAMESPACE)
    return namespace


async def _read_value(request: web.Request) -> tuple[bytes, Any]:
    if request.content_type != "multipart/form-data":
        return await request.read(), None
    form = await request.post()
    value = form.get("value")
    if value is None:
        raise RestError('the form has no part "value"', code=INVALID_VALUE)
    content = value.file.read() if isinstance(value, web.FileField) else str(value).encode()
    text = form.get("metadata")
    try:
        return content, json.loads(str(text)) if text else None
    except ValueError as error:
        raise RestError('the part "metadata" is not JSON', code=INVALID_VALUE) from error


def _bulk_entry(body: dict[str, Any]) -> KeyPut:
    key, value = text_field(body, "key"), body.get("value")
    if not isinstance(value, str):
        raise RestError(f'the value of "{key}" must be a string', code=INVALID_VALUE)
    try:
        content = base64.b64decode(value, validate=True) if body.get("base64") else value.encode()
    except binascii.Error as error:
        raise RestError(f'the value of "{key}" is not base64', code=INVALID_VALUE) from error
    return KeyPut(
        key=key,
        value=content,
        expiration=_seconds(body.get("expiration"), "expiration"),
        expiration_ttl_seconds=_seconds(body.get("expiration_ttl"), "expiration_ttl"),
        metadata=body.get("metadata"),
    )


def _seconds(value: object, name: str) -> int | None:
    if value is None:
        return None
    text = str(value)
    if not text.isascii() or not text.isdigit():
        raise RestError(f"{name} must be a whole number of seconds, not {text}", code=INVALID_VALUE)
    return int(text)


def _decoded(key: str, value: bytes, *, as_json: bool) -> Any:
    try:
        return json.loads(value) if as_json else value.decode()
    except ValueError as error:
        wanted = "JSON" if as_json else "text"
        raise RestError(f'the value of "{key}" is not {wanted}', code=INVALID_VALUE) from error


def _namespace_json(namespace: KvNamespace) -> dict[str, Any]:
    return {"id": namespace.id, "title": namespace.title, "supports_url_encoding": True}


def _key_json(key: KeyName) -> dict[str, Any]:
    fields = {"name": key.name, "expiration": key.expiration, "metadata": key.metadata}
    return {name: value for name, value in fields.items() if value is not None}


_NAMESPACE = "/storage/kv/namespaces/{namespace}"
_VALUE = _NAMESPACE + "/values/{key:.+}"
ROUTES = [
    Route("GET", "/storage/kv/namespaces", list_namespaces),
    Route("POST", "/storage/kv/namespaces", create_namespace),
    Route("GET", _NAMESPACE, show_namespace),
    Route("PUT", _NAMESPACE, rename_namespace),
    Route("DELETE", _NAMESPACE, delete_namespace),
    Route("GET", _NAMESPACE + "/keys", list_keys),
    Route("GET", _NAMESPACE + "/metadata/{key:.+}", read_metadata),
    Route("GET", _VALUE, read_value),
    Route("PUT", _VALUE, write_value),
    Route("DELETE", _VALUE, delete_value),
    Route("PUT", _NAMESPACE + "/bulk", write_bulk),
    Route("DELETE", _NAMESPACE + "/bulk", delete_bulk),
    Route("POST", _NAMESPACE + "/bulk/get", read_bulk),
    Route("POST", _NAMESPACE + "/bulk/delete", delete_bulk),
]
