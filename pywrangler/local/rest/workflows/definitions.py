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
from pywrangler.local.store.records import Workflow

NO_SUCH_WORKFLOW = 10200
INVALID = 10201
NAME = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_-]{0,63}")
WORKFLOW = "/workflows/{workflow}"
_OWN = ("script_name", "class_name")


async def list_workflows(request: web.Request) -> web.Response:
    """`GET /workflows`, by name."""
    page, info = numbered_page(request, context_of(request).store.workflows.all(), default=20, maximum=100)
    return success([_workflow_json(workflow) for workflow in page], result_info=info)


async def set_workflow(request: web.Request) -> web.Response:
    """`PUT /workflows/{workflow}`: `script_name`, `class_name` and settings."""
    context, name, body = context_of(request), path_part(request, "workflow"), await read_object(request)
    script, class_name = text_field(body, "script_name"), text_field(body, "class_name")
    if not NAME.fullmatch(name):
        raise RestError(f'"{name}" is not a valid name of a Workflow.', code=INVALID)
    if context.store.workers.get(script) is None:
        raise RestError(
            f'There is no Worker "{script}" to run the Workflow "{name}".', status=404, code=10007
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
    context.store.workflows.save(workflow)
    return success(_workflow_json(workflow))


async def show_workflow(request: web.Request) -> web.Response:
    """`GET /workflows/{workflow}`."""
    return success(_workflow_json(find_workflow(request)))


async def delete_workflow(request: web.Request) -> web.Response:
    """`DELETE /workflows/{workflow}`. Its instances stay, because the Worker's code still has the class."""
    context_of(request).store.workflows.delete(find_workflow(request).name)
    return success({"status": "ok", "success": True})


def find_workflow(request: web.Request) -> Workflow:
    """The Workflow in the path."""
    workflow = context_of(request).store.workflows.get(path_part(request, "workflow"))
    if workflow is None:
        raise RestError("workflows.api.error.workflow_not_found", status=404, code=NO_SUCH_WORKFLOW)
    return workflow


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
]
