"""The interface of what measures instances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class InstanceUsage:
    """What an instance uses; `cpu_percent` is of one core, and None until there are two samples."""

    cpu_percent: float | None
    memory_bytes: int


class UsageSource(Protocol):
    """What measures, in the platform's process."""

    async def measure(self) -> Mapping[str, InstanceUsage]:
        """By the ids of the instances that run; since the call before."""
