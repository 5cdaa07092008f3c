"""What the gateway must know about the engine before it can start containers; asked once, when first
needed.
"""

from __future__ import annotations

from dataclasses import dataclass

from pywrangler.local.gateway.engine_calls import EngineCalls
from pywrangler.local.gateway.reach import Reach, choose_reach
from pywrangler.local.instances.limits import EngineAbilities


@dataclass(frozen=True)
class EngineFacts:
    """What an engine can enforce, and how its containers are reached."""

    abilities: EngineAbilities
    reach: Reach


class FactFinder:
    """Asks the engine for its facts. The engine may come up long after the platform did."""

    def __init__(self, engine: EngineCalls, reach: Reach | None) -> None:
        self._engine = engine
        self._reach = reach
        self._facts: EngineFacts | None = None

    async def facts(self) -> EngineFacts:
        """The engine's facts. Raises MissingError while it cannot be reached."""
        if self._facts is None:
            info = await self._engine.info()
            is_local = self._engine.address.socket_path is not None
            reach = self._reach or choose_reach(info, is_local_socket=is_local)
            self._facts = EngineFacts(EngineAbilities.of_info(info), reach)
        return self._facts
