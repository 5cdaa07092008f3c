"""From an instance's size to what the engine enforces. Pure: the engine's abilities come in as a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pywrangler.local.instances.records import Application

MEBIBYTE = 1024 * 1024
MEGABYTE = 1000 * 1000
PIDS_LIMIT = 4096
"""Cloudflare documents none, since an instance is a virtual machine there; here it keeps a fork bomb
inside.
"""
SMALLEST_MEMORY_BYTES = 6 * MEBIBYTE
"""The engine refuses less."""
LOG_CONFIG = {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "2"}}
"""Bounded, and a driver whose lines can be read back whatever the engine's default is."""
SIZED_STORAGE_DRIVERS = frozenset({"btrfs", "zfs", "devicemapper"})


@dataclass(frozen=True)
class EngineAbilities:
    """What the engine can enforce, from its `GET /info`."""

    cpus: int
    limits_memory: bool = True
    limits_swap: bool = True
    limits_cpu: bool = True
    limits_pids: bool = True
    limits_disk: bool = False

    @classmethod
    def of_info(cls, info: Mapping[str, Any]) -> EngineAbilities:
        """Read the engine's answer. Disk: overlay2 can do it only on XFS mounted with `pquota`, which it does
        not tell.
        """
        return cls(
            cpus=int(info.get("NCPU") or 1),
            limits_memory=bool(info.get("MemoryLimit", True)),
            limits_swap=bool(info.get("SwapLimit", True)),
            limits_cpu=bool(info.get("CpuCfsQuota", True)),
            limits_pids=bool(info.get("PidsLimit", True)),
            limits_disk=info.get("Driver") in SIZED_STORAGE_DRIVERS,
        )


def plan_limits(application: Application, engine: EngineAbilities) -> dict[str, Any]:
    """The part of a `HostConfig` that bounds an instance: memory without swap, CPU, processes, disk, log
    files.

    An engine refuses more CPUs than its machine has, so a larger instance gets all of them.
    """
    limits: dict[str, Any] = {"LogConfig": LOG_CONFIG}
    if engine.limits_memory:
        limits["Memory"] = max(application.memory_mib * MEBIBYTE, SMALLEST_MEMORY_BYTES)
        if engine.limits_swap:
            limits["MemorySwap"] = limits["Memory"]
    if engine.limits_cpu:
        limits["NanoCpus"] = round(min(application.vcpu, engine.cpus) * 1e9)
    if engine.limits_pids:
        limits["PidsLimit"] = PIDS_LIMIT
    if engine.limits_disk:
        limits["StorageOpt"] = {"size": str(application.disk_mb * MEGABYTE)}
    return limits
