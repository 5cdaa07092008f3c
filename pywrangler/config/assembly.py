"""Puts the checked parts of one environment together into a `Configuration`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pywrangler.config.bindings import read_bindings
from pywrangler.config.environments import Section
from pywrangler.config.local_address import read_local_address
from pywrangler.config.parts import Parts
from pywrangler.config.records import Configuration
from pywrangler.config.schema import ROOT
from pywrangler.config.schema.other_products import CLOUDFLARE_BINDINGS


def assemble(section: Section, parts: Parts) -> Configuration | None:
    """The configuration of this environment; None if a required field is missing."""
    if parts.required.name is None or parts.code is None:
        return None
    top = section.top
    return replace(
        parts.code,
        containers=parts.containers,
        assets=parts.assets,
        mentions_containers=section.get("containers") is not None,
        cloudflare=_for_cloudflare(section, has_code=parts.required.has_code),
        unused=parts.unused,
        target_environment=top.text("targetEnvironment"),
        has_environments=any(node and node.value for node in map(top.get, ("env", "definedEnvironments"))),
        top_level_name=top.text("topLevelName") or top.text("name") or parts.required.name,
        **(read_bindings(section) if parts.required.has_code else {}),
        **_settings(section),
    )


def _settings(section: Section) -> dict[str, Any]:
    crons = section.at("triggers", "crons")
    engine = section.at("dev", "container_engine")
    socket = section.at("dev", "container_engine", "localDocker", "socketPath") or engine
    observability = section.get("observability")
    return {
        "crons": tuple(node.value for node in crons.elements()) if crons else None,
        "account_id": section.text("account_id") or None,
        "workers_dev": section.flag("workers_dev"),
        "observability": dict(observability.value) if observability else None,
        "keep_vars": section.flag("keep_vars") or False,
        "container_engine": socket.value if socket else None,
        "dev": read_local_address(section),
    }


def _for_cloudflare(section: Section, *, has_code: bool) -> dict[str, Any]:
    nodes = {field.name: section.get(field.name) for field in ROOT.fields if field.use == "cloudflare"}
    if nodes["routes"] is not None:
        nodes["route"] = None  # one of the two is inherited; `routes` wins, as with Wrangler
    nodes["code_update_strategy"] = section.at("durable_objects", "code_update_strategy")
    return {
        name: node.value
        for name, node in nodes.items()
        if node is not None and (has_code or name not in CLOUDFLARE_BINDINGS)
    }
