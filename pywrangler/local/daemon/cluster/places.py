"""Counts the instances of all nodes, through the Durable Objects of scripts/places.js."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from pywrangler.errors import PywranglerError
from pywrangler.local.instances.records import Application, Instance

log = logging.getLogger(__name__)

RETRY_SECONDS = (0.5, 1.0, 2.0, 5.0)
"""Pauses while a place cannot be given back; the last one repeats."""

Call = Callable[[Mapping[str, Any]], Awaitable[Any]]
"""Calls scripts/places.js. Raises `PywranglerError`."""
LiveRuns = Callable[[], Awaitable[Sequence[str]]]


class ClusterPlaces:
    """Implements `pywrangler.local.gateway.settings.Places`, which describes the methods."""

    def __init__(self, call: Call, run: str, live_runs: LiveRuns) -> None:
        self._call = call
        self._run = run
        self._live_runs = live_runs
        self._claims: dict[tuple[str, str], str] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    async def take(self, application: Application, durable_object_id: str) -> bool:
        claim = uuid.uuid4().hex
        request = {
            "application": application.id,
            "call": "take",
            "object": durable_object_id,
            "run": self._run,
            "claim": claim,
            "max": application.max_instances,
        }
        is_taken = await self._call({**request, "live": None})
        if not is_taken:
            # Nodes that are gone had some of the places, perhaps. Which ones live is asked only now.
            is_taken = await self._call({**request, "live": list(await self._live_runs())})
        if not is_taken:
            return False
        self._claims[(application.id, durable_object_id)] = claim
        return True

    def leave(self, application_id: str, durable_object_id: str) -> None:
        claim = self._claims.pop((application_id, durable_object_id), None)
        if claim is not None:
            task = asyncio.get_running_loop().create_task(
                self._leave(application_id, durable_object_id, claim)
            )
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    def instance_changed(self, instance: Instance) -> None:
        """Give the place of an instance that has ended back."""
        if instance.state.is_final:
            self.leave(instance.application_id, instance.durable_object_id)

    def close(self) -> None:
        """Give up what could not be given back. Other nodes free the places of a run that has ended."""
        for task in self._leaving:
            task.cancel()

    async def _leave(self, application_id: str, durable_object_id: str, claim: str) -> None:
        request = {
            "application": application_id,
            "call": "leave",
            "object": durable_object_id,
            "claim": claim,
        }
        for attempt in range(1_000_000):
            try:
                await self._call(request)
                return
            except PywranglerError as error:
                if attempt == 0:
                    log.warning("The place of an instance cannot be given back yet: %s", error.message)
            await asyncio.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
