"""The processor time of a platform's own process, with its gateway, and of its `workerd`s. Linux only."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def share_during(home: Path, action: Callable[[], object]) -> float:
    """Processor time of the platform in `home` during `action`, divided by that of all its `workerd`s."""
    platform = int(json.loads((home / "platform.json").read_text())["pid"])
    before = _spent(platform)
    action()
    own, workerds = (after - earlier for after, earlier in zip(_spent(platform), before, strict=True))
    return own / workerds if workerds else float("inf")


def _spent(platform: int) -> tuple[float, float]:
    stats = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            stats.append(file.read_text())
    return spent(platform, stats, os.sysconf("SC_CLK_TCK"))


def spent(platform: int, stats: list[str], ticks: int) -> tuple[float, float]:
    """Seconds of a process, and of its children named `workerd`, from the texts of `/proc/PID/stat`."""
    own = workerds = 0.0
    for stat in stats:
        number, _, rest = stat.partition(" (")
        name, _, fields = rest.rpartition(") ")
        words = fields.split()
        seconds = (int(words[11]) + int(words[12])) / ticks
        if int(number) == platform:
            own += seconds
        elif int(words[1]) == platform and name == "workerd":
            workerds += seconds
    return own, workerds
