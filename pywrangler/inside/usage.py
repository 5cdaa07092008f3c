"""What containers use: CPU, memory, network and processes, from the engine's figures."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pywrangler.engine.failures import EngineRefusedError
from pywrangler.engine.session import EngineSession

MOST_CALLS = 16
SAMPLE_SECONDS = 0.5
"""Between two samples, of which the share of CPU time is computed."""
INACTIVE_FILES = ("total_inactive_file", "inactive_file")
"""Page cache that can be dropped, in control groups of version 1 and 2. It does not count as used, as in
`docker stats`.
"""


@dataclass(frozen=True)
class Sample:
    """The figures of a container at one moment; times are in seconds."""

    taken_at: float
    cpu_seconds: float
    memory_bytes: int
    memory_limit_bytes: int
    processes: int
    received_bytes: int
    sent_bytes: int

    @classmethod
    def from_json(cls, figures: Mapping[str, Any], taken_at: float) -> Sample:
        """From the response to `GET /containers/{id}/stats`."""
        memory = figures.get("memory_stats") or {}
        details = memory.get("stats") or {}
        cache = next((details[name] for name in INACTIVE_FILES if name in details), 0)
        usage = memory.get("usage") or 0
        networks = (figures.get("networks") or {}).values()
        return cls(
            taken_at,
            ((figures.get("cpu_stats") or {}).get("cpu_usage") or {}).get("total_usage", 0) / 1e9,
            usage - cache if cache < usage else usage,
            memory.get("limit") or 0,
            (figures.get("pids_stats") or {}).get("current") or 0,
            sum(each.get("rx_bytes", 0) for each in networks),
            sum(each.get("tx_bytes", 0) for each in networks),
        )


@dataclass(frozen=True)
class Usage:
    """What a container uses; `cpu_percent` is of one core, and None if it is not known yet."""

    cpu_percent: float | None
    sample: Sample

    @property
    def memory_percent(self) -> float | None:
        """The share of its limit; None without a limit."""
        limit = self.sample.memory_limit_bytes
        return round(100 * self.sample.memory_bytes / limit, 2) if limit else None


def usage_between(before: Sample | None, after: Sample) -> Usage:
    """What a container used between two samples."""
    seconds = after.taken_at - before.taken_at if before else 0.0
    if before is None or seconds <= 0:
        return Usage(None, after)
    return Usage(round(100 * max(after.cpu_seconds - before.cpu_seconds, 0) / seconds, 2), after)


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
        # An engine answers with zeros for a container that has just ended.
        return Sample.from_json(figures, time.monotonic()) if (figures.get("memory_stats") or {}) else None
