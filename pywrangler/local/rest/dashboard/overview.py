"""Everything that the page's first view shows, in one response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web

from pywrangler.local.instances.records import Instance
from pywrangler.local.rest.containers.dash import latest_of_objects, name_of
from pywrangler.local.rest.containers.shapes import health_of
from pywrangler.local.rest.context import ApiContext, context_of
from pywrangler.local.rest.envelope import success, timestamp
from pywrangler.local.rest.platform import is_active, worker_json
from pywrangler.local.rest.routes import Route
from pywrangler.local.store.records import ApplicationRecord, StoredRollout

MOST_ENDED = 20
"""How many ended instances of an application are shown, the latest."""


async def show_overview(request: web.Request) -> web.Response:
    """`GET /overview`: the platform, its engine, Workers, and applications with their instances."""
    context = context_of(request)
    store = context.store
    workers = [each for each in store.workers.all() if is_active(each)]
    status, engine = context.operations.platform_status(), await context.operations.engine_status()
    return success(
        {
            "version": status.version,
            "home": status.home,
            "started_at": timestamp(status.started_at),
            "now": timestamp(context.clock()),
            "engine": asdict(engine),
            "workers": [worker_json(context, each) for each in workers],
            "applications": [await _application(context, each) for each in store.applications.all()],
        }
    )


async def _application(context: ApiContext, record: ApplicationRecord) -> dict[str, Any]:
    names = await context.operations.durable_object_names(record.namespace_id)
    instances = await context.instances_of(record.id)
    rollouts = context.store.rollouts.of_application(record.id)
    configuration = record.configuration
    return {
        "id": record.id,
        "name": record.name,
        "worker": record.worker,
        "class_name": record.class_name,
        "version": record.version,
        "image": configuration.get("image"),
        "vcpu": configuration.get("vcpu"),
        "memory_mib": configuration.get("memory_mib"),
        "max_instances": record.spec.get("max_instances"),
        "updated_at": timestamp(record.updated_at),
        "health": health_of(record, instances).as_json(),
        "instances": [_instance(each, names) for each in shown_instances(instances)],
        "rollout": _rollout(rollouts[-1]) if rollouts else None,
    }


def shown_instances(instances: list[Instance]) -> list[Instance]:
    """The latest instance of each Durable Object: those that are alive first, then the latest ended ones."""
    latest = [each for each in latest_of_objects(instances) if not each.is_canary]
    alive = [each for each in latest if not each.state.is_final]
    ended = [each for each in latest if each.state.is_final]
    return [*alive, *reversed(ended[-MOST_ENDED:])]


def _instance(instance: Instance, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": instance.id,
        "durable_object_id": instance.durable_object_id,
        "name": name_of(instance, names),
        "state": instance.state.value,
        "version": instance.version,
        "image": instance.image,
        "location": instance.location,
        "created_at": timestamp(instance.created_at),
        "started_at": _time(instance.started_at),
        "stopped_at": _time(instance.stopped_at),
        "exit_code": instance.exit_code,
        "oom_killed": instance.oom_killed,
        "reason": instance.reason,
    }


def _rollout(rollout: StoredRollout) -> dict[str, Any]:
    return {
        "id": rollout.id,
        "status": rollout.status,
        "target_version": rollout.target_version,
        "created_at": timestamp(rollout.created_at),
    }


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else timestamp(seconds)


ROUTES = [Route("GET", "/overview", show_overview)]
