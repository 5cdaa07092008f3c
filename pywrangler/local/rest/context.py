"""What every handler works with: the store, the operations, the clock, and one lock per Worker."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from pywrangler.local.rest.errors import RestError, unsupported
from pywrangler.local.rest.image_registry import ImageRegistry
from pywrangler.local.rest.key_values import KeyValues
from pywrangler.local.rest.operations import Operations
from pywrangler.local.rest.registry_tokens import RegistryTokens
from pywrangler.local.rest.scripts.asset_sessions import AssetSessions
from pywrangler.local.store import Store
from pywrangler.sensitive import Sensitive
from pywrangler.version import files_state


@dataclass(frozen=True)
class Context:
    """The platform, as far as the API is concerned."""

    store: Store
    operations: Operations
    token: Sensitive[str]
    account_id: str
    values: KeyValues | None = None
    registry: ImageRegistry | None = None
    """What takes pushes in the place of Cloudflare's managed registry."""
    registry_tokens: RegistryTokens | None = None
    """For registries (Amazon ECR) that do not take the stored credentials themselves."""
    clock: Callable[[], float] = time.time
    program_state: Callable[[], str] = files_state
    first_state: str = field(default_factory=files_state)
    """What the program's files were when the platform started."""
    asset_sessions: AssetSessions = field(default_factory=AssetSessions)
    worker_locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    """Versions of one Worker are made one after the other: each builds on the one before."""

    @property
    def is_outdated(self) -> bool:
        """Whether another version of the program was installed since the platform started."""
        return self.program_state() != self.first_state

    @property
    def key_values(self) -> KeyValues:
        """The values of KV namespaces; refuses where the platform serves none."""
        if self.values is None:
            raise unsupported("values of KV namespaces")
        return self.values


CONTEXT = web.AppKey("context", Context)


def context_of(request: web.Request) -> Context:
    """The context of the application that serves a request."""
    return request.app[CONTEXT]


def path_part(request: web.Request, name: str) -> str:
    """A variable part of the request's path."""
    return request.match_info[name]


def whole_number(request: web.Request, name: str, default: int, *, maximum: int) -> int:
    """A query parameter that counts something, at least 1; above `maximum` it is `maximum`."""
    text = request.query.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise RestError(f'the query parameter {name} must be a number of at least 1, not "{text}"')
    return min(int(text), maximum)
