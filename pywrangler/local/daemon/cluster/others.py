"""What a deploy asks of the other nodes: to run a version, one node after the other."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.cluster.members import MemberRecord
from pywrangler.local.daemon.cluster.node import ClusterNode
from pywrangler.local.daemon.cluster.peers import NodeRefusalError, PeerError
from pywrangler.local.rest.operations import WorkerStartError
from pywrangler.local.store.records import Share

log = logging.getLogger(__name__)

ACTIVATE, REPLACE, FOLLOW = "/node/activate", "/node/replace", "/node/follow"
KNOWN_SECONDS = 5.0
"""How long to rely on what was known of other nodes."""
TELL_SECONDS = 2.0
START_SECONDS = 120.0
"""A node may have to fetch files, and to start the version after the former one has ended."""


class OtherNodes:
    """The nodes of the cluster besides this one."""

    def __init__(self, node: ClusterNode, clock: Callable[[], float] = time.monotonic) -> None:
        self._node = node
        self._clock = clock
        self._known: tuple[float, list[MemberRecord]] = (-KNOWN_SECONDS, [])

    async def tell(self) -> None:
        """Have all nodes follow the state, so that a client finds there what it has just changed here. Nodes
        that do not answer at once follow by themselves.
        """
        looked_at, records = self._known
        try:
            if self._clock() - looked_at >= KNOWN_SECONDS:
                records = await self.alive()
                self._known = (self._clock(), records)
            asking = (self._node.peers.ask(record, FOLLOW, seconds=TELL_SECONDS) for record in records)
            await asyncio.gather(*asking, return_exceptions=True)
        except PywranglerError as error:
            log.info("Other nodes were not told of a change: %s", error.message)

    async def alive(self) -> list[MemberRecord]:
        """Those that may run Workers, by name. Raises `PywranglerError`."""
        members = await self._node.members.all()
        divisor = self._node.settings.time_divisor
        alive = [
            each.record for each in members if each.is_alive(divisor) and each.record.node != self._node.name
        ]
        return sorted(alive, key=lambda record: record.node)

    async def replace(self, application_id: str, version: int, percentage: int) -> None:
        """Replace this share of the application's instances on each node in turn. A node that does not answer
        has none that run.
        """
        body = {"application_id": application_id, "version": version, "percentage": percentage}
        for record in await self.alive():
            try:
                await self._node.peers.ask(record, REPLACE, body, START_SECONDS)
            except PeerError as error:
                log.warning("Instances on the node %s were not replaced: %s", record.node, error.message)

    async def activate(self, worker: str, version_id: str, beside: Share | None) -> None:
        """Run a version on each node in turn. If one cannot, those before it run the active one again, and
        `WorkerStartError` says why. A node that does not answer runs it when it is back.
        """
        done: list[MemberRecord] = []
        for record in await self.alive():
            try:
                await self._activate(record, worker, version_id, beside)
                done.append(record)
            except NodeRefusalError as error:
                await self._take_back(done, worker)
                raise WorkerStartError(
                    f"The version does not start on the node {record.node} ({record.address}):"
                    f" {error.message}",
                    hint=error.hint,
                    detail=error.detail,
                ) from error
            except PeerError as error:
                log.warning("The Worker %s was not started on the node %s: %s", worker, record.node, error)

    async def _take_back(self, done: Sequence[MemberRecord], worker: str) -> None:
        for record in done:
            try:
                await self._activate(record, worker, None, None)
            except PeerError as error:
                log.warning("The Worker %s on the node %s is not as before: %s", worker, record.node, error)

    async def _activate(
        self, record: MemberRecord, worker: str, version_id: str | None, beside: Share | None
    ) -> None:
        body: dict[str, Any] = {
            "worker": worker,
            "version_id": version_id,
            "beside": [beside.version_id, beside.percentage] if beside else None,
        }
        await self._node.peers.ask(record, ACTIVATE, body, START_SECONDS)
