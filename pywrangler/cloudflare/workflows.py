"""Workflows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.cloudflare.client import Client, segment

WORKFLOWS = "workflows"


def set_workflow(client: Client, name: str, request: Mapping[str, Any]) -> None:
    """Make a Workflow, or change it: `script_name`, `class_name` and its settings."""
    client.request("PUT", f"{WORKFLOWS}/{segment(name)}", json=dict(request))
