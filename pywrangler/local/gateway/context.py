"""The objects that all parts of one gateway share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from pywrangler.engine.calls import EngineCalls
from pywrangler.engine.pulling import BringImage, FindSource, bring_nothing
from pywrangler.local.gateway.settings import GatewaySettings
from pywrangler.local.gateway.tunnels.first_use import IsCalled, always_called
from pywrangler.local.instances.ledger import ApplicationLookup, Ledger
from pywrangler.local.instances.snapshots import SnapshotRecords, SnapshotsInMemory

OutputKept: TypeAlias = Callable[[str], Awaitable[None]]
"""Awaited with an instance's id after its process has ended and before its container is removed. Returns when
its whole output has been kept. Must not raise.
"""


async def nobody_keeps_output(instance_id: str) -> None:
    """For a gateway whose containers' output is not kept."""


@dataclass(frozen=True)
class GatewayContext:
    """The engine, the records and the settings that a gateway works with."""

    engine: EngineCalls
    ledger: Ledger
    applications: ApplicationLookup
    platform_id: str
    settings: GatewaySettings
    clock: Callable[[], float]
    """Seconds since the epoch."""
    output_kept: OutputKept
    find_source: FindSource
    home: str = ""
    """The platform's directory, which labels of containers and networks name."""
    is_called: IsCalled = always_called
    bring_image: BringImage = bring_nothing
    snapshots: SnapshotRecords = field(default_factory=SnapshotsInMemory)
