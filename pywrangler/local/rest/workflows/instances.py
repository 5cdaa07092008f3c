"""Instances of Workflows: start, look, change, send events, remove. As Wrangler 4.164 asks for them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from pywrangler.errors import PywranglerError
from pywrangler.local.rest.bodies import object_field, optional_text, read_json, read_object, text_field
from pywrangler.local.rest.context import context_of, path_part, whole_number
from pywrangler.local.rest.envelope import success, timestamp
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.operations import WorkflowRefused
from pywrangler.local.rest.routes import Route
from pywrangler.local.rest.workflows.history import TERMINAL, describe
from pywrangler.local.store.records import Workflow

NO_SUCH_WORKFLOW = 10200
INVALID = 10201
NO_SUCH_INSTANCE = 10400
INSTANCE_EXISTS = 10405
REFUSED = 10001
STATUSES = (
    *("queued", "running", "paused", "errored", "terminated", "complete"),
    *("waiting", "waitingForPause"),
)
ACTIONS = ("pause", "resume", "terminate", "restart")
MAX_DELETED = 100
WORKFLOW = "/workflows/{workflow}"
INSTANCES = WORKFLOW + "/instances"
INSTANCE = INSTANCES + "/{instance}"


async def list_instances(request: web.Request) -> web.Response:
    """`GET .../instances`: the newest first; `?status=`, `?date_start=` and `?date_end=` filter."""
    workflow = find_workflow(request)
    status = request.query.get("status")
    if status is not None and status not in STATUSES:
        raise RestError(f"`{status}` is not a status. Use one of: {', '.join(STATUSES)}.", code=INVALID)
    start, end = (_time(request, name) for name in ("date_start", "date_end"))
    if start is not None and end is not None and start > end:
        raise RestError("`date_start` is after `date_end`.", code=INVALID)
    found = chosen(await instances_of(request, workflow), status, start, end)
    page, info = _page(request, found)
    return success([_instance_json(workflow, instance) for instance in page], result_info=info)


async def create_instance(request: web.Request) -> web.Response:
    """`POST .../instances`: `{"instance_id"?, "params"?}`."""
    workflow = find_workflow(request)
    body = await read_object(request) if request.can_read_body else {}
    options: dict[str, Any] = {"params": body["params"]} if body.get("params") is not None else {}
    identifier = optional_text(body, "instance_id")
    if identifier is None:
        identifier = optional_text(body, "id")
    options["id"] = str(uuid.uuid4()) if identifier is None else identifier
    made = await _call(request, workflow, "create", options)
    return success({**made, "workflow_id": workflow.id, "version_id": version_id(workflow)})


async def show_instance(request: web.Request) -> web.Response:
    """`GET .../instances/{instance}`: with its steps."""
    workflow = find_workflow(request)
    found = await _call(request, workflow, "show", {"id": path_part(request, "instance")})
    return success(describe(found, version_id(workflow)))


async def change_status(request: web.Request) -> web.Response:
    """`PATCH .../instances/{instance}/status`: `{"status", "from"?, "rollback"?}`."""
    workflow, body = find_workflow(request), await read_object(request)
    action = text_field(body, "status")
    if action not in ACTIONS:
        raise RestError(f"`{action}` is not an action. Use one of: {', '.join(ACTIONS)}.", code=INVALID)
    options = {"id": path_part(request, "instance"), "action": action, "rollback": bool(body.get("rollback"))}
    if place := object_field(body, "from"):
        options["from"] = place
    changed = await _call(request, workflow, "change", options)
    return success({**changed, "timestamp": timestamp(context_of(request).clock())})


async def send_event(request: web.Request) -> web.Response:
    """`POST .../instances/{instance}/events/{type}`: the body is the payload."""
    workflow, instance = find_workflow(request), path_part(request, "instance")
    event: dict[str, Any] = {"id": instance, "type": path_part(request, "type")}
    if request.can_read_body:
        event["payload"] = await read_json(request)
    await _call(request, workflow, "send", event)
    return success({"success": True})


async def delete_instance(request: web.Request) -> web.Response:
    """`DELETE .../instances/{instance}`."""
    found = await _delete(request, find_workflow(request), [path_part(request, "instance")])
    for error in found["errors"]:
        raise RestError(str(error["message"]), status=404, code=int(error["code"]))
    return success({"success": True})


async def delete_instances(request: web.Request) -> web.Response:
    """`POST .../instances/batch/delete`: `{"instances": [id, ...]}`; the response says which were deleted."""
    workflow, body = find_workflow(request), await read_object(request)
    named = body.get("instances")
    if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
        raise RestError("The field `instances` must be a list of ids.", code=INVALID)
    return success(await _delete(request, workflow, named))


async def terminate_instances(request: web.Request) -> web.Response:
    """`PUT .../instances/terminate`: all that have not ended; `?status=` chooses."""
    workflow, status = find_workflow(request), request.query.get("status")
    for instance in await instances_of(request, workflow):
        if instance["status"] in TERMINAL or status not in (None, instance["status"]):
            continue
        try:
            await _call(request, workflow, "change", {"id": instance["id"], "action": "terminate"})
        except RestError:
            continue  # it ended just now
    return success({"status": "ok"})


def find_workflow(request: web.Request) -> Workflow:
    """The Workflow in the path."""
    workflow = context_of(request).store.workflows.get(path_part(request, "workflow"))
    if workflow is None:
        raise RestError("workflows.api.error.workflow_not_found", status=404, code=NO_SUCH_WORKFLOW)
    return workflow


async def instances_of(request: web.Request, workflow: Workflow) -> Sequence[Mapping[str, Any]]:
    """All instances of a Workflow."""
    try:
        return await context_of(request).operations.workflow_instances(workflow.script, workflow.name)
    except WorkflowRefused as error:
        raise refusal(error.message) from error


async def delete_all_instances(request: web.Request, workflow: Workflow) -> None:
    """Remove the instances of a Workflow, as far as the Worker that runs it still has it."""
    try:
        found = [str(each["id"]) for each in await instances_of(request, workflow)]
        for start in range(0, len(found), MAX_DELETED):
            await _delete(request, workflow, found[start : start + MAX_DELETED])
    except (RestError, PywranglerError):
        return  # the Worker has lost the class, or does not run: its storage goes with the Worker


def version_id(workflow: Workflow) -> str:
    """The id of the version that a Workflow has: a change of the Workflow gives it another one."""
    return str(uuid.uuid5(uuid.UUID(workflow.id), str(workflow.modified_on)))


def count_by_status(instances: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The number of instances of each status."""
    return {status: sum(each["status"] == status for each in instances) for status in sorted(STATUSES)}


def chosen(
    instances: Sequence[Mapping[str, Any]],
    status: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> list[Mapping[str, Any]]:
    """The instances of a status that were created between two times, the newest first."""
    found = [
        each
        for each in instances
        if status in (None, each["status"])
        and (start is None or _parsed(each["created_on"]) >= start)
        and (end is None or _parsed(each["created_on"]) <= end)
    ]
    return sorted(found, key=lambda each: (str(each["created_on"]), str(each["id"])), reverse=True)


def refusal(message: str) -> RestError:
    """The API's refusal for these words of the engine."""
    if "instance.not_found" in message or "never started" in message:
        return RestError("workflows.api.error.instance.not_found", status=404, code=NO_SUCH_INSTANCE)
    if "instance.already_exists" in message:
        return RestError("workflows.api.error.instance.already_exists", status=409, code=INSTANCE_EXISTS)
    if "invalid id" in message or "instance.invalid_id" in message:
        return RestError("workflows.api.error.instance.invalid_id", code=INVALID)
    if "instance.cannot_" in message:
        return RestError(message, status=409, code=REFUSED)
    return RestError(message, status=424, code=REFUSED)


async def _delete(request: web.Request, workflow: Workflow, instances: Sequence[str]) -> dict[str, Any]:
    return await _call(request, workflow, "delete", {"instances": instances})


async def _call(
    request: web.Request, workflow: Workflow, call: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    operations = context_of(request).operations
    try:
        return await operations.call_workflow(workflow.script, call, {"workflow": workflow.name, **body})
    except WorkflowRefused as error:
        raise refusal(error.message) from error


def _instance_json(workflow: Workflow, instance: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **instance,
        "modified_on": instance["created_on"],
        "workflow_id": workflow.id,
        "version_id": version_id(workflow),
    }


def _page(
    request: web.Request, found: Sequence[Mapping[str, Any]]
) -> tuple[Sequence[Mapping[str, Any]], dict[str, Any]]:
    """A page by its number, or by the cursor that the page before gave: Cloudflare has both."""
    number = whole_number(request, "cursor" if "cursor" in request.query else "page", 1, maximum=10**9)
    size = whole_number(request, "per_page", 25, maximum=100)
    page = found[(number - 1) * size : number * size]
    info = {"page": number, "per_page": size, "count": len(page), "total_count": len(found)}
    following = {"cursor": str(number + 1)} if number * size < len(found) else {}
    return page, {**info, "total_pages": -(-len(found) // size), **following}


def _time(request: web.Request, name: str) -> datetime | None:
    """A time in the query."""
    text = request.query.get(name)
    try:
        return _parsed(text) if text else None
    except ValueError as error:
        raise RestError(f"`{text}` in `{name}` is not a time in ISO 8601.", code=INVALID) from error


def _parsed(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


ROUTES = [
    Route("GET", INSTANCES, list_instances),
    Route("POST", INSTANCES, create_instance),
    Route("PUT", INSTANCES + "/terminate", terminate_instances),
    Route("POST", INSTANCES + "/batch/delete", delete_instances),
    Route("GET", INSTANCE, show_instance),
    Route("DELETE", INSTANCE, delete_instance),
    Route("PATCH", INSTANCE + "/status", change_status),
    Route("POST", INSTANCE + "/events/{type}", send_event),
]
