"""The objects that every handler of the registry uses, and how it reads a request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TypeVar

from aiohttp import web

from pywrangler.local.registry import errors
from pywrangler.local.registry.names import is_repository
from pywrangler.local.registry.passes import Passes
from pywrangler.local.registry.storage import Storage

T = TypeVar("T")


@dataclass(frozen=True)
class RegistryContext:
    """The registry for its API."""

    storage: Storage
    passes: Passes
    account_id: str
    needed: Callable[[str], Collection[str]] = lambda _: ()
    """The digests of manifests of a repository that must stay when their tags go."""
    _changing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def change(self, act: Callable[[], T]) -> T:
        """Run `act` in a thread while nothing else changes the storage, and return its result."""
        async with self._changing:
            return await asyncio.to_thread(act)


CONTEXT = web.AppKey("context", RegistryContext)


def repository_of(request: web.Request) -> str:
    """The repository in the request's path: one of the account's own."""
    name, prefix = request.match_info["name"], f"{request.app[CONTEXT].account_id}/"
    if not name.startswith(prefix) or not is_repository(name):
        raise errors.name_invalid(name, prefix)
    return name
