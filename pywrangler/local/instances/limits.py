"""From an instance's size to what the engine enforces. Pure: the engine's abilities come in as a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from pywrangler.local.instances.records import Application

MEBIBYTE = 1024 * 1024
MEGABYTE = 1000 * 1000
PIDS_LIMIT = 4096
"""Cloudflare documents none, because an instance is a virtual machine there. Here the limit contains a fork
bomb.
"""
SMALLEST_MEMORY_BYTES = 6 * MEBIBYTE
"""The engine refuses less."""
LOG_CONFIG = {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "2"}}
"""Bounded, and with a driver whose lines can be read back, whatever the engine's default is."""
SIZED_STORAGE_DRIVERS = frozenset({"btrfs", "zfs", "devicemapper"})
QUOTA_OPTIONS = frozenset({"pquota", "prjquota"})
"""Mount options with which XFS keeps quotas of projects (xfs(5))."""


@dataclass(frozen=True)
class EngineAbilities:
    """The limits that the engine can enforce, from its `GET /info`."""

    cpus: int
    limits_memory: bool = True
    limits_swap: bool = True
    limits_cpu: bool = True
    limits_pids: bool = True
    limits_disk: bool = False
    memory_bytes: int | None = None
    """What its machine has; None: unknown."""

    @classmethod
    def of_info(cls, info: Mapping[str, Any], mounts: str = "") -> EngineAbilities:
        """Read the engine's response. `mounts` is the text of its machine's `/proc/self/mounts`, empty where
        that cannot be read: overlay2 limits disks only on XFS mounted with quotas, which the engine does not
        report.
        """
        return cls(
            cpus=int(info.get("NCPU") or 1),
            memory_bytes=int(info.get("MemTotal") or 0) or None,
            limits_memory=bool(info.get("MemoryLimit", True)),
            limits_swap=bool(info.get("SwapLimit", True)),
            limits_cpu=bool(info.get("CpuCfsQuota", True)),
            limits_pids=bool(info.get("PidsLimit", True)),
            limits_disk=info.get("Driver") in SIZED_STORAGE_DRIVERS
            or (info.get("Driver") == "overlay2" and _keeps_quotas(mounts, info.get("DockerRootDir") or "")),
        )


def _keeps_quotas(mounts: str, directory: str) -> bool:
    """Whether `directory` is on an XFS with quotas of projects, going by the text of `/proc/self/mounts`."""
    found = [line.split() for line in mounts.splitlines()]
    holding = [
        mount
        for mount in found
        if len(mount) >= 4 and PurePosixPath(directory).is_relative_to(mount[1].replace("\\040", " "))
    ]
    # The longest mount point is the innermost. A later mount at the same point hides the earlier one.
    innermost = max(enumerate(holding), key=lambda entry: (len(entry[1][1]), entry[0]), default=None)
    if innermost is None:
        return False
    _, (_, _, kind, options, *_) = innermost
    return kind == "xfs" and not QUOTA_OPTIONS.isdisjoint(options.split(","))


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
