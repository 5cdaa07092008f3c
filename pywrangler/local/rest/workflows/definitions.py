"""Workflows: create, read, delete. Paths and shapes are those of Wrangler 4.164."""

from __future__ import annotations

import re
import uuid
from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import read_object, text_field
from pywrangler.local.rest.context import context_of, path_part
from pywrangler.local.rest.envelope import success, timestamp
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.paging import numbered_page
from pywrangler.local.rest.routes import Route
from pywrangler.local.rest.workflows.instances import (
    INVALID,
    WORKFLOW,
    count_by_status,
    delete_all_instances,
    find_workflow,
    instances_of,
    version_id,
)
from pywrangler.local.store.records import Workflow

NAME = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_-]{0,63}")
_OWN = ("script_name", "class_name")
_OF_THE_ENGINE = ("limits", "default_retention", "schedules")


async def list_workflows(request: web.Request) -> web.Response:
    """`GET /workflows`, by name."""
    page, info = numbered_page(request, context_of(request).store.workflows.all(), default=20, maximum=100)
    return success([_workflow_json(workflow) for workflow in page], result_info=info)


async def set_workflow(request: web.Request) -> web.Response:
    """`PUT /workflows/{workflow}`: `script_name`, `class_name` and settings."""
    context, name, body = context_of(request), path_part(request, "workflow"), await read_object(request)
    script, class_name = text_field(body, "script_name"), text_field(body, "class_name")
    context.refuse_in_cluster("Workflows")
    if not NAME.fullmatch(name):
        raise RestError(f"`{name}` is not a valid name of a Workflow.", code=INVALID)
    if context.store.workers.get(script) is None:
        raise RestError(
            f"There is no Worker `{script}` to run the Workflow `{name}`.", status=404, code=10007
        )
    known, now = context.store.workflows.get(name), context.clock()
    settings = {field: value for field, value in body.items() if field not in _OWN}
    workflow = Workflow(
        name,
        known.id if known else str(uuid.uuid4()),
        script,
        class_name,
        settings,
        known.created_on if known else now,
        now,
    )
    _check_schedules(settings.get("schedules"))
    store = context.store
    await store.change(lambda: store.workflows.save(workflow))
    before = known.settings if known else {}
    if any(settings.get(field) != before.get(field) for field in _OF_THE_ENGINE):
        try:
            await context.operations.refresh_bindings(script)  # the engine reads them when it starts
        except BaseException:
            # An expression that the runtime refuses must not be stored: it would break the next start.
            await store.change(
                lambda: store.workflows.save(known) if known is not None else store.workflows.delete(name)
            )
            raise
    return success(_workflow_json(workflow))


async def show_workflow(request: web.Request) -> web.Response:
    """`GET /workflows/{workflow}`: with the number of its instances, by status."""
    workflow = find_workflow(request)
    counts = count_by_status(await instances_of(request, workflow))
    return success({**_workflow_json(workflow), "instances": counts})


async def list_versions(request: web.Request) -> web.Response:
    """`GET /workflows/{workflow}/versions`: the one that there is here."""
    workflow = find_workflow(request)
    version = {
        "id": version_id(workflow),
        "workflow_id": workflow.id,
        "class_name": workflow.class_name,
        "created_on": timestamp(workflow.modified_on),
        "modified_on": timestamp(workflow.modified_on),
    }
    page, info = numbered_page(request, [version], default=20, maximum=100)
    return success([*page], result_info=info)


async def delete_workflow(request: web.Request) -> web.Response:
    """`DELETE /workflows/{workflow}`: with its instances."""
    workflow = find_workflow(request)
    await delete_all_instances(request, workflow)
    store = context_of(request).store
    await store.change(lambda: store.workflows.delete(workflow.name))
    return success({"status": "ok", "success": True})


def _check_schedules(given: Any) -> None:
    is_list = given is None or (isinstance(given, list) and all(isinstance(each, dict) for each in given))
    if not is_list or not all(isinstance(each.get("cron"), str) for each in given or ()):
        raise RestError("The field `schedules` must be a list of objects with a `cron`.", code=INVALID)


def _workflow_json(workflow: Workflow) -> dict[str, Any]:
    return {
        "id": workflow.id,
        "name": workflow.name,
        "script_name": workflow.script,
        "class_name": workflow.class_name,
        "created_on": timestamp(workflow.created_on),
        "modified_on": timestamp(workflow.modified_on),
        **workflow.settings,
    }


ROUTES = [
    Route("GET", "/workflows", list_workflows),
    Route("PUT", WORKFLOW, set_workflow),
    Route("GET", WORKFLOW, show_workflow),
    Route("DELETE", WORKFLOW, delete_workflow),
    Route("GET", WORKFLOW + "/versions", list_versions),
]
