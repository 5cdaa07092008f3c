"""What all parts of one gateway share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pywrangler.local.gateway.engine_calls import EngineCalls
from pywrangler.local.gateway.settings import GatewaySettings
from pywrangler.local.instances.ledger import ApplicationDirectory, Ledger


@dataclass(frozen=True)
class GatewayContext:
    """The engine, the records and the choices that a gateway works with."""

    engine: EngineCalls
    ledger: Ledger
    directory: ApplicationDirectory
    platform_id: str
    settings: GatewaySettings
    clock: Callable[[], float]
    """Seconds since the epoch."""
