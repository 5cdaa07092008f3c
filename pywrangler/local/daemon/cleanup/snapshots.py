"""Removes snapshots whose time is over, or whose application was deleted."""

from __future__ import annotations

import asyncio
import time

from pywrangler.engine.calls import EngineCalls
from pywrangler.local.daemon.workers.hosted import PlatformServices
from pywrangler.local.gateway.snapshots.snapshots import Snapshots
from pywrangler.local.instances.snapshots import SnapshotRecords

LOOK_AGAIN_SECONDS = 3600.0


class SnapshotKeeper:
    """The snapshots of the whole platform."""

    def __init__(self, records: SnapshotRecords, machine: PlatformServices) -> None:
        self._engine = EngineCalls(machine.engine)
        self._snapshots = Snapshots(
            self._engine, records, machine.platform_id, str(machine.directories.home), time.time
        )
        self._expiring: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to remove what expires."""
        self._expiring = asyncio.create_task(self._expire())

    async def close(self) -> None:
        """End that."""
        if self._expiring is not None:
            self._expiring.cancel()
        await self._engine.close()

    async def remove(self, snapshot_id: str) -> bool:
        """Remove a snapshot; False if it does not exist. Raises what the engine's calls raise."""
        return await self._snapshots.remove(snapshot_id)

    async def forget_application(self, application_id: str) -> None:
        """Remove the snapshots of an application that is about to be deleted."""
        await self._snapshots.remove_if(lambda each: each.application_id == application_id)

    async def _expire(self) -> None:
        while True:
            await self._snapshots.expire()
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
