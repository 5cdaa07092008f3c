"""Workflows of a Worker: which it has, and what the API is told of each after the upload. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.config.records import Configuration
from pywrangler.errors import UsageError

OWN_FIELDS = ("limits", "concurrency", "schedules", "default_retention", "jurisdiction")
"""Settings of a Workflow, which only the Worker that has its class may give."""


def own_workflows(configuration: Configuration) -> dict[str, dict[str, Any]]:
    """The Workflows whose class the Worker has: the request about each, by name. In Wrangler's form (4.164).

    Raises `UsageError` for settings of one whose class is in another Worker.
    """
    found = {}
    for entry in configuration.cloudflare.get("workflows") or ():
        if entry.get("script_name") in (None, configuration.name):
            found[entry["name"]] = _request(configuration.name, entry)
        elif settings := [name for name in OWN_FIELDS if entry.get(name)]:
            raise UsageError(
                f"The Workflow `{entry['name']}` has `{settings[0]}`, but its class is in the Worker"
                f" `{entry['script_name']}`.",
                hint=f"Move `{settings[0]}` to the configuration of that Worker.",
            )
    return found


def _request(worker: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    request = {"script_name": worker, "class_name": entry["class_name"]}
    request |= {name: entry[name] for name in OWN_FIELDS if entry.get(name)}
    if schedules := entry.get("schedules"):
        crons = [schedules] if isinstance(schedules, str) else schedules
        request["schedules"] = [{"cron": cron} for cron in crons]
    return request
