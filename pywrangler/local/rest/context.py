"""The objects that every handler uses: the store, the operations, the clock, and one lock per Worker."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from aiohttp import web

from pywrangler.errors import PywranglerError
from pywrangler.local.instances.records import Instance
from pywrangler.local.rest.containers.control_interface import InstanceControl
from pywrangler.local.rest.d1.queries import Databases
from pywrangler.local.rest.dashboard.sessions import PageSessions
from pywrangler.local.rest.errors import RestError, not_in_cluster, unsupported
from pywrangler.local.rest.kv.store import KvStore
from pywrangler.local.rest.operations import ExportSource, Operations
from pywrangler.local.rest.queues.messages import Messages
from pywrangler.local.rest.r2.objects import Objects
from pywrangler.local.rest.runtimes import Runtimes
from pywrangler.local.rest.scripts.asset_sessions import AssetSessions
from pywrangler.local.store import Store
from pywrangler.sensitive import Sensitive
from pywrangler.version import files_state

log = logging.getLogger(__name__)
T = TypeVar("T")
TakeTurn: TypeAlias = Callable[[str], AbstractAsyncContextManager[None]]
"""Waits for the turn of this name."""


def turn_of(worker: str) -> str:
    """The name of the turn to change a Worker."""
    return f"worker {worker}"


@dataclass(frozen=True)
class ApiContext:
    """The platform, as far as the API is concerned."""

    store: Store
    operations: Operations
    token: Sensitive[str]
    account_id: str
    runtimes: Runtimes = field(default_factory=Runtimes)
    clock: Callable[[], float] = time.time
    program_state: Callable[[], str] = files_state
    first_state: str = field(default_factory=files_state)
    """The program's files as they were when the platform started."""
    asset_sessions: AssetSessions = field(default_factory=AssetSessions)
    fuse_applications: frozenset[str] = frozenset()
    """Applications that may mount with FUSE as the platform was started so; `*` is all."""
    dashboard: PageSessions = field(default_factory=PageSessions)
    turns: TakeTurn = lambda _: nullcontext()
    """Has a turn that only one node of a cluster can have."""
    _worker_locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    @asynccontextmanager
    async def hold(self, worker: str) -> AsyncIterator[None]:
        """Have a Worker for oneself. Its versions are created one at a time, because each builds on the one
        before.
        """
        async with self._worker_locks[worker], self.turns(turn_of(worker)):
            yield

    @property
    def is_outdated(self) -> bool:
        """Whether another version of the program was installed after the platform started."""
        return self.program_state() != self.first_state

    @property
    def kv(self) -> KvStore:
        """The values of KV namespaces. Raises `RestError` where the platform serves none."""
        return _served(self.runtimes.kv, "values of KV namespaces")

    @property
    def r2_objects(self) -> Objects:
        """The objects of R2 buckets. Raises `RestError` where the platform serves none."""
        return _served(self.runtimes.objects, "objects of R2 buckets")

    async def instances_of(self, application_id: str) -> list[Instance]:
        """The records of an application's instances on all nodes, oldest first."""
        if self.runtimes.nodes is None:
            return self.store.instances.of_application(application_id)
        return await self.runtimes.nodes.known(application_id)

    async def all_instances(self) -> list[Instance]:
        """The records of all instances on all nodes."""
        if self.runtimes.nodes is None:
            return self.store.instances.load()
        return await self.runtimes.nodes.known()

    def refuse_in_cluster(self, what: str) -> None:
        """Raises `RestError` on a node of a cluster; `what` it does not have is a plural."""
        if self.runtimes.cluster is not None and self.runtimes.cluster.is_node:
            raise not_in_cluster(what)

    async def buckets_changed(self) -> None:
        """Tell what serves S3 clients that there are other buckets, which are there even if it fails."""
        if self.runtimes.s3 is not None:
            try:
                await self.runtimes.s3.refresh()
            except PywranglerError as error:
                log.warning("The S3 interface does not run: %s", error.message)

    @property
    def exports(self) -> ExportSource:
        """Exports of the state. Raises `RestError` where the platform makes none."""
        self.refuse_in_cluster("exports")
        return _served(self.runtimes.exports, "exports of the platform")

    @property
    def d1_databases(self) -> Databases:
        """The tables of D1 databases. Raises `RestError` where the platform serves none."""
        return _served(self.runtimes.databases, "queries of D1 databases")

    @property
    def instance_control(self) -> InstanceControl:
        """Stops and restarts instances. Raises `RestError` where there are none."""
        return _served(self.runtimes.instances, "access to instances")

    @property
    def messages(self) -> Messages:
        """The messages of queues. Raises `RestError` where the platform serves none."""
        return _served(self.runtimes.messages, "messages of queues")


def _served(runtime: T | None, what: str) -> T:
    if runtime is None:
        raise unsupported(what)
    return runtime


CONTEXT = web.AppKey("context", ApiContext)


def context_of(request: web.Request) -> ApiContext:
    """The context of the application that serves a request."""
    return request.app[CONTEXT]


def path_part(request: web.Request, name: str) -> str:
    """A variable part of the request's path."""
    return request.match_info[name]


def whole_number(request: web.Request, name: str, default: int, *, maximum: int) -> int:
    """A query parameter that counts something, at least 1; above `maximum` it is `maximum`."""
    text = request.query.get(name, str(default))
    if not re.fullmatch("0*[1-9][0-9]*", text):
        raise RestError(f'The query parameter `{name}` must be a number of at least 1, not "{text}".')
    return min(int(text.lstrip("0")[:10]), maximum)
