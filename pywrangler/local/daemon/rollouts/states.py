"""Changes a rollout's record with each event. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pywrangler.local.instances.records import Instance, InstanceState
from pywrangler.local.store.records import RolloutStep, StoredRollout


class VersionFailed(Exception):  # noqa: N818 - an outcome, never shown itself
    """The new version does not run. `failure` has all that is known, in the form of a bring-up's failure."""

    def __init__(self, reason: str, failure: Mapping[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.failure = failure


def next_step(rollout: StoredRollout) -> RolloutStep | None:
    """The next step; None if all are done."""
    return next((step for step in rollout.steps if step.status not in ("completed", "reverted")), None)


def with_step(rollout: StoredRollout, step: RolloutStep, now: float) -> StoredRollout:
    """The rollout with one step changed; the rollout is completed with its last step."""
    steps = tuple(step if each.id == step.id else each for each in rollout.steps)
    is_completed = all(each.status == "completed" for each in steps)
    return replace(
        rollout,
        steps=steps,
        current_step=step.id,
        status="completed" if is_completed else "progressing",
        started_at=rollout.started_at or now,
        last_updated_at=now,
    )


def taken_back(rollout: StoredRollout, failed: VersionFailed, now: float) -> StoredRollout:
    """The rollout after its version failed: finished steps are reverted, the others are skipped."""
    steps = (
        step if step.status == "pending" else replace(step, status="reverted", reason=failed.reason)
        for step in rollout.steps
    )
    return replace(
        rollout,
        status="reverted",
        steps=tuple(steps),
        reason=failed.reason,
        failure=failed.failure,
        last_updated_at=now,
    )


def judge(instances: Iterable[Instance], version: int, since: float) -> Instance | None:
    """The newest instance of `version` since then that runs or failed. It decides about the version."""
    seen = (InstanceState.RUNNING, InstanceState.FAILED)
    found = [i for i in instances if i.version == version and i.created_at >= since and i.state in seen]
    return max(found, key=lambda instance: instance.created_at, default=None)
