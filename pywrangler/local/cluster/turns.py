"""One node at a time: a lock over all nodes, as a row of the shared state with a time until which it holds.

Nodes' clocks differ by seconds at most (`cluster join` and `status` compare them), and a turn is renewed
long before it is over. A node that cannot reach the bucket any more cannot store what it did under its turn
either.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from pywrangler.errors import PywranglerError
from pywrangler.local.store import Store

log = logging.getLogger(__name__)

TURN_SECONDS = 60.0
RENEW_SECONDS = 15.0
LOOK_SECONDS = 0.2
"""How often to look whether a turn is free, in this node's rows."""


class ClusterTurns:
    """Turns of this node. `clock` is that of the machine."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def is_taken(self, name: str) -> bool:
        """Whether a node has this turn, as far as this one knows."""
        return self._store.turns.holder(name, self._clock()) is not None

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Wait for a turn, and have it while the context is open. Raises `PywranglerError`."""
        holder = uuid.uuid4().hex
        while not await self._take(name, holder):
            while self.is_taken(name):  # noqa: ASYNC110 - another node's change sets no event here
                await asyncio.sleep(LOOK_SECONDS)
        renewing = asyncio.create_task(self._renew(name, holder))
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
            with contextlib.suppress(PywranglerError):  # it is over by itself
                await self._store.change(lambda: self._store.turns.leave(name, holder))

    async def _take(self, name: str, holder: str) -> bool:
        now = self._clock()
        return await self._store.change(lambda: self._store.turns.take(name, holder, now, now + TURN_SECONDS))

    async def _renew(self, name: str, holder: str) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                if not await self._take(name, holder):
                    log.warning("Another node took the turn `%s`, because this one was away.", name)
                    return
            except PywranglerError as error:
                log.warning("The turn `%s` could not be renewed: %s", name, error.message)
