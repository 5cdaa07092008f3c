"""Secrets of a Worker. Values are never shown.

Each change is a new version with the same code, as on Cloudflare.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import object_field, read_object, text_field
from pywrangler.local.rest.context import context_of, path_part
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError, unsupported
from pywrangler.local.rest.routes import Route
from pywrangler.local.rest.scripts.bindings import SECRET
from pywrangler.local.rest.scripts.lookup import find_worker
from pywrangler.local.rest.scripts.publication import Publication
from pywrangler.local.rest.scripts.publish import publish
from pywrangler.local.store.records import Version

NO_SUCH_BINDING = 10056
BINDING_EXISTS = 10053
VERSION_NOT_DEPLOYED = 10215
"""Cloudflare's code for a secret of a Worker whose newest version does not serve alone."""


async def list_secrets(request: web.Request) -> web.Response:
    """`GET /workers/scripts/{name}/secrets`: names and types."""
    _worker, version = find_worker(request)
    return success([_secret_json(name) for name in _secret_names(version)])


async def show_secret(request: web.Request) -> web.Response:
    """`GET /workers/scripts/{name}/secrets/{secret}`: name and type."""
    _worker, version = find_worker(request)
    secret = path_part(request, "secret")
    if secret not in _secret_names(version):
        raise _no_secret(secret)
    return success(_secret_json(secret))


async def put_secret(request: web.Request) -> web.Response:
    """`PUT /workers/scripts/{name}/secrets`: create or replace one."""
    find_worker(request)
    body = await read_object(request)
    name = text_field(body, "name")
    await _change(request, {name: secret_binding(name, body)}, ())
    return success(_secret_json(name))


async def delete_secret(request: web.Request) -> web.Response:
    """`DELETE /workers/scripts/{name}/secrets/{secret}`."""
    _worker, version = find_worker(request)
    secret = path_part(request, "secret")
    if secret not in _secret_names(version):
        raise _no_secret(secret)
    await _change(request, {}, {secret})
    return success(None)


async def change_secrets(request: web.Request) -> web.Response:
    """`PATCH /workers/scripts/{name}/secrets-bulk`: a JSON merge patch of `secrets`, where null removes."""
    find_worker(request)
    secrets = object_field(await read_object(request), "secrets")
    puts = {name: secret_binding(name, value) for name, value in secrets.items() if value is not None}
    await _change(request, puts, {name for name, value in secrets.items() if value is None})
    _worker, version = find_worker(request)
    return success([_secret_json(name) for name in _secret_names(version)])


async def _change(
    request: web.Request, puts: Mapping[str, Mapping[str, Any]], removals: Collection[str]
) -> None:
    context = context_of(request)
    async with context.hold(path_part(request, "name")):
        worker, version = find_worker(request)
        if context.store.workers.split(worker.name):
            raise RestError(
                "Two versions share the requests of this Worker, and a secret is changed only in one that"
                " serves alone.",
                code=VERSION_NOT_DEPLOYED,
            )
        await publish(context, with_secrets(version, puts, removals))


def with_secrets(
    version: Version, puts: Mapping[str, Mapping[str, Any]], removals: Collection[str]
) -> Publication:
    """The publication of a version with other secrets. Raises `RestError`."""
    for binding in version.bindings:
        if binding["name"] in puts and binding["type"] != SECRET:
            raise RestError(
                f'The binding "{binding["name"]}" exists and is not a secret, but {binding["type"]}.',
                code=BINDING_EXISTS,
            )
    kept = [
        {"type": "inherit", "name": binding["name"]}
        for binding in version.bindings
        if binding["name"] not in puts and binding["name"] not in removals
    ]
    return Publication.like(version, [*kept, *puts.values()], ())


def secret_binding(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise RestError(f'The secret "{name}" must be an object with "text".')
    if value.get("type", SECRET) != SECRET:
        raise unsupported(f'secrets of the type "{value["type"]}"')
    return {"type": SECRET, "name": name, "text": value["text"]}


def _secret_names(version: Version) -> list[str]:
    return [binding["name"] for binding in version.bindings if binding["type"] == SECRET]


def _secret_json(name: str) -> dict[str, str]:
    return {"name": name, "type": SECRET}


def _no_secret(name: str) -> RestError:
    return RestError(f'There is no secret "{name}".', status=404, code=NO_SUCH_BINDING)


ROUTES = [
    Route("GET", "/workers/scripts/{name}/secrets", list_secrets),
    Route("PUT", "/workers/scripts/{name}/secrets", put_secret),
    Route("GET", "/workers/scripts/{name}/secrets/{secret}", show_secret),
    Route("DELETE", "/workers/scripts/{name}/secrets/{secret}", delete_secret),
    Route("PATCH", "/workers/scripts/{name}/secrets-bulk", change_secrets),
]
