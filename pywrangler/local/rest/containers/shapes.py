"""Applications, rollouts and instances as the API shows them. Pure.

Shapes: workers-sdk 4.164, the models of `containers-shared`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pywrangler.local.instances.records import Instance
from pywrangler.local.instances.states import HealthCounts, count_health, placement_health
from pywrangler.local.rest.envelope import timestamp
from pywrangler.local.store.applications import runnable
from pywrangler.local.store.records import ApplicationRecord, RolloutStep, StoredRollout


def health_of(record: ApplicationRecord, instances: Iterable[Instance]) -> HealthCounts:
    """An application's health."""
    return count_health(runnable(record), instances)


def application_json(
    record: ApplicationRecord, account_id: str, instances: Iterable[Instance], rollout: StoredRollout | None
) -> dict[str, Any]:
    """An application with all fields."""
    return {
        "id": record.id,
        "account_id": account_id,
        "name": record.name,
        "created_at": timestamp(record.created_at),
        "updated_at": timestamp(record.updated_at),
        "version": record.version,
        **record.spec,
        "durable_objects": {"namespace_id": record.namespace_id},
        "health": {"instances": health_of(record, instances).as_json()},
        **({"active_rollout_id": rollout.id} if rollout else {}),
    }


def dash_application_json(record: ApplicationRecord, instances: Iterable[Instance]) -> dict[str, Any]:
    """An application in the list; `instances` counts the ones that are alive."""
    known = list(instances)
    health = health_of(record, known)
    return {
        "id": record.id,
        "name": record.name,
        "created_at": timestamp(record.created_at),
        "updated_at": timestamp(record.updated_at),
        "version": record.version,
        "instances": sum(not each.state.is_final and not each.is_canary for each in known),
        "image": record.configuration.get("image"),
        "health": {"instances": health.as_json()},
    }


def instance_json(instance: Instance) -> dict[str, Any]:
    """An instance with its placement. Locally they are the same."""
    created, state = timestamp(instance.created_at), placement_health(instance.state)
    status: dict[str, Any] = {
        "health": state,
        "container_status": state,
        "durable_object": "disconnected" if instance.state.is_final else "connected",
    }
    if instance.exit_code is not None:
        status["exit_code"] = instance.exit_code
    if instance.oom_killed:
        status["oom_killed"] = True
    if instance.reason:
        status["reason"] = instance.reason
    placement = {
        "id": instance.id,
        "created_at": created,
        "deployment_id": instance.id,
        "deployment_version": instance.version,
        "terminate": instance.state.is_final,
        "status": status,
        "durable_object_actor_id": instance.durable_object_id,
    }
    return {
        "id": instance.id,
        "created_at": created,
        "current_placement": placement,
        "type": "durable_object",
        "location": instance.location,
        "region": instance.region,
        "app_version": instance.version,
        "name": instance.durable_object_name,
        "image": instance.image,
    }


def durable_object_json(instance: Instance, name: str | None) -> dict[str, Any]:
    """The Durable Object behind an instance."""
    fields = {"id": instance.durable_object_id, "assigned_at": timestamp(instance.created_at), "name": name}
    placed = {"deployment_id": instance.id, "placement_id": instance.id}
    return {key: value for key, value in {**fields, **placed}.items() if value is not None}


def rollout_json(rollout: StoredRollout, health: HealthCounts) -> dict[str, Any]:
    """A rollout. `reason` is a text that says why it does not continue, and `failure` describes the instance
    that failed. Cloudflare's API has neither.
    """
    return {
        "id": rollout.id,
        "description": rollout.description,
        "created_at": timestamp(rollout.created_at),
        "last_updated_at": timestamp(rollout.last_updated_at),
        "started_at": timestamp(rollout.started_at),
        "kind": rollout.kind,
        "strategy": "rolling",
        "current_version": rollout.current_version,
        "target_version": rollout.target_version,
        "current_configuration": dict(rollout.current_configuration),
        "target_configuration": dict(rollout.target_configuration),
        "status": rollout.status,
        "reason": rollout.reason,
        "failure": rollout.failure,
        "health": {"instances": health.as_json()},
        "steps": [_step_json(step) for step in rollout.steps],
        "progress": {
            "total_steps": len(rollout.steps),
            "current_step": rollout.current_step,
            "updated_instances": rollout.updated_instances,
            "total_instances": rollout.total_instances,
        },
    }


def _step_json(step: RolloutStep) -> Mapping[str, Any]:
    return {
        "id": step.id,
        "step_size": {"percentage": step.percentage},
        "description": step.description,
        "status": step.status,
        "reason": step.reason,
        "started_at": timestamp(step.started_at),
        "completed_at": timestamp(step.completed_at),
    }
