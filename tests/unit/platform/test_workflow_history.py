"""Instances of Workflows as the API shows them, by value."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pywrangler.local.rest.workflows.history import describe
from pywrangler.local.rest.workflows.instances import chosen, count_by_status, refusal


def event(at: int, kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "timestamp": at * 1000, "eventId": at, **fields}


def at(seconds: int) -> str:
    return f"1970-01-01T00:00:{seconds:02}.000000Z"


FAILURE = {"name": "Error", "message": "no"}
EVENTS = [
    event(1, "workflow_queued"),
    event(2, "workflow_started", params={"a": 1}),
    event(2, "workflow_running"),
    event(3, "step_started", stepName="pay-1", config={"timeout": 5}),
    event(3, "attempt_started", stepName="pay-1", attempt=1),
    event(4, "attempt_errored", stepName="pay-1", attempt=1, error=FAILURE),
    event(5, "attempt_started", stepName="pay-1", attempt=2),
    event(6, "attempt_completed", stepName="pay-1", attempt=2),
    event(6, "step_completed", stepName="pay-1", output=7),
    event(7, "sleep_started", stepName="nap-1", durationMs=1000),
    event(8, "sleep_completed", stepName="nap-1"),
    event(8, "wait_started", stepName="mail-1", eventType="mail"),
    event(9, "wait_timed_out", stepName="mail-1"),
    event(9, "rollback_started"),
    event(9, "rollback_step_started", stepName="pay-1"),
    event(9, "workflow_errored", error=FAILURE),
]


def test_a_history_becomes_steps_and_attempts() -> None:
    found = describe({"status": "errored", "output": None, "error": FAILURE, "events": EVENTS}, "v")
    pay, nap, mail = found.pop("steps")
    assert found == {
        "status": "errored",
        "params": {"a": 1},
        "trigger": {"source": "binding"},
        "versionId": "v",
        "queued": at(1),
        "start": at(2),
        "end": at(9),
        "success": False,
        "step_count": 3,
        "error": FAILURE,
        "output": None,
    }
    assert pay == {
        "name": "pay-1",
        "type": "step",
        "start": at(3),
        "end": at(6),
        "success": True,
        "config": {"timeout": 5},
        "output": 7,
        "attempts": [
            {"start": at(3), "end": at(4), "success": False, "error": FAILURE},
            {"start": at(5), "end": at(6), "success": True, "error": None},
        ],
    }
    assert (nap["end"], nap["finished"], nap["error"]) == (at(8), True, None)
    assert (mail["type"], mail["end"], mail["error"]["name"]) == (
        "waitForEvent",
        at(9),
        "WorkflowTimeoutError",
    )


def test_an_instance_that_runs_has_no_end() -> None:
    found = describe({"status": "running", "events": EVENTS[:5]}, "v")
    assert (found["end"], found["success"], found["steps"][0]["success"]) == (None, None, None)
    assert found["steps"][0]["attempts"] == [{"start": at(3), "end": None, "success": None, "error": None}]
    assert describe({"status": "queued", "events": []}, "v")["queued"] is None


def test_instances_are_chosen_by_status_and_time() -> None:
    instances = [
        {"id": str(day), "status": status, "created_on": f"2026-01-0{day}T12:00:00.000Z"}
        for day, status in ((1, "complete"), (3, "running"), (2, "running"))
    ]
    assert [each["id"] for each in chosen(instances)] == ["3", "2", "1"]
    assert [each["id"] for each in chosen(instances, "running")] == ["3", "2"]
    start, end = (datetime(2026, 1, day, 12, tzinfo=UTC) for day in (2, 3))
    assert [each["id"] for each in chosen(instances, start=start)] == ["3", "2"]
    assert [each["id"] for each in chosen(instances, end=start)] == ["2", "1"]
    assert [each["id"] for each in chosen(instances, "complete", start, end)] == []
    counts = count_by_status(instances)
    assert (counts["running"], counts["complete"], counts["paused"]) == (2, 1, 0)


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        ("instance.not_found", 404, 10400),
        ("WorkflowError: (instance.not_found) Instance does not exist", 404, 10400),
        ('WorkflowError: (instance.already_exists) Workflow instance with id "x" already exists', 409, 10405),
        ("WorkflowError: Workflow instance has invalid id", 400, 10201),
        ("WorkflowError: (instance.cannot_restart) Step not found", 409, 10001),
        ("The Worker that runs has no Workflow x.", 424, 10001),
    ],
)
def test_what_the_engine_refuses_has_a_status(message: str, status: int, code: int) -> None:
    found = refusal(message)
    assert (found.status, found.code) == (status, code)
