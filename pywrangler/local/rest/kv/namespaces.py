"""KV namespaces: create, read, rename, delete."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import optional_text, read_object, text_field
from pywrangler.local.rest.context import context_of, path_part
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.paging import numbered_page
from pywrangler.local.rest.routes import Route
from pywrangler.local.store.records import KvNamespace

NO_SUCH_NAMESPACE = 10013
TITLE_TAKEN = 10014
NAMESPACE = "/storage/kv/namespaces/{namespace}"


async def list_namespaces(request: web.Request) -> web.Response:
    """`GET /storage/kv/namespaces`, by title."""
    page, info = numbered_page(request, context_of(request).store.kv.all(), default=20, maximum=100)
    return success([_namespace_json(namespace) for namespace in page], result_info=info)


async def create_namespace(request: web.Request) -> web.Response:
    """`POST /storage/kv/namespaces`."""
    store, namespace = context_of(request).store, KvNamespace(uuid.uuid4().hex, await _free_title(request))
    await store.change(lambda: store.kv.save(namespace))
    return success(_namespace_json(namespace))


async def ensure_namespace(request: web.Request) -> web.Response:
    """`PUT /local/kv/namespaces/{namespace}`: the namespace with an id that the client chose. It is created
    if it does not exist.

    Cloudflare does not have this. It lets the ids in a configuration work here, too. The namespace gets the
    `title` in the body if that is free. Without a `title` its title is its id. That is refused if another
    namespace has this title, because the client probably means that namespace.
    """
    store, namespace_id = context_of(request).store, path_part(request, "namespace")
    namespaces = store.kv
    wanted = optional_text(await read_object(request), "title") if request.can_read_body else None

    def add() -> KvNamespace:
        if not wanted:
            _check_title(request, namespace_id)
        titles = free_titles(namespace_id, wanted or namespace_id)
        title = next(title for title in titles if namespaces.titled(title) is None)
        namespaces.save(made := KvNamespace(namespace_id, title))
        return made

    namespace = namespaces.get(namespace_id)
    if namespace is None:
        namespace = await store.change(lambda: namespaces.get(namespace_id) or add())
    return success(_namespace_json(namespace))


def free_titles(namespace_id: str, wanted: str) -> Iterator[str]:
    """Titles to try for a namespace, the best first. Even the id may be another namespace's title."""
    yield wanted
    yield namespace_id
    yield from (f"{namespace_id}-{number}" for number in itertools.count(2))


async def show_namespace(request: web.Request) -> web.Response:
    """`GET /storage/kv/namespaces/{namespace}`."""
    return success(_namespace_json(find_namespace(request)))


async def rename_namespace(request: web.Request) -> web.Response:
    """`PUT /storage/kv/namespaces/{namespace}`."""
    store, namespace_id = context_of(request).store, find_namespace(request).id
    namespace = KvNamespace(namespace_id, await _free_title(request))
    await store.change(lambda: store.kv.save(namespace))
    return success(_namespace_json(namespace))


async def delete_namespace(request: web.Request) -> web.Response:
    """`DELETE /storage/kv/namespaces/{namespace}`: with its values."""
    context, namespace = context_of(request), find_namespace(request)
    if context.runtimes.kv is not None:
        await context.runtimes.kv.remove_namespace(namespace.id)
    await context.store.change(lambda: context.store.kv.delete(namespace.id))
    return success({})


def find_namespace(request: web.Request) -> KvNamespace:
    """The namespace in the path."""
    namespace_id = path_part(request, "namespace")
    namespace = context_of(request).store.kv.get(namespace_id)
    if namespace is None:
        raise RestError(f"namespace not found: {namespace_id}", status=404, code=NO_SUCH_NAMESPACE)
    return namespace


async def _free_title(request: web.Request) -> str:
    title = text_field(await read_object(request), "title")
    _check_title(request, title)
    return title


def _check_title(request: web.Request, title: str) -> None:
    if context_of(request).store.kv.titled(title) is not None:
        message = f"a namespace with this account ID and title already exists: {title}"
        raise RestError(message, code=TITLE_TAKEN)


def _namespace_json(namespace: KvNamespace) -> dict[str, Any]:
    return {"id": namespace.id, "title": namespace.title, "supports_url_encoding": True}


ROUTES = [
    Route("GET", "/storage/kv/namespaces", list_namespaces),
    Route("POST", "/storage/kv/namespaces", create_namespace),
    Route("PUT", "/local/kv/namespaces/{namespace}", ensure_namespace),
    Route("GET", NAMESPACE, show_namespace),
    Route("PUT", NAMESPACE, rename_namespace),
    Route("DELETE", NAMESPACE, delete_namespace),
]
