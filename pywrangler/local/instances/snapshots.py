"""Snapshots of containers: the record, and how long one is kept. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

KEPT_SECONDS = 30 * 24 * 3600
"""After its creation or its latest restore, as on Cloudflare
(developers.cloudflare.com/containers/guides/snapshots).
"""


@dataclass(frozen=True)
class Snapshot:
    """The file system of a container at one time. Times are seconds since the epoch."""

    id: str
    """UUID, which the Worker gets."""
    application_id: str
    worker: str
    durable_object_id: str
    """The object whose container it was taken of, 64 hex digits."""
    image: str
    """The engine's id of the image (`sha256:...`) that holds it."""
    size_bytes: int
    created_at: float
    used_at: float
    """Its creation or its latest restore."""
    name: str = ""
    """The name that the Worker gave to it; need not be unique."""

    @property
    def expires_at(self) -> float:
        """When it is removed, unless it is restored before."""
        return self.used_at + KEPT_SECONDS


class SnapshotRecords(Protocol):
    """Where the records are kept."""

    def save(self, snapshot: Snapshot) -> None:
        """Add or replace a record."""

    def get(self, snapshot_id: str) -> Snapshot | None:
        """A record, or None if it does not exist."""

    def all(self) -> Sequence[Snapshot]:
        """Every record, oldest first."""

    def delete(self, snapshot_id: str) -> None:
        """Drop a record. It need not exist."""


class SnapshotsInMemory:
    """Records of a process that keeps nothing longer."""

    def __init__(self) -> None:
        self._snapshots: dict[str, Snapshot] = {}

    def save(self, snapshot: Snapshot) -> None:
        """Add or replace a record."""
        self._snapshots[snapshot.id] = snapshot

    def get(self, snapshot_id: str) -> Snapshot | None:
        """A record, or None if it does not exist."""
        return self._snapshots.get(snapshot_id)

    def all(self) -> Sequence[Snapshot]:
        """Every record, oldest first."""
        return sorted(self._snapshots.values(), key=lambda snapshot: snapshot.created_at)

    def delete(self, snapshot_id: str) -> None:
        """Drop a record. It need not exist."""
        self._snapshots.pop(snapshot_id, None)
