"""What `exec`, `stop`, `restart` and the like need of the platform: which instances exist, which engine runs
them, and how they end and start again. Cloudflare's API has nothing of this.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from aiohttp import web

from pywrangler.local.instances.records import Instance
from pywrangler.local.rest.bodies import read_object, text_list
from pywrangler.local.rest.containers.control_interface import InstanceDetails
from pywrangler.local.rest.containers.dash import latest_of_objects, name_of
from pywrangler.local.rest.context import ApiContext, context_of, path_part
from pywrangler.local.rest.envelope import success, timestamp
from pywrangler.local.rest.errors import RestError, explained
from pywrangler.local.rest.routes import Route
from pywrangler.local.rest.streaming import flag

LAST_PORT = 65535
LONGEST_GRACE_SECONDS = 900.0
"""What Cloudflare gives a container between SIGTERM and SIGKILL."""


async def list_instances(request: web.Request) -> web.Response:
    """`GET /local/instances?ready=`: for each Durable Object that had a container its latest instance, of all
    applications, and the engine; with `ready` also whether those that run serve requests.
    """
    context = context_of(request)
    control = context.instance_control
    rows = []
    for record in context.store.applications.all():
        names = await context.operations.durable_object_names(record.namespace_id)
        for instance in latest_of_objects(await context.instances_of(record.id)):
            if instance.is_canary:
                continue
            row = _row(instance, name_of(instance, names))
            if context.runtimes.nodes is not None and not instance.state.is_final:
                row |= {
                    "node": context.runtimes.nodes.node_of(instance),
                    "engine": await context.runtimes.nodes.engine_of(instance),
                }
            if flag(request, "ready") and not instance.state.is_final:
                readiness = await control.readiness(instance)
                row |= {"ready": readiness.is_ready, "not_ready_reason": readiness.reason}
            rows.append(row)
    applications = [
        {"id": each.id, "name": each.name, "namespace_id": each.namespace_id}
        for each in context.store.applications.all()
    ]
    return success({"engine": control.engine(), "applications": applications, "instances": rows})


async def describe_instances(request: web.Request) -> web.Response:
    """`GET /local/instances/details?application=ID`: what is known of the latest instance of each Durable
    Object beyond what Cloudflare tells; figures of those that run.
    """
    context = context_of(request)
    application_id = request.query.get("application", "")
    known = await context.instances_of(application_id)
    latest = latest_of_objects(known)
    found = await context.instance_control.details(latest)
    starts = Counter(each.durable_object_id for each in known if not each.is_canary)
    return success(
        [
            {
                "id": each.id,
                "durable_object_id": each.durable_object_id,
                "digest": each.image or None,
                **asdict(found.get(each.id) or InstanceDetails()),
                "restarts": max(starts[each.durable_object_id] - 1, 0),
            }
            for each in latest
        ]
    )


async def stop_instances(request: web.Request) -> web.Response:
    """`POST /local/instances/stop` with `{"instances": [ID], "grace_seconds"}`: the response comes when they
    are gone.
    """
    context, (instances, grace_seconds) = context_of(request), await _chosen(request)
    await context.instance_control.stop(instances, grace_seconds)
    found = {each.id: each for each in await context.all_instances()}
    return success([_row(found.get(each.id, each), each.durable_object_name) for each in instances])


async def restart_instances(request: web.Request) -> web.Response:
    """`POST /local/instances/restart` with the same: stop them, and start them again where that is possible
    without a request.
    """
    context, (instances, grace_seconds) = context_of(request), await _chosen(request)
    return success(
        [asdict(each) for each in await context.instance_control.restart(instances, grace_seconds)]
    )


async def locate_port(request: web.Request) -> web.Response:
    """`GET /local/instances/{id}/ports/{port}`: `{"host", "port"}`, at which this machine reaches it."""
    context, port = context_of(request), path_part(request, "port")
    (instance,) = await _instances(context, [path_part(request, "id")])
    if not port.isascii() or not port.isdigit() or len(port) > 5 or not 0 < int(port) <= LAST_PORT:
        raise RestError(f'A port is a number from 1 to {LAST_PORT}, not "{port}".')
    host, reached = await context.instance_control.locate(instance, int(port))
    return success({"host": host, "port": reached})


async def _chosen(request: web.Request) -> tuple[list[Instance], float]:
    """The instances that a body names, and the grace period."""
    context, body = context_of(request), await read_object(request)
    grace_seconds = body.get("grace_seconds")
    if isinstance(grace_seconds, bool) or not isinstance(grace_seconds, int | float):
        raise RestError(f'The field "grace_seconds" must be a number, not {grace_seconds!r}.')
    if not math.isfinite(grace_seconds) or not 0 <= grace_seconds <= LONGEST_GRACE_SECONDS:
        raise RestError(f'The field "grace_seconds" must be from 0 to {LONGEST_GRACE_SECONDS:.0f}.')
    return await _instances(context, text_list(body, "instances")), float(grace_seconds)


async def _instances(context: ApiContext, identifiers: Sequence[str]) -> list[Instance]:
    known = {each.id: each for each in await context.all_instances()}
    for identifier in identifiers:
        if identifier not in known:
            raise explained(
                f"There is no instance `{identifier}`.",
                "`pywrangler containers instances NAME` shows the instances of an application.",
                status=404,
                code=1000,
            )
    return [known[identifier] for identifier in identifiers]


def _row(instance: Instance, name: str | None) -> dict[str, Any]:
    return {
        "id": instance.id,
        "name": name,
        "durable_object_id": instance.durable_object_id,
        "application_id": instance.application_id,
        "state": instance.state.value,
        "container_id": instance.container_id,
        "version": instance.version,
        "is_unused": instance.is_bring_up,
        "created_at": timestamp(instance.created_at),
        "exit_code": instance.exit_code,
        "reason": instance.reason,
    }


ROUTES = [
    Route("GET", "/local/instances", list_instances),
    Route("GET", "/local/instances/details", describe_instances),
    Route("POST", "/local/instances/stop", stop_instances),
    Route("POST", "/local/instances/restart", restart_instances),
    Route("GET", "/local/instances/{id}/ports/{port}", locate_port),
]
