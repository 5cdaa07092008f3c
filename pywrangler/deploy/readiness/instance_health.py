"""Finds the reason why instances are delayed, from the API's facts about them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

BAD_STATES = ("failed", "unhealthy")
BAD_EVENTS = (
    "ImagePullError",
    "NetworkingIPAssignmentFailed",
    "RuntimeStartFailed",
    "VMFailed",
    "VMFailedToStart",
)
"""Cloudflare's names for events of a placement after which no container runs there."""
MOST_LINES = 5
"""Instances usually fail for one reason, so a few of them are enough."""


def describe_trouble(instances: Iterable[Mapping[str, Any]], version: int | None) -> list[str]:
    """A line for each instance of the application's `version` (None: of any) that does not run, and why."""
    lines = [
        line
        for instance in instances
        if version is None or instance.get("app_version") in (None, version)
        if (line := _describe(instance)) is not None
    ]
    more = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], f"and {more} more"] if more > 0 else lines


def _describe(instance: Mapping[str, Any]) -> str | None:
    placement = instance.get("current_placement") or {}
    status = placement.get("status") or {}
    state = status.get("container_status") or status.get("health")
    event = _last_bad_event(placement.get("events") or ())
    if state not in BAD_STATES and event is None:
        return None
    where = instance.get("location")
    what = f"instance {instance.get('id')}{f' ({where})' if where else ''}: {state or 'not running'}"
    reason = event or status.get("reason") or status.get("message")
    return f"{what}: {reason}" if reason else what


def _last_bad_event(events: Iterable[Mapping[str, Any]]) -> str | None:
    """The newest event that explains a failure; a container that started since then takes it back."""
    found = None
    for event in sorted(events, key=lambda event: str(event.get("time"))):
        if event.get("name") == "ContainerStarted":
            found = None
        elif event.get("name") in BAD_EVENTS:
            message = event.get("message")
            found = f"{event['name']}: {message}" if message else str(event["name"])
    return found
