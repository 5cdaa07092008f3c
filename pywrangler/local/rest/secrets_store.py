"""The Secrets Store: stores and their secrets.

The API stores a value and never returns it. Workers read it through a binding, which asks for it each time.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import optional_text, read_object, read_objects, text_field
from pywrangler.local.rest.context import ApiContext, context_of, path_part
from pywrangler.local.rest.envelope import success, timestamp
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.paging import numbered_page
from pywrangler.local.rest.routes import Route
from pywrangler.local.store.records import SecretsStore, StoredSecret
from pywrangler.sensitive import Sensitive

NOT_FOUND = 1001
NAME_TAKEN = 1003


async def list_stores(request: web.Request) -> web.Response:
    """`GET /secrets_store/stores`."""
    context = context_of(request)
    page, info = numbered_page(request, context.store.secrets_stores.all(), default=10, maximum=100)
    return success([_store_json(context, store) for store in page], result_info=info)


async def create_store(request: web.Request) -> web.Response:
    """`POST /secrets_store/stores`."""
    context = context_of(request)
    name = text_field(await read_object(request), "name")
    _check_name(context, name)
    return success(_store_json(context, await _create_store(context, uuid.uuid4().hex, name=name)))


async def ensure_store(request: web.Request) -> web.Response:
    """`PUT /local/secrets_store/stores/{store}`: the store with an id that the client chose. It is created if
    it does not exist.

    Its name is then the id. Cloudflare does not have this. It lets the ids in a configuration work here, too.
    """
    context, store_id = context_of(request), path_part(request, "store")
    store = context.store.secrets_stores.get(store_id)
    if store is None:
        store = await _create_store(context, store_id, name=store_id)
    return success(_store_json(context, store))


async def delete_store(request: web.Request) -> web.Response:
    """`DELETE /secrets_store/stores/{store}`: with its secrets."""
    context, store = context_of(request), _find_store(request)
    await context.store.change(lambda: context.store.secrets_stores.delete(store.id))
    return success({"id": store.id})


async def list_secrets(request: web.Request) -> web.Response:
    """`GET /secrets_store/stores/{store}/secrets?search=`."""
    context, store = context_of(request), _find_store(request)
    search = request.query.get("search", "")
    found = [secret for secret in context.store.secrets_stores.secrets(store.id) if search in secret.name]
    page, info = numbered_page(request, found, default=10, maximum=100)
    return success([_secret_json(secret) for secret in page], result_info=info)


async def create_secrets(request: web.Request) -> web.Response:
    """`POST /secrets_store/stores/{store}/secrets`: a list of `{"name", "value", "scopes", "comment"?}`."""
    context, store = context_of(request), _find_store(request)
    entries = [_new_secret(context, store, body) for body in await read_objects(request)]
    names = [secret.name for secret, _value in entries]
    if len(set(names)) < len(names):
        raise RestError("Two of the secrets have the same name.", code=NAME_TAKEN)

    def save() -> None:
        for secret, value in entries:
            context.store.secrets_stores.save(secret, value)

    await context.store.change(save)
    return success([_secret_json(secret) for secret, _value in entries])


async def show_secret(request: web.Request) -> web.Response:
    """`GET /secrets_store/stores/{store}/secrets/{secret}`."""
    return success(_secret_json(_find_secret(request)))


async def modify_secret(request: web.Request) -> web.Response:
    """`PATCH /secrets_store/stores/{store}/secrets/{secret}`: any of value, scopes and comment."""
    context, secret = context_of(request), _find_secret(request)
    body = await read_object(request)
    changed = replace(
        secret,
        scopes=_scopes(body) if "scopes" in body else secret.scopes,
        comment=optional_text(body, "comment") if "comment" in body else secret.comment,
        modified=context.clock(),
    )
    value = Sensitive(text_field(body, "value")) if "value" in body else _value(context, secret)
    await context.store.change(lambda: context.store.secrets_stores.save(changed, value))
    return success(_secret_json(changed))


async def duplicate_secret(request: web.Request) -> web.Response:
    """`POST /secrets_store/stores/{store}/secrets/{secret}/duplicate`: the same value under another name."""
    context, secret = context_of(request), _find_secret(request)
    body = await read_object(request)
    value = _value(context, secret)
    copy, _ = _new_secret(context, _find_store(request), {**body, "value": value.reveal()})
    await context.store.change(lambda: context.store.secrets_stores.save(copy, value))
    return success(_secret_json(copy))


async def delete_secret(request: web.Request) -> web.Response:
    """`DELETE /secrets_store/stores/{store}/secrets/{secret}`."""
    context, secret = context_of(request), _find_secret(request)
    await context.store.change(lambda: context.store.secrets_stores.delete_secret(secret.id))
    return success(_secret_json(secret))


def _check_name(context: ApiContext, name: str) -> None:
    if context.store.secrets_stores.named(name) is not None:
        raise RestError(f'There is a store named "{name}".', status=409, code=NAME_TAKEN)


async def _create_store(context: ApiContext, store_id: str, *, name: str) -> SecretsStore:
    now = context.clock()
    store = SecretsStore(store_id, name, now, now)

    def create() -> None:
        _check_name(context, name)
        context.store.secrets_stores.create(store)

    await context.store.change(create)
    return store


def _new_secret(
    context: ApiContext, store: SecretsStore, body: Mapping[str, Any]
) -> tuple[StoredSecret, Sensitive[str]]:
    name, now = text_field(body, "name"), context.clock()
    if context.store.secrets_stores.secret_named(store.id, name) is not None:
        raise RestError(f'The store "{store.name}" has a secret named "{name}".', status=409, code=NAME_TAKEN)
    secret = StoredSecret(
        id=uuid.uuid4().hex,
        store_id=store.id,
        name=name,
        scopes=_scopes(body),
        comment=optional_text(body, "comment"),
        created=now,
        modified=now,
    )
    return secret, Sensitive(text_field(body, "value"))


def _value(context: ApiContext, secret: StoredSecret) -> Sensitive[str]:
    value = context.store.secrets_stores.value(secret.store_id, secret.name)
    if value is None:
        raise _not_found("secret", secret.id)
    return value


def _find_store(request: web.Request) -> SecretsStore:
    store = context_of(request).store.secrets_stores.get(path_part(request, "store"))
    if store is None:
        raise _not_found("store", path_part(request, "store"))
    return store


def _find_secret(request: web.Request) -> StoredSecret:
    store, secret_id = _find_store(request), path_part(request, "secret")
    secret = context_of(request).store.secrets_stores.secret(store.id, secret_id)
    if secret is None:
        raise _not_found("secret", secret_id)
    return secret


def _not_found(kind: str, identifier: str) -> RestError:
    return RestError(f"{kind}_not_found: {identifier}", status=404, code=NOT_FOUND)


def _scopes(body: Mapping[str, Any]) -> tuple[str, ...]:
    scopes = body.get("scopes") or []
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
        raise RestError('The field "scopes" must be a list of strings.')
    return tuple(scopes)


def _store_json(context: ApiContext, store: SecretsStore) -> dict[str, Any]:
    return {
        "id": store.id,
        "account_id": context.account_id,
        "name": store.name,
        "created": timestamp(store.created),
        "modified": timestamp(store.modified),
    }


def _secret_json(secret: StoredSecret) -> dict[str, Any]:
    return {
        "id": secret.id,
        "store_id": secret.store_id,
        "name": secret.name,
        "comment": secret.comment,
        "scopes": list(secret.scopes),
        "status": "active",
        "created": timestamp(secret.created),
        "modified": timestamp(secret.modified),
    }


_STORE = "/secrets_store/stores/{store}"
_SECRET = _STORE + "/secrets/{secret}"
ROUTES = [
    Route("GET", "/secrets_store/stores", list_stores),
    Route("POST", "/secrets_store/stores", create_store),
    Route("PUT", "/local/secrets_store/stores/{store}", ensure_store),
    Route("DELETE", _STORE, delete_store),
    Route("GET", _STORE + "/secrets", list_secrets),
    Route("POST", _STORE + "/secrets", create_secrets),
    Route("GET", _SECRET, show_secret),
    Route("PATCH", _SECRET, modify_secret),
    Route("DELETE", _SECRET, delete_secret),
    Route("POST", _SECRET + "/duplicate", duplicate_secret),
]
