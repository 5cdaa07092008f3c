"""Workflows over the REST API, with an engine that keeps instances in memory."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.local.rest.workflows.instances import refusal
from tests.local.rest.api import Api
from tests.local.rest.products.memory import WorkflowEngine

PATH = "/workflows/order"
INSTANCES = PATH + "/instances"


@pytest.fixture
def operations() -> WorkflowEngine:
    return WorkflowEngine()


@pytest.fixture
async def order(api: Api) -> dict[str, Any]:
    """The Workflow `order` of the Worker `shop`."""
    await api.upload("shop")
    body = {"script_name": "shop", "class_name": "Order"}
    found: dict[str, Any] = (await api.call("PUT", PATH, body)).result
    return found


def asked(operations: WorkflowEngine) -> list[Any]:
    """What the engine was asked, without the questions for all instances."""
    return [call[1:] for call in operations.calls if call[0] == "call_workflow"]


async def test_a_workflow_is_set_listed_shown_and_deleted(
    api: Api, order: dict[str, Any], operations: WorkflowEngine
) -> None:
    assert (order["name"], order["script_name"], order["class_name"]) == ("order", "shop", "Order")
    assert ("refresh_bindings", "shop") not in operations.calls
    operations.begin("one")
    operations.begin("two", "complete")
    shown = (await api.call("GET", PATH)).result
    counts = shown.pop("instances")
    assert shown == order
    assert {status: count for status, count in counts.items() if count} == {"running": 1, "complete": 1}
    listed = await api.call("GET", "/workflows?per_page=1")
    assert (listed.result, listed.body["result_info"]["total_count"]) == ([order], 1)
    (version,) = (await api.call("GET", PATH + "/versions")).result
    assert (version["workflow_id"], version["class_name"]) == (order["id"], "Order")

    changed = (await api.call("PUT", PATH, {"script_name": "shop", "class_name": "Second"})).result
    assert (changed["id"], changed["created_on"]) == (order["id"], order["created_on"])
    (second,) = (await api.call("GET", PATH + "/versions")).result
    assert second["id"] != version["id"]
    assert (await api.call("DELETE", PATH)).result == {"status": "ok", "success": True}
    assert asked(operations) == [("shop", "delete", {"workflow": "order", "instances": ["one", "two"]})]
    assert (await api.call("GET", PATH)).refusal == (404, 10200)


async def test_a_workflow_goes_although_its_worker_lost_the_class(
    api: Api, order: dict[str, Any], operations: WorkflowEngine
) -> None:
    operations.is_gone = True
    assert (await api.call("GET", PATH)).refusal == (424, 10001)
    assert (await api.call("DELETE", PATH)).status == 200
    assert (await api.call("GET", "/workflows")).result == []


async def test_what_the_engine_reads_at_its_start_restarts_it_and_stays_as_it_was_if_it_is_refused(
    api: Api, order: dict[str, Any], operations: WorkflowEngine
) -> None:
    body = {"script_name": "shop", "class_name": "Order", "schedules": [{"cron": "* * * * *"}]}
    assert (await api.call("PUT", PATH, body)).result["schedules"] == body["schedules"]
    assert operations.calls.count(("refresh_bindings", "shop")) == 1
    await api.call("PUT", PATH, body)
    assert operations.calls.count(("refresh_bindings", "shop")) == 1

    operations.failures["refresh_bindings"] = RuntimeError("not a cron expression")
    for name in ("order", "fresh"):
        refused = await api.call("PUT", f"/workflows/{name}", {**body, "schedules": [{"cron": "x"}]})
        assert refused.status == 500
    (kept,) = (await api.call("GET", "/workflows")).result
    assert (kept["name"], kept["schedules"]) == ("order", body["schedules"])


@pytest.mark.parametrize(
    ("name", "change", "status", "code"),
    [
        ("a%20b", {}, 400, 10201),
        ("-a", {}, 400, 10201),
        ("a" * 65, {}, 400, 10201),
        ("new", {"script_name": "nobody"}, 404, 10007),
        ("new", {"schedules": "* * * * *"}, 400, 10201),
        ("new", {"schedules": [{}]}, 400, 10201),
        ("new", {"schedules": ["* * * * *"]}, 400, 10201),
    ],
)
async def test_what_is_no_workflow_is_refused(
    api: Api, order: dict[str, Any], name: str, change: dict[str, Any], status: int, code: int
) -> None:
    body = {"script_name": "shop", "class_name": "Order", **change}
    assert (await api.call("PUT", f"/workflows/{name}", body)).refusal == (status, code)
    assert len((await api.call("GET", "/workflows")).result) == 1


async def test_an_instance_is_created_shown_changed_and_deleted(
    api: Api, order: dict[str, Any], operations: WorkflowEngine
) -> None:
    made = (await api.call("POST", INSTANCES, {"instance_id": "one", "params": {"a": 1}})).result
    assert (made["id"], made["status"], made["workflow_id"]) == ("one", "queued", order["id"])
    assert (await api.call("POST", INSTANCES, {"id": "one"})).refusal == (409, 10405)
    unnamed = (await api.call("POST", INSTANCES)).result["id"]
    assert len(unnamed) == 36
    one = f"{INSTANCES}/one"
    shown = (await api.call("GET", one)).result
    assert (shown["params"], shown["versionId"]) == ({"a": 1}, made["version_id"])
    body = {"status": "restart", "from": {"name": "pay"}, "rollback": True}
    assert (await api.call("PATCH", one + "/status", body)).result["status"] == "restartd"
    assert (await api.call("PATCH", one + "/status", {"status": "stop"})).refusal == (400, 10201)
    assert (await api.call("POST", one + "/events/paid", {"sum": 3})).result == {"success": True}
    assert (await api.call("POST", one + "/events/seen")).result == {"success": True}
    assert (await api.call("DELETE", one)).result == {"success": True}
    assert (await api.call("DELETE", one)).refusal == (404, 10400)
    for method, path, given in (("GET", one, None), ("POST", one + "/events/paid", 1)):
        assert (await api.call(method, path, given)).refusal == (404, 10400)

    flow = {"workflow": "order", "id": "one"}
    calls = [(call, said) for _, call, said in asked(operations)]
    assert ("create", {**flow, "params": {"a": 1}}) in calls
    changed = {**flow, "action": "restart", "rollback": True, "from": {"name": "pay"}}
    assert ("change", changed) in calls
    assert ("send", {**flow, "type": "paid", "payload": {"sum": 3}}) in calls
    assert ("send", {**flow, "type": "seen"}) in calls


async def test_instances_are_listed_newest_first_by_status_and_time(
    api: Api, order: dict[str, Any], operations: WorkflowEngine
) -> None:
    for day, status in ((1, "complete"), (2, "running"), (3, "running")):
        operations.begin(f"i{day}", status, day)
    for query, expected in (
        ("", ["i3", "i2", "i1"]),
        ("?status=running", ["i3", "i2"]),
        ("?date_start=2026-11-02", ["i3", "i2"]),
        ("?date_end=2026-11-02T00:00:00Z", ["i2", "i1"]),
        ("?per_page=2", ["i3", "i2"]),
        ("?per_page=2&page=2", ["i1"]),
        ("?per_page=2&cursor=2", ["i1"]),
    ):
        assert [each["id"] for each in (await api.call("GET", INSTANCES + query)).result] == expected, query
    info = (await api.call("GET", INSTANCES + "?per_page=2")).body["result_info"]
    assert info == {
        "page": 1,
        "per_page": 2,
        "count": 2,
        "total_count": 3,
        "total_pages": 2,
        "cursor": "2",
    }
    for query in ("status=gone", "date_start=yesterday", "date_start=2026-11-03&date_end=2026-11-02"):
        assert (await api.call("GET", f"{INSTANCES}?{query}")).refusal == (400, 10201)


async def test_many_instances_are_deleted_and_terminated_at_once(
    api: Api, order: dict[str, Any], operations: WorkflowEngine
) -> None:
    for name, status in (("a", "running"), ("b", "paused"), ("c", "complete")):
        operations.begin(name, status)
    assert (await api.call("PUT", INSTANCES + "/terminate?status=running")).result == {"status": "ok"}
    assert [said["id"] for _, _, said in asked(operations)] == ["a"]
    operations.refuses = "(instance.cannot_terminate) it ended"
    assert (await api.call("PUT", INSTANCES + "/terminate")).result == {"status": "ok"}
    operations.refuses = None
    gone = (await api.call("POST", INSTANCES + "/batch/delete", {"instances": ["a", "x"]})).result
    assert (gone["deleted"], [each["id"] for each in gone["errors"]]) == (["a"], ["x"])
    for wrong in ({}, {"instances": "a"}, {"instances": [1]}):
        assert (await api.call("POST", INSTANCES + "/batch/delete", wrong)).refusal == (400, 10201)


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        ("(instance.not_found) Provided id not found", 404, 10400),
        ("the instance was never started", 404, 10400),
        ("(instance.already_exists)", 409, 10405),
        ("(instance.invalid_id)", 400, 10201),
        ("(instance.cannot_pause) it is complete", 409, 10001),
        ("the engine is gone", 424, 10001),
    ],
)
def test_words_of_the_engine_become_refusals_of_the_api(message: str, status: int, code: int) -> None:
    refused = refusal(message)
    assert (refused.status, refused.code) == (status, code)
