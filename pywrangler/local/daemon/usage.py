"""Measures what instances use, for the page in the browser: only while it asks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from pywrangler.engine.address import EngineAddress
from pywrangler.engine.calls import EngineCalls
from pywrangler.engine.usage import Sample, usage_between
from pywrangler.errors import PywranglerError
from pywrangler.local.instances.ledger import Ledger
from pywrangler.local.rest.dashboard.usage_source import InstanceUsage


class UsageMeter:
    """Implements `pywrangler.local.rest.dashboard.usage_source.UsageSource`."""

    def __init__(self, engine: EngineAddress, ledger: Ledger) -> None:
        self._calls = EngineCalls(engine)
        self._ledger = ledger
        self._before: dict[str, Sample] = {}

    async def measure(self) -> Mapping[str, InstanceUsage]:
        """By instance. Those that have ended, or that the engine has no figures of, are absent."""
        running = {each.id: each.container_id for each in self._ledger.alive() if each.container_id}
        samples = await asyncio.gather(*map(self._sample, running.values()))
        after = {key: each for key, each in zip(running, samples, strict=True) if each is not None}
        before, self._before = self._before, after
        used = {key: usage_between(before.get(key), sample) for key, sample in after.items()}
        return {key: InstanceUsage(each.cpu_percent, each.sample.memory_bytes) for key, each in used.items()}

    async def close(self) -> None:
        """Close the connections to the engine."""
        await self._calls.close()

    async def _sample(self, container_id: str) -> Sample | None:
        try:
            figures = await self._calls.figures(container_id)
        except PywranglerError:  # the page shows that the engine does not answer in another place
            return None
        return Sample.from_json(figures, time.monotonic()) if figures else None
