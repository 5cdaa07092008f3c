"""Ids that were copied from a manual and never filled in."""

from __future__ import annotations

import re

from pywrangler.config.environments import Section
from pywrangler.config.problems.report import Report
from pywrangler.config.syntax.document import Node

_PLACEHOLDER = re.compile(r"<.*>|\$?\{.*\}|(?:your|my|insert|replace)[-_ ].*|x{3,}|\.{3}|todo", re.IGNORECASE)
_IDS = {
    "kv_namespaces": "id",
    "d1_databases": "database_id",
    "hyperdrive": "id",
    "secrets_store_secrets": "store_id",
    "routes": "zone_id",
}


def check_placeholders(section: Section, report: Report) -> None:
    """Warns of placeholders in the place of ids."""
    nodes: list[Node | None] = [section.get("account_id")]
    for field, name in _IDS.items():
        nodes += [entry.get(name) for entry in section.children(field)]
    for node in nodes:
        if node and isinstance(node.value, str) and _PLACEHOLDER.fullmatch(node.value.strip()):
            message = f'"{node}" is "{node.value}", which looks like a placeholder'
            report.warning("placeholder", message, node.place, "Write the id itself.")
