"""The history of an instance of a Workflow: the engine's events in the shape of Cloudflare's API. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pywrangler.local.rest.envelope import timestamp

TERMINAL = frozenset({"complete", "errored", "terminated"})
KINDS: Mapping[str, str] = {"step_started": "step", "sleep_started": "sleep", "wait_started": "waitForEvent"}
"""What begins with an event."""


def describe(found: Mapping[str, Any], version_id: str) -> dict[str, Any]:
    """An instance, from what scripts/flows.js gives: status, output, error and events."""
    events, status = found["events"], str(found["status"])
    started = _first(events, "workflow_started")
    last = _last(events, ("workflow_completed", "workflow_errored", "workflow_terminated"))
    steps = _steps(events)
    return {
        "status": status,
        "params": (started or {}).get("params"),
        "trigger": {"source": "binding"},
        "versionId": version_id,
        "queued": _time(_first(events, "workflow_queued")),
        "start": _time(started),
        "end": _time(last) if status in TERMINAL else None,
        "success": status == "complete" if status in TERMINAL else None,
        "steps": steps,
        "step_count": len(steps),
        "error": found.get("error"),
        "output": found.get("output"),
    }


def _steps(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Steps in the order in which they began. One that runs again after a crash stays one."""
    steps: dict[tuple[str, str], dict[str, Any]] = {}
    for event in events:
        name, kind = event.get("stepName"), str(event["type"])
        if name is None:
            continue
        if begun := KINDS.get(kind):
            steps.setdefault((begun, name), _new_step(begun, event))
            continue
        word, _, end = kind.partition("_")
        group = {"attempt": "step", "wait": "waitForEvent"}.get(word, word)
        step = steps.get((group, name))
        if step is not None:
            _continue(step, f"{word}_{end}", event)
    return [*steps.values()]


def _new_step(kind: str, event: Mapping[str, Any]) -> dict[str, Any]:
    step = {"name": event["stepName"], "type": kind, "start": _time(event), "end": None}
    if kind == "step":
        return {**step, "success": None, "config": event.get("config"), "attempts": []}
    return {**step, "finished": False, "error": None}


def _continue(step: dict[str, Any], what: str, event: Mapping[str, Any]) -> None:
    """Put one event of a step into it."""
    match what:
        case "attempt_started":
            step["attempts"].append({"start": _time(event), "end": None, "success": None, "error": None})
        case "attempt_completed" | "attempt_errored":
            for attempt in step["attempts"][-1:]:
                ended = {"end": _time(event), "success": what == "attempt_completed"}
                attempt.update(ended, error=event.get("error"))
        case "step_completed" | "step_errored":
            step.update(end=_time(event), success=what == "step_completed")
            if "output" in event:
                step["output"] = event["output"]
        case "sleep_completed" | "wait_completed":
            step.update(end=_time(event), finished=True)
        case "wait_timed_out":
            error = {"name": "WorkflowTimeoutError", "message": "no event came in time"}
            step.update(end=_time(event), finished=True, error=error)


def _first(events: Iterable[Mapping[str, Any]], kind: str) -> Mapping[str, Any] | None:
    return next((event for event in events if event["type"] == kind), None)


def _last(events: Sequence[Mapping[str, Any]], kinds: tuple[str, ...]) -> Mapping[str, Any] | None:
    return next((event for event in reversed(events) if event["type"] in kinds), None)


def _time(event: Mapping[str, Any] | None) -> str | None:
    """The time of an event, which the engine gives in milliseconds."""
    return timestamp(event["timestamp"] / 1000) if event else None
