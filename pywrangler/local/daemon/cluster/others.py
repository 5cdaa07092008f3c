"""What a deploy asks of the other nodes: to run a version, one node after the other."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import aiohttp

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.cluster.members import MemberRecord
from pywrangler.local.daemon.cluster.node import ClusterNode
from pywrangler.local.daemon.cluster.peers import CALL_SECONDS, NodeRefusalError, PeerError
from pywrangler.local.rest.operations import WorkerStartError
from pywrangler.local.store.records import Share

log = logging.getLogger(__name__)

ACTIVATE, REPLACE, FOLLOW = "/node/activate", "/node/replace", "/node/follow"
ADDRESS, STOP_CONTAINERS = "/node/address", "/node/stop-containers"
FORGET_APPLICATION = "/node/forget-application"
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

    @property
    def own_name(self) -> str:
        """This node's name."""
        return self._node.name

    async def known(self) -> list[MemberRecord]:
        """Those that were alive some seconds ago; none without the bucket."""
        looked_at, records = self._known
        if self._clock() - looked_at >= KNOWN_SECONDS:
            try:
                records = await self.alive()
            except PywranglerError as error:
                log.info("Other nodes are not known: %s", error.message)
                return []
            self._known = (self._clock(), records)
        return records

    async def ask(
        self, record: MemberRecord, call: str, body: Any = None, seconds: float = CALL_SECONDS
    ) -> Any:
        """A node's answer. Raises `PeerError`."""
        return await self._node.peers.ask(record, call, body, seconds)

    async def ask_all(self, call: str, body: Any, seconds: float) -> None:
        """Have each node do something that it can also do later. Those that do not answer are logged."""
        records = await self.known()
        found = await asyncio.gather(
            *(self.ask(record, call, body, seconds) for record in records), return_exceptions=True
        )
        for record, each in zip(records, found, strict=True):
            if isinstance(each, BaseException):
                log.warning("The node %s did not do `%s`: %s", record.node, call, each)

    async def open_tunnel(
        self, record: MemberRecord, query: Mapping[str, str]
    ) -> aiohttp.ClientWebSocketResponse:
        """A tunnel through a node. Raises `PeerError`."""
        return await self._node.peers.tunnel(record, query)

    def lines(self, record: MemberRecord, call: str, body: Any) -> AsyncIterator[Mapping[str, Any]]:
        """What a node tells line by line, without an end."""
        return self._node.peers.lines(record, call, body)

    async def tell(self) -> None:
        """Have all nodes follow the state, so that a client finds there what it has just changed here. Nodes
        that do not answer at once follow by themselves.
        """
        asking = (self.ask(record, FOLLOW, seconds=TELL_SECONDS) for record in await self.known())
        await asyncio.gather(*asking, return_exceptions=True)

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
