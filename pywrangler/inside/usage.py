"""Measures what containers use."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from pywrangler.engine.failures import EngineRefusedError
from pywrangler.engine.session import EngineSession
from pywrangler.engine.usage import Sample, Usage, usage_between

__all__ = ["Meter", "Usage"]

MOST_CALLS = 16
SAMPLE_SECONDS = 0.5
"""Between two samples, of which the share of CPU time is computed."""


class Meter:
    """Samples containers; each call measures since the one before."""

    def __init__(self, engine: EngineSession) -> None:
        self._engine = engine
        self._before: dict[str, Sample] = {}

    def measure(self, containers: Iterable[str]) -> dict[str, Usage]:
        """By container; one that has ended is absent. Takes a moment for containers that are new."""
        wanted = list(containers)
        if any(each not in self._before for each in wanted):
            self._before |= self._sample(each for each in wanted if each not in self._before)
            time.sleep(SAMPLE_SECONDS)
        after = self._sample(wanted)
        found = {each: usage_between(self._before.get(each), sample) for each, sample in after.items()}
        self._before = after
        return found

    def _sample(self, containers: Iterable[str]) -> dict[str, Sample]:
        with ThreadPoolExecutor(MOST_CALLS) as pool:
            found = pool.map(lambda each: (each, self._one(each)), containers)
            return {each: sample for each, sample in found if sample is not None}

    def _one(self, container: str) -> Sample | None:
        try:
            query = {"stream": "false", "one-shot": "true"}
            figures = self._engine.json("GET", f"/containers/{container}/stats", query=query)
        except EngineRefusedError as error:
            if error.status in (404, 409):
                return None
            raise
        return Sample.from_json(figures, time.monotonic())
