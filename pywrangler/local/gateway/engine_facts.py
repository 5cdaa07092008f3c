"""Facts about the engine that the gateway needs to start containers. It asks once, at first use."""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass
from pathlib import Path

from pywrangler.engine.calls import EngineCalls
from pywrangler.local.gateway.tunnels.reach import ContainerDialer, choose_reach
from pywrangler.local.instances.limits import EngineAbilities

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EngineFacts:
    """The limits that an engine can enforce, and the way to its containers."""

    abilities: EngineAbilities
    reach: ContainerDialer
    podman_network: str | None = None
    """How Podman makes networks: `netavark` or `cni`; None for another engine."""


class FactFinder:
    """Asks the engine for its facts. The engine may start long after the platform."""

    def __init__(self, engine: EngineCalls, reach: ContainerDialer | None) -> None:
        self._engine = engine
        self._reach = reach
        self._facts: EngineFacts | None = None

    async def facts(self) -> EngineFacts:
        """The engine's facts. Raises MissingError while it cannot be reached."""
        if self._facts is None:
            info = await self._engine.info()
            is_local = self._engine.address.socket_path is not None
            reach = self._reach or choose_reach(info, is_local_socket=is_local)
            abilities = EngineAbilities.of_info(info, _read_mounts() if is_local else "")
            if not abilities.limits_disk:
                warn_about_disks(str(info.get("Driver")))
            self._facts = EngineFacts(abilities, reach, await self._engine.podman_network())
        return self._facts


@functools.cache
def warn_about_disks(driver: str) -> None:
    """Log once per process that an instance's disk is as large as the engine's own."""
    log.warning(
        "Containers can fill the engine's disk: its storage driver %s does not limit sizes"
        " (overlay2 does on XFS mounted with pquota).",
        driver,
    )


def _read_mounts() -> str:
    try:
        return Path("/proc/self/mounts").read_text()
    except OSError:
        return ""
