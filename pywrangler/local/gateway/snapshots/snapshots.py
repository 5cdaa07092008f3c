"""Takes, finds and removes snapshots of containers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from pywrangler.engine import labels
from pywrangler.engine.calls import EngineCalls
from pywrangler.errors import PywranglerError
from pywrangler.local.gateway.containers.container import TrackedContainer
from pywrangler.local.gateway.snapshots.images import (
    pack,
    plan_changes,
    plan_configuration,
    shares_layers,
    snapshot_image,
)
from pywrangler.local.instances.records import Application, Instance
from pywrangler.local.instances.snapshots import KEPT_SECONDS, Snapshot, SnapshotRecords

log = logging.getLogger(__name__)


class NoSnapshotError(PywranglerError):
    """A snapshot does not exist, or no longer."""

    code = "no-snapshot"


class Snapshots:
    """The snapshots of one platform. Every method raises what `EngineCalls` raises."""

    def __init__(
        self,
        engine: EngineCalls,
        records: SnapshotRecords,
        platform_id: str,
        home: str,
        clock: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._records = records
        self._platform_id = platform_id
        self._home = home
        self._clock = clock

    def get(self, snapshot_id: str) -> Snapshot | None:
        """A snapshot's record; None if it does not exist."""
        return self._records.get(snapshot_id)

    def all(self) -> list[Snapshot]:
        """Every snapshot, oldest first."""
        return list(self._records.all())

    async def take(
        self, snapshot_id: str, container: TrackedContainer, instance: Instance, application: Application
    ) -> Snapshot:
        """Take a snapshot of a running container, which pauses meanwhile."""
        now = self._clock()
        base = await self._engine.image(instance.image)
        if base is None:
            raise NoSnapshotError(f"the image {instance.image} of the container is not in the Docker Engine")
        name = snapshot_image(self._platform_id, snapshot_id)
        owner = {
            **labels.owner_labels(self._platform_id, self._home),
            labels.SNAPSHOT: snapshot_id,
            labels.APPLICATION: application.id,
            labels.WORKER: application.worker,
        }
        if shares_layers(await self._engine.info()):
            await self._save_layers(container.id, base, owner, name, now)
        else:
            changes = plan_changes(plan_configuration(base, (), owner, now))
            await self._engine.import_container(container.id, name, changes)
        made = await self._engine.image(name)
        if made is None:
            raise NoSnapshotError(f"the Docker Engine did not keep the snapshot {snapshot_id}")
        snapshot = Snapshot(
            snapshot_id,
            application.id,
            application.worker,
            instance.durable_object_id,
            made["Id"],
            int(made.get("Size") or 0),
            now,
            now,
        )
        self._records.save(snapshot)
        return snapshot

    async def _save_layers(
        self, container_id: str, base: dict[str, Any], owner: dict[str, str], name: str, time: float
    ) -> None:
        draft = await self._engine.commit(container_id)
        try:
            committed = await self._engine.image(draft) or {}
            layers = (committed.get("RootFS") or {}).get("Layers") or ()
            await self._engine.load_image(pack(plan_configuration(base, layers, owner, time), name))
        finally:
            # It has the variables of the container.
            await self._engine.remove_image(draft)

    async def restore(self, snapshot_id: str) -> dict[str, Any]:
        """The image of a snapshot, which is kept 30 days from now. Raises NoSnapshotError."""
        found = self._records.get(snapshot_id)
        now = self._clock()
        if found is not None and found.expires_at <= now:
            await self.remove(snapshot_id)
            found = None
        image = await self._engine.image(found.image) if found else None
        if found is None or image is None:
            self._records.delete(snapshot_id)
            raise NoSnapshotError(
                f"the snapshot {snapshot_id} does not exist: it was deleted, or it was not restored for"
                f" {KEPT_SECONDS // 86400} days"
            )
        self._records.save(replace(found, used_at=now))
        return image

    def name(self, snapshot_id: str, name: str) -> bool:
        """Note a snapshot's name; False if it does not exist."""
        found = self._records.get(snapshot_id)
        if found is not None:
            self._records.save(replace(found, name=name))
        return found is not None

    async def remove(self, snapshot_id: str) -> bool:
        """Remove a snapshot; False if it does not exist. A container that was restored from it continues."""
        found = self._records.get(snapshot_id)
        self._records.delete(snapshot_id)
        # By its name: an image that a container runs cannot be removed by its id.
        await self._engine.remove_image(snapshot_image(self._platform_id, snapshot_id))
        return found is not None

    async def remove_if(self, is_wanted: Callable[[Snapshot], bool]) -> list[Snapshot]:
        """Remove the snapshots for which `is_wanted` holds. One that the engine does not remove stays on
        record.
        """
        removed = []
        for snapshot in self.all():
            if is_wanted(snapshot):
                try:
                    await self.remove(snapshot.id)
                except PywranglerError as error:
                    log.warning("The snapshot %s stays: %s", snapshot.id, error.message)
                    self._records.save(snapshot)
                else:
                    removed.append(snapshot)
        return removed

    async def expire(self) -> None:
        """Remove the snapshots whose time is over."""
        now = self._clock()
        with suppress(PywranglerError):
            for snapshot in await self.remove_if(lambda each: each.expires_at <= now):
                log.info("The snapshot %s of %s expired.", snapshot.id, snapshot.worker)
