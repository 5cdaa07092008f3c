"""This node's part of the state and the files that all nodes share, and what it does when other nodes
changed them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pywrangler.engine.address import EngineAddress
from pywrangler.engine.pulling import FindSource
from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.blobs import ClusterBlobs
from pywrangler.local.cluster.state.database import SharedDatabase, open_shared
from pywrangler.local.cluster.state.log import StateLog
from pywrangler.local.cluster.turns import ClusterTurns
from pywrangler.local.daemon.cluster.images import ClusterImages, forget_old_images
from pywrangler.local.daemon.cluster.node import ClusterNode
from pywrangler.local.protocol import DATABASE_NAME
from pywrangler.local.store import Store

log = logging.getLogger(__name__)

COLLECT_SECONDS = 3600.0
"""How often a node looks for contents that nothing needs."""
LOOK_SECONDS = 60.0
"""How often to compare what runs with the state without a reason: a node may end in the middle of a
deploy.
"""
NOT_OF_WORKERS = frozenset({"blobs"})
"""Tables that say nothing about what runs."""

React = Callable[[frozenset[str]], Awaitable[None]]
"""Makes this node run what the state says, after these tables changed."""


@dataclass(frozen=True)
class SharedState:
    """What a node has of the cluster's state."""

    store: Store
    database: SharedDatabase
    blobs: ClusterBlobs
    turns: ClusterTurns

    @asynccontextmanager
    async def following(self, react: React, tell: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """Follow other nodes while the context is open, and `tell` them about changes."""
        changes: asyncio.Queue[frozenset[str]] = asyncio.Queue()
        self.database.applied_by_others, self.database.committed = changes.put_nowait, tell
        tasks = [
            asyncio.create_task(self.database.follow_always()),
            asyncio.create_task(_react_to(changes, react)),
            asyncio.create_task(self._collect()),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def images(self, engine: EngineAddress, find_source: FindSource) -> ClusterImages:
        """The images of the cluster, for this node's engine."""
        return ClusterImages(self.store, self.blobs, engine, find_source, self.blobs.directory)

    async def _collect(self) -> None:
        while True:
            await asyncio.sleep(COLLECT_SECONDS)
            try:
                await forget_old_images(self.store)
                await self.blobs.collect()
            except PywranglerError as error:
                log.warning("The bucket could not be cleaned: %s", error.message)


async def _react_to(changes: asyncio.Queue[frozenset[str]], react: React) -> None:
    while True:
        tables = set[str]()
        with contextlib.suppress(TimeoutError):
            tables |= await asyncio.wait_for(changes.get(), LOOK_SECONDS)
        while not changes.empty():
            tables |= changes.get_nowait()
        if tables and tables <= NOT_OF_WORKERS:
            continue
        try:
            await react(frozenset(tables))
        except PywranglerError as error:
            log.warning("What another node changed does not run here: %s", error.message)
        except Exception:
            log.exception("What another node changed does not run here.")


@asynccontextmanager
async def shared_state(node: ClusterNode, home: Path) -> AsyncIterator[SharedState]:
    """The state of the cluster, as of now. Raises `PywranglerError`."""
    database = await open_shared(home / DATABASE_NAME, StateLog(node.bucket), node.name)
    try:
        store = Store.over(database, home, node.secrets_key, node.settings.account_id)
        blobs = ClusterBlobs(store, node.bucket, home / "blobs")
        store.share_files(blobs)
        yield SharedState(store, database, blobs, ClusterTurns(store))
    finally:
        await database.close_shared()
