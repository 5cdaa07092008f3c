"""The nodes of a cluster: each writes a record of itself into the bucket, again and again."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.bucket import Bucket, StoredObject

log = logging.getLogger(__name__)

PREFIX = "nodes/"
LEASE_SECONDS = 20.0
"""`workerd`'s own (2026-11-17). After this time without a sign of life another node takes over."""
BEAT_SECONDS = 5.0
DEAD_SECONDS = 30.0
"""A node whose record is this old has lost its leases. The margin is for the bucket's clock, which counts
whole seconds.
"""


@dataclass(frozen=True)
class MemberRecord:
    """What a node says about itself."""

    node: str
    run: str
    """Another one after each start of its platform: what the run before had is gone."""
    address: str
    port: int
    version: str
    """pywrangler's."""


@dataclass(frozen=True)
class ClusterMember:
    """A node, and how long ago it wrote its record, by the clock of the bucket."""

    record: MemberRecord
    age_seconds: float

    def is_alive(self, time_divisor: int) -> bool:
        """Whether it may still have its leases."""
        return self.age_seconds <= max(DEAD_SECONDS / time_divisor, 3.0)


class Members:
    """All nodes, as the bucket knows them."""

    def __init__(self, bucket: Bucket, own: MemberRecord, time_divisor: int = 1) -> None:
        self._bucket = bucket
        self._own = own
        self.time_divisor = time_divisor

    @property
    def own(self) -> MemberRecord:
        """This node."""
        return self._own

    async def beat(self) -> None:
        """Write this node's record. Raises `PywranglerError`."""
        await self._bucket.put(_key(self._own.node), json.dumps(asdict(self._own)).encode())

    async def beat_on(self) -> None:
        """Write it again and again; ends when it is cancelled."""
        is_failing = False
        while True:
            try:
                await self.beat()
                is_failing = False
            except PywranglerError as error:
                if not is_failing:
                    log.warning("This node cannot say that it is alive: %s", error.message)
                is_failing = True
            await asyncio.sleep(BEAT_SECONDS / self.time_divisor)

    async def leave(self) -> None:
        """Remove this node's record. Raises `PywranglerError`."""
        await self._bucket.delete(_key(self._own.node))

    async def all(self) -> list[ClusterMember]:
        """Every node, by name. Raises `PywranglerError`."""
        keys = [each.key async for each in self._bucket.list(PREFIX)]
        found = await asyncio.gather(*(self._bucket.get(key) for key in keys))
        return [member for each in found if isinstance(each, StoredObject) and (member := _read(each))]

    async def live_runs(self) -> list[str]:
        """The runs of nodes that may still have leases, this one among them. Raises `PywranglerError`."""
        alive = {each.record.run for each in await self.all() if each.is_alive(self.time_divisor)}
        return sorted(alive | {self._own.run})


def parse_member(content: bytes) -> MemberRecord | None:
    """The record in an object of the bucket; None if it does not hold one."""
    try:
        said: Mapping[str, Any] = json.loads(content)
        texts = {name: str(said[name]) for name in ("node", "run", "address", "version")}
        return MemberRecord(port=int(said["port"]), **texts)
    except (ValueError, TypeError, KeyError):
        return None


def age_seconds(date: datetime, modified: datetime) -> float:
    """How old an object is; both times are the bucket's."""
    return max(0.0, (date - modified).total_seconds())


def _read(found: StoredObject) -> ClusterMember | None:
    record = parse_member(found.content)
    age = age_seconds(found.facts.date, found.facts.modified)
    return ClusterMember(record, age) if record else None


def _key(node: str) -> str:
    return f"{PREFIX}{node}.json"
