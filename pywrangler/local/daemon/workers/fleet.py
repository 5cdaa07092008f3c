"""Stops instances of all Workers, with or without a gateway."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable

from pywrangler.engine.calls import EngineCalls
from pywrangler.local.daemon.workers.hosted import PlatformServices
from pywrangler.local.gateway.gateway import Gateway
from pywrangler.local.instances.records import Instance

log = logging.getLogger(__name__)

STOP_TIMEOUT_SECONDS = 30.0
"""How long the engine may take after the grace period."""
CREATION_INTERVAL_SECONDS = 0.05


class Fleet:
    """Stops instances. `gateway_of` gives the gateway of a running Worker."""

    def __init__(
        self,
        machine: PlatformServices,
        gateway_of: Callable[[str], Gateway | None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._machine = machine
        self._gateway_of = gateway_of
        self._clock = clock

    async def stop(self, instance: Instance, grace_seconds: float, reason: str) -> None:
        """SIGTERM, and SIGKILL after the grace period. Returns when the container is gone and the record says
        so.
        """
        gateway = self._gateway_of(instance.worker)
        try:
            async with asyncio.timeout(grace_seconds + STOP_TIMEOUT_SECONDS):
                if gateway is not None:
                    await self._stop_through(gateway, instance, grace_seconds, reason)
                elif instance.container_id is not None:
                    await self._remove_container(instance.container_id)
        except TimeoutError:
            log.warning("Instance %s did not stop in time.", instance.id)
        if not self._is_over(instance):
            self._machine.ledger.lost(instance.id, time=self._clock())

    async def stop_all(self, instances: Iterable[Instance], grace_seconds: float, reason: str) -> None:
        """The same for many at once."""
        await asyncio.gather(*(self.stop(instance, grace_seconds, reason) for instance in instances))

    def of_worker(self, worker: str) -> list[Instance]:
        """The alive instances of a Worker."""
        return [instance for instance in self._machine.ledger.alive() if instance.worker == worker]

    def _is_over(self, instance: Instance) -> bool:
        found = self._machine.ledger.get(instance.id)
        return found is None or found.state.is_final

    async def _stop_through(
        self, gateway: Gateway, instance: Instance, grace_seconds: float, reason: str
    ) -> None:
        """Try repeatedly: a container that is being created cannot be stopped yet."""
        while not self._is_over(instance):
            await gateway.stop_instance(instance.id, grace_seconds, reason)
            await asyncio.sleep(0 if self._is_over(instance) else CREATION_INTERVAL_SECONDS)

    async def _remove_container(self, container_id: str) -> None:
        engine = EngineCalls(self._machine.engine)
        try:
            await engine.remove(container_id)
        finally:
            await engine.close()
