"""Chooses the instances that a rollout replaces next. Pure: percentages and records in, a choice out.

Percentages are shares of all instances that run the new version once a step is done, as
`rollout_step_percentage` has them: `[10, 100]` replaces a tenth first and then the rest; the number 25 means
four steps of a quarter each.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pywrangler.local.instances.records import Instance, InstanceState


@dataclass(frozen=True)
class RolloutProgress:
    """The progress of a rollout, in instances."""

    updated_instances: int
    total_instances: int


def plan_steps(step_percentage: int | Sequence[int]) -> tuple[int, ...]:
    """The cumulative percentages of a rollout's steps, rising, the last one 100.

    Raises ValueError for a percentage outside 1-100 or no percentage at all.
    """
    if isinstance(step_percentage, int):
        if not 1 <= step_percentage <= 100:
            raise ValueError(f"A rollout step of {step_percentage}% is not between 1 and 100.")
        steps = list(range(step_percentage, 100, step_percentage))
        return (*steps, 100)
    if not step_percentage or not all(1 <= percentage <= 100 for percentage in step_percentage):
        raise ValueError(f"Rollout steps of {list(step_percentage)}% are not all between 1 and 100.")
    rising = sorted(set(step_percentage))
    return tuple(rising if rising[-1] == 100 else [*rising, 100])


def plan_replacements(
    instances: Iterable[Instance], target_version: int, percentage: int
) -> tuple[Instance, ...]:
    """The instances to stop so that `percentage` of those alive run `target_version` (or nothing, and then
    start with it).

    Instances that are already stopping count as replaced; of the others the oldest go first. Shares are
    rounded up, so that even a small first step shows whether the new image works.
    """
    alive = _in_use(instances)
    old = [instance for instance in alive if _is_old(instance, target_version)]
    wanted = math.ceil(len(alive) * percentage / 100)
    missing = wanted - (len(alive) - len(old))
    return tuple(sorted(old, key=lambda instance: instance.created_at)[: max(missing, 0)])


def stubborn(instances: Iterable[Instance], target_version: int) -> list[Instance]:
    """Instances of an older version that were asked to stop and still run. They get no more time than the
    ones that a rollout stops.
    """
    return [
        each
        for each in _in_use(instances)
        if each.state is InstanceState.STOPPING and each.version != target_version
    ]


def measure_progress(instances: Iterable[Instance], target_version: int) -> RolloutProgress:
    """The progress: how many of the alive instances no longer have an older version."""
    alive = _in_use(instances)
    updated = sum(not _is_old(instance, target_version) for instance in alive)
    return RolloutProgress(updated_instances=updated, total_instances=len(alive))


def _in_use(instances: Iterable[Instance]) -> list[Instance]:
    """The instances without a rollout's own canary, which serves no requests."""
    return [instance for instance in instances if not instance.state.is_final and not instance.is_canary]


def _is_old(instance: Instance, target_version: int) -> bool:
    return instance.version != target_version and instance.state is not InstanceState.STOPPING
