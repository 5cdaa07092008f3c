"""What the engine knows of running instances beyond their records: size, ports, use of CPU and memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from pywrangler.engine import labels
from pywrangler.engine.calls import EngineCalls
from pywrangler.engine.usage import Sample, usage_between
from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.workers.hosted import PlatformServices
from pywrangler.local.daemon.workers.workers import Workers
from pywrangler.local.instances.records import Instance
from pywrangler.local.instances.sizes import MEBIBYTE
from pywrangler.local.rest.containers.control_interface import InstanceDetails

SHORTEST_SECONDS = 0.5
"""A share of CPU time over less says little."""


class InstanceInspector:
    """Looks at instances when it is asked, and remembers the figures to compare the next ones with."""

    def __init__(self, machine: PlatformServices, workers: Workers) -> None:
        self._machine = machine
        self._workers = workers
        self._samples: dict[str, Sample] = {}

    async def details(self, instances: Sequence[Instance]) -> Mapping[str, InstanceDetails]:
        """By instance; nothing about those that the engine does not describe."""
        engine = EngineCalls(self._machine.engine)
        try:
            running = [each for each in instances if each.container_id and not each.state.is_final]
            found = await asyncio.gather(*(self._look(engine, each) for each in running))
        finally:
            await engine.close()
        alive = {each.id for each in running}
        self._samples = {key: sample for key, sample in self._samples.items() if key in alive}
        return {each.id: told for each, told in zip(running, found, strict=True) if told is not None}

    async def _look(self, engine: EngineCalls, instance: Instance) -> InstanceDetails | None:
        assert instance.container_id is not None  # noqa: S101 - chosen by the caller
        gateway = self._workers.gateway_of(instance.worker)
        try:
            inspected, figures = await asyncio.gather(
                engine.inspect(instance.container_id), engine.figures(instance.container_id)
            )
            listening = await gateway.listening(instance.id) if gateway else []
        except PywranglerError:
            return None
        sample = Sample.from_json(figures, time.monotonic()) if figures else None
        ports = tuple(sorted({each.port for each in listening}))
        return plan_details(inspected or {}, ports, sample, self._cpu_percent(instance, sample))

    def _cpu_percent(self, instance: Instance, sample: Sample | None) -> float | None:
        if sample is None:
            return None
        before = self._samples.get(instance.id)
        age = time.time() - (instance.started_at or instance.created_at)
        if before is None or sample.taken_at - before.taken_at >= SHORTEST_SECONDS:
            self._samples[instance.id] = sample
        return cpu_percent(before, sample, age)


def cpu_percent(before: Sample | None, after: Sample, age_seconds: float) -> float | None:
    """The share of one core since the sample before, else since the container started. Pure."""
    if before is not None and after.taken_at - before.taken_at >= SHORTEST_SECONDS:
        return usage_between(before, after).cpu_percent
    return round(100 * after.cpu_seconds / age_seconds, 2) if age_seconds > 0 else None


def plan_details(
    inspected: Mapping[str, Any], ports: tuple[int, ...], sample: Sample | None, used: float | None
) -> InstanceDetails:
    """From the engine's description of a container. Pure."""
    host, config = inspected.get("HostConfig") or {}, inspected.get("Config") or {}
    disk = str((host.get("StorageOpt") or {}).get("size") or "")
    return InstanceDetails(
        snapshot=(config.get("Labels") or {}).get(labels.SNAPSHOT),
        vcpu=host["NanoCpus"] / 1e9 if host.get("NanoCpus") else None,
        memory_mib=host["Memory"] // MEBIBYTE if host.get("Memory") else None,
        disk_mb=int(disk) // 1_000_000 if disk.isdecimal() else None,
        ports=ports,
        cpu_percent=used,
        memory_bytes=sample.memory_bytes if sample else None,
    )
