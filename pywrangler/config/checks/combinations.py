"""Checks which values of fields go together, if the schema cannot say it: fields that need or exclude each
other. Source: Wrangler 4.164.0's validation.

What is about routes, containers and their classes is checked elsewhere (`routes`, `containers`,
`class_checks`).
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping

from pywrangler.config.environments import Section
from pywrangler.config.problems.report import Report
from pywrangler.config.schema.other_products import OLDER_SYNTAX, says_nothing
from pywrangler.config.syntax.document import Node
from pywrangler.spelling import quoted

PLACES = ("region", "host", "hostname")
RATE_PERIODS = (10, 60)
OBSERVED = ("logs", "traces", "issues")
_STATES_WITH_STORAGE = (None, "created", "expecting-transfer")


def check_combinations(section: Section, report: Report) -> None:
    """Reports what does not go together in this environment."""
    _check_placement(section.get("placement"), report)
    _check_observability(section.get("observability"), report)
    _check_bindings(section, report)
    if variables := section.get("vars"):
        _check_variables(variables, report)
    for _, export in _entries(section, "exports"):
        _check_storage(export, report)
    _check_older_syntax(section, report)


def _check_older_syntax(section: Section, report: Report) -> None:
    for name in OLDER_SYNTAX:
        if (node := section.get(name)) and not says_nothing(name, node.value):
            message = f"`{node}` is for Workers in the older syntax, and this one is an ES module"
            report.error(
                "older-syntax", message, node.key_place, "Remove it, and import the files in the code."
            )


def _entries(section: Section, name: str) -> list[tuple[str, Node]]:
    node = section.get(name)
    return [*node.entries()] if node else []


def _check_placement(node: Node | None, report: Report) -> None:
    if node is None or not isinstance(node.value, Mapping):
        return
    mode, hint = node.get("mode"), node.get("hint")
    places = [name for name in PLACES if node.get(name)]
    wanted = "targeted" if places else "smart"
    if hint and places:
        message = f'"{hint}" is for the mode "smart", and "{node}.{places[0]}" for "targeted"'
        report.error("placement-contradiction", message, hint.key_place, "Remove one of them.")
    elif mode is None and not places:
        report.error("placement-without-mode", f'"{node}" has no "mode"', node.place, 'Add "mode": "smart".')
    elif mode and mode.value == "targeted" and not places:
        message = f'"{node}" does not name a place'
        report.error("placement-without-place", message, node.place, f"Add one of {quoted(PLACES)}.")
    elif mode and (hint or places) and mode.value != wanted:
        name = places[0] if places else "hint"
        message = f'"{node}.{name}" is for the mode "{wanted}", and "{mode}" is "{mode.value}"'
        report.error("placement-contradiction", message, mode.place, "Remove one of them.")
    _at_most_one(node, PLACES, report)


def _check_observability(node: Node | None, report: Report) -> None:
    if node is None or not isinstance(node.value, Mapping):
        return
    parts = (node, *(node.get(name) for name in OBSERVED))
    if not any(part and part.get("enabled") for part in parts):
        message = f'"{node}" has no "enabled"'
        report.error("observability-undecided", message, node.place, 'Add "enabled": true, or remove it.')


def _check_bindings(section: Section, report: Report) -> None:
    for node in section.children("send_email"):
        _at_most_one(node, ("destination_address", "allowed_destination_addresses"), report)
    for node in section.children("vpc_networks"):
        _at_most_one(node, ("tunnel_id", "network_id"), report)
        if not (node.get("tunnel_id") or node.get("network_id")):
            message = f'"{node}" has neither "tunnel_id" nor "network_id"'
            report.error("binding-incomplete", message, node.place)
    for node in section.children("durable_objects", "bindings"):
        if (environment := node.get("environment")) and node.get("script_name") is None:
            message = f'"{environment}" is for another Worker, but "{node}" has no "script_name"'
            report.error("binding-incomplete", message, environment.key_place)
    for node in section.children("ratelimits"):
        period = node.at("simple", "period")
        if period and isinstance(period.value, int) and period.value not in RATE_PERIODS:
            report.error("rate-period", f'"{period}" is {period.value}, and must be 10 or 60', period.place)
    for node in section.children("unsafe", "bindings"):
        for name in ("name", "type"):
            if not node.text(name):
                report.error("binding-incomplete", f'"{node}" has no string "{name}"', node.place)


def _check_variables(variables: Node, report: Report) -> None:
    """Reports values that JSON does not have, at any depth."""
    open_nodes = [variables]
    while open_nodes:
        node = open_nodes.pop()
        value = node.value
        open_nodes += [*(entry for _, entry in node.entries()), *node.elements()]
        if isinstance(value, (datetime.date, datetime.time)):
            text = f'"{value.isoformat()}"'
            message = f'"{node}" is a date, and variables are strings or JSON'
            report.error(
                "date-in-vars", message, node.place, f"Put it in quotes: {text}.", node.replace(text)
            )
        elif isinstance(value, float) and not math.isfinite(value):
            message = f'"{node}" is {value}, and JSON has no such number'
            report.error("number-in-vars", message, node.place, "Put it in quotes, or remove it.")


def _check_storage(export: Node, report: Report) -> None:
    is_live = export.text("type") == "durable-object" and export.text("state") in _STATES_WITH_STORAGE
    if is_live and export.get("storage") is None:
        message = f'"{export}" has no "storage"'
        report.error("storage-missing", message, export.place, 'Add "storage": "sqlite".')


def _at_most_one(node: Node, names: tuple[str, ...], report: Report) -> None:
    given = [field for name in names if (field := node.get(name))]
    if len(given) > 1:
        message = f'"{given[0]}" and "{given[1]}" exclude each other'
        report.error("fields-excluded", message, given[1].key_place, "Remove one of them.")
