"""Workflows of a Worker: which it has, and what is sent to the API about each after the upload. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pywrangler.config.records import Configuration
from pywrangler.errors import UsageError

NAME = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_-]{0,63}")
OWN_FIELDS = ("limits", "concurrency", "schedules", "default_retention", "jurisdiction")
"""Settings of a Workflow, which only the Worker that has its class may give."""


def own_workflows(configuration: Configuration) -> dict[str, dict[str, Any]]:
    """The Workflows whose class the Worker has, of `workflows` and `exports`: the request about each, by
    name. In Wrangler's form (4.164).

    Raises `UsageError` for settings of one whose class is in another Worker, and for two that contradict.
    """
    found, exported = {}, exported_workflows(configuration)
    for entry in configuration.cloudflare.get("workflows") or ():
        if entry["name"] in exported:
            _check_same(configuration.name, entry, exported[entry["name"]]["class_name"])
        elif entry.get("script_name") in (None, configuration.name):
            found[entry["name"]] = _request(configuration.name, entry)
        elif settings := _settings(entry):
            raise UsageError(
                f"The Workflow `{entry['name']}` has `{settings[0]}`, but its class is in the Worker"
                f" `{entry['script_name']}`.",
                hint=f"Move `{settings[0]}` to the configuration of that Worker.",
            )
    return found | {name: _request(configuration.name, entry) for name, entry in exported.items()}


def exported_workflows(configuration: Configuration) -> dict[str, dict[str, Any]]:
    """The entries of `exports` that are Workflows, with their classes, by the Workflows' names."""
    found: dict[str, dict[str, Any]] = {}
    for class_name, entry in configuration.exports.items():
        if entry.get("type") != "workflow":
            continue
        name = entry.get("name")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            shown = "has no `name`" if name is None else f"has the `name` {name!r}, which cannot be one"
            raise UsageError(
                f"`exports.{class_name}` {shown}.",
                hint="Use 1 to 64 letters, digits, hyphens and underscores, and do not begin with a hyphen.",
            )
        if name in found:
            other = found[name]["class_name"]
            raise UsageError(
                f"`exports.{other}` and `exports.{class_name}` have the same name, `{name}`.",
                hint="Give one of them another `name`.",
            )
        found[name] = {**entry, "class_name": class_name}
    return found


def _check_same(worker: str, entry: Mapping[str, Any], class_name: str) -> None:
    """Refuse a binding that says something else than the export of the same Workflow."""
    name = entry["name"]
    if entry.get("script_name") not in (None, worker):
        raise UsageError(
            f"`exports.{class_name}` declares the Workflow `{name}`, but a binding says that the Worker"
            f" `{entry['script_name']}` has it.",
            hint="Remove `script_name` from the binding, or give the export another `name`.",
        )
    if entry["class_name"] != class_name:
        raise UsageError(
            f"The Workflow `{name}` has the class `{entry['class_name']}` in `workflows`, and"
            f" `{class_name}` in `exports`.",
            hint="Write the same class in both places.",
        )
    if settings := _settings(entry):
        raise UsageError(
            f"The Workflow `{name}` has `{settings[0]}` in `workflows`, but it is declared by"
            f" `exports.{class_name}`.",
            hint=f"Move `{settings[0]}` to `exports.{class_name}`.",
        )


def _settings(entry: Mapping[str, Any]) -> list[str]:
    return [name for name in OWN_FIELDS if entry.get(name)]


def _request(worker: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    request = {"script_name": worker, "class_name": entry["class_name"]}
    request |= {name: entry[name] for name in OWN_FIELDS if entry.get(name)}
    if schedules := entry.get("schedules"):
        crons = [schedules] if isinstance(schedules, str) else schedules
        request["schedules"] = [{"cron": cron} for cron in crons]
    return request
