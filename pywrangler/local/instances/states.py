"""The states of instances in Cloudflare's API, derived from the ledger's records.

Names: workers-sdk 4.164, `containers-shared` models `ApplicationHealthInstances`, `PlacementStatusHealth`,
`DeploymentPlacementState`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from pywrangler.local.instances.records import Application, Instance, InstanceState

_PLACEMENT_HEALTH = {
    InstanceState.STARTING: "placed",
    InstanceState.RUNNING: "running",
    InstanceState.STOPPING: "stopping",
    InstanceState.STOPPED: "stopped",
    InstanceState.FAILED: "failed",
}


@dataclass(frozen=True)
class HealthCounts:
    """An application's `health.instances`. `healthy` counts slots: the taken and the free ones."""

    active: int
    healthy: int
    failed: int
    starting: int
    scheduling: int

    def as_json(self) -> dict[str, int]:
        """The object as the API has it."""
        return asdict(self)


def count_health(application: Application, instances: Iterable[Instance]) -> HealthCounts:
    """The health of an application whose records are `instances`.

    A Durable Object's container counts as failed if its latest start failed, whatever happened before. Every
    free slot is "prepared" here, because a local start waits for no scheduler. A rollout's canary is not
    counted. An instance that a deploy brought up becomes active with its first use, because on Cloudflare a
    deploy leaves no instance.
    """
    counted = sorted((i for i in instances if not i.is_canary), key=lambda instance: instance.created_at)
    latest = {instance.container_name: instance for instance in counted}
    states = [instance.state for instance in latest.values()]
    running = [i for i in latest.values() if i.state in (InstanceState.RUNNING, InstanceState.STOPPING)]
    active = sum(not instance.is_bring_up for instance in running)
    starting = states.count(InstanceState.STARTING)
    return HealthCounts(
        active=active,
        healthy=max(application.max_instances - starting, len(running)),
        failed=states.count(InstanceState.FAILED),
        starting=starting,
        scheduling=0,
    )


def placement_health(state: InstanceState) -> str:
    """A placement's `status.health`: placed, running, stopping, stopped or failed."""
    return _PLACEMENT_HEALTH[state]


def explain_exit(exit_code: int, *, oom_killed: bool, memory_mib: int | None) -> str:
    """A text that says why a container ended."""
    if oom_killed:
        limit = f" (its limit is {memory_mib} MiB)" if memory_mib else ""
        return f"killed for using too much memory{limit}"
    if exit_code > 128:
        return f"exited with code {exit_code} (signal {exit_code - 128})"
    return f"exited with code {exit_code}"
