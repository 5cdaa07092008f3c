"""Finding the Worker that a request names, or refusing."""

from __future__ import annotations

import re
from collections.abc import Callable

from aiohttp import web

from pywrangler.local.rest.context import context_of, path_part
from pywrangler.local.rest.errors import RestError, no_version, no_worker
from pywrangler.local.store.records import Namespace, Version, Worker, dispatched_name

# Cloudflare's rule for new Workers. It also ensures that a name is one directory and one label of a host
# name.
_NAME = re.compile(r"[a-z0-9_][a-z0-9-_]{0,62}")


def valid_name(request: web.Request) -> str:
    """The name in the path, if it is a valid name of a Worker."""
    name = path_part(request, "name")
    return name if _is_in_namespace(request) else _checked(name)


def in_namespace(request: web.Request) -> None:
    """Let the handlers of Workers find the one of the dispatch namespace in the path."""
    name = dispatched_name(_checked(path_part(request, "name")), path_part(request, "namespace"))
    request.match_info["name"] = name


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise RestError(
            f'"{name}" is not a name for a Worker: use up to 63 lower-case letters, digits, "-" and "_".',
            code=10016,
        )
    return name


def _is_in_namespace(request: web.Request) -> bool:
    """Whether `in_namespace` has checked the name, which has its dispatch namespace in it now."""
    namespace = request.match_info.get("namespace")
    return namespace is not None and path_part(request, "name").endswith(f"@{namespace}")


def find_worker(
    request: web.Request, missing: Callable[[str], RestError] = no_worker
) -> tuple[Worker, Version]:
    """The Worker in the path with its active version.

    Raises `missing(name)` if it has not been deployed.
    """
    store, name = context_of(request).store, path_part(request, "name")
    worker, version = store.workers.get(name), store.versions.active(name)
    if worker is None or version is None:
        raise missing(name)
    return worker, version


def find_version(request: web.Request, version_id: str) -> Version:
    """A version of the Worker in the path."""
    version = context_of(request).store.versions.get(version_id)
    if version is None or version.worker != path_part(request, "name"):
        raise no_version(version_id)
    return version


def namespaces_for(request: web.Request, version: Version) -> list[Namespace]:
    """The namespaces that a version's bindings may refer to: its own, and the ones of other Workers."""
    others = [n for n in context_of(request).store.namespaces.all() if n.script != version.worker]
    return [*version.namespaces, *others]
