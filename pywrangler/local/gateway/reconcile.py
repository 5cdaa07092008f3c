"""Reconcile the ledger with the engine when the platform starts, and clean up when it ends."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pywrangler.engine import labels
from pywrangler.engine.address import EngineAddress
from pywrangler.engine.calls import EngineCalls
from pywrangler.local.gateway.outbound.firewall import find_firewall
from pywrangler.local.instances.ledger import ApplicationLookup, Ledger
from pywrangler.local.instances.records import Application, Instance, InstanceState

REMOVAL_PAUSES_SECONDS = (0.1, 0.3, 1.0, 2.0)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reconciliation:
    """The actions for the differences between ledger and engine."""

    adopted: tuple[tuple[str, str], ...]
    """(instance id, container id) of running containers whose instance is on record."""
    lost: tuple[str, ...]
    """Ids of instances whose container is gone or does not run."""
    removed: tuple[str, ...]
    """Ids of containers without an owner."""


def plan_reconciliation(
    alive: Iterable[Instance], containers: Iterable[dict[str, Any]], applications: Iterable[Application]
) -> Reconciliation:
    """Decide from the ledger's alive instances, the platform's containers (as `GET /containers/json` lists
    them), and the existing applications.
    """
    application_ids = {application.id for application in applications}
    wanted = {instance.id: instance for instance in alive if instance.application_id in application_ids}
    adopted: dict[str, str] = {}
    removed = []
    for container in containers:
        instance_id = container["Labels"].get(labels.INSTANCE, "")
        if container["State"] == "running" and instance_id in wanted:
            adopted[instance_id] = container["Id"]
        else:
            removed.append(container["Id"])
    lost = tuple(instance.id for instance in alive if instance.id not in adopted)
    return Reconciliation(tuple(adopted.items()), lost, tuple(removed))


async def reconcile(
    engine: EngineAddress,
    ledger: Ledger,
    applications: ApplicationLookup,
    platform_id: str,
    clock: Callable[[], float] = time.time,
) -> Reconciliation:
    """At the platform's start, before any gateway: adopt running containers with an owner, remove containers
    without one, and mark lost instances as stopped. Only containers with this platform's label are touched.
    Raises MissingError if the engine cannot be reached.
    """
    calls = EngineCalls(engine)
    try:
        alive = ledger.alive()
        owners = [
            found for instance in alive if (found := applications.by_id(instance.application_id)) is not None
        ]
        plan = plan_reconciliation(alive, await calls.owned_containers(platform_id), owners)
        _record(plan, ledger, clock())
        for container_id in plan.removed:
            log.info("Container %s has no owner and is removed.", container_id[:12])
            await calls.remove(container_id)
        return plan
    finally:
        await calls.close()


def _record(plan: Reconciliation, ledger: Ledger, now: float) -> None:
    for instance_id, container_id in plan.adopted:
        instance = ledger.get(instance_id)
        if instance is not None and instance.state is InstanceState.STARTING:
            # The platform ended between the engine's start of the container and its own record of that.
            ledger.started(instance_id, container_id=container_id, time=now)
        log.info("Instance %s still runs and is adopted.", instance_id)
    for instance_id in plan.lost:
        log.info("Instance %s ended while the platform did not run.", instance_id)
        ledger.lost(instance_id, time=now)


async def _remove_network(calls: EngineCalls, network_id: str) -> None:
    """The engine reports a network as used for a moment after its last container was removed."""
    for pause_seconds in REMOVAL_PAUSES_SECONDS:
        if await calls.remove_network(network_id):
            return
        await asyncio.sleep(pause_seconds)


async def sweep(engine: EngineAddress, platform_id: str) -> int:
    """Remove every container and network with the platform's label, running or not. Returns the number of
    containers.
    """
    calls = EngineCalls(engine)
    firewall = find_firewall()
    try:
        containers = await calls.owned_containers(platform_id)
        for container in containers:
            await calls.remove(container["Id"])
        for network in await calls.owned_networks(platform_id):
            await _remove_network(calls, network["Id"])
            if firewall is not None:
                await firewall.forget(network["Name"])
        return len(containers)
    finally:
        await calls.close()
