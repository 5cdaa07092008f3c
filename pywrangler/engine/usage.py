"""What a container uses, from the engine's figures. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.dataclass import dataclass

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
    def from_json(cls, figures: Mapping[str, Any], taken_at: float) -> Sample | None:
        """From the response to `GET /containers/{id}/stats`; None for a container that has ended, of which an
        engine returns zeros.
        """
        memory = figures.get("memory_stats") or {}
        if not memory:
            return None
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
