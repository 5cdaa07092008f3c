"""Bindings to products that only Cloudflare has. They exist, and each use fails with a sentence that says
why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.links import OWN_COMPATIBILITY_DATE, own_modules
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.records import WorkerSpec

SERVICE = "absent"

TITLES: Mapping[str, str] = {
    "agent_memory": "Agent Memory",
    "ai_search": "AI Search",
    "ai_search_namespace": "AI Search",
    "analytics": "Analytics SQL",
    "artifacts": "Artifacts",
    "flagship": "feature flags",
    "k2": "K2",
    "media": "Media",
    "stream": "Stream",
    "vectorize": "Vectorize",
    "vpc_network": "VPC networks",
    "vpc_service": "VPC services",
    "websearch": "web search",
}
"""What a type of binding is of, for products that only Cloudflare has."""
REMOTE = frozenset(
    (
        *("agent_memory", "ai_search", "ai_search_namespace", "artifacts", "flagship", "media", "stream"),
        *("vectorize", "vpc_service"),
    )
)
"""Types that can lead to an account."""


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:  # noqa: ARG001 - as every kind's
    """A service whose every method fails."""
    kind = str(binding["type"])
    title = TITLES.get(kind, f"bindings of type `{kind}`")
    reason = f"The local platform has no {title}, which the binding {binding['name']} needs."
    if binding["type"] in REMOTE:
        reason += (
            " With `remote: true` in its entry and a stored login it leads to your account at Cloudflare."
        )
    return Attachment({"service": _designator(reason)}, services=(_service(),))


def attach_remote(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:  # noqa: ARG001 - the same
    """The same with the reason that Wrangler's `dev` (4.164) gives for what only Cloudflare has."""
    reason = f"Binding {binding['name']} needs to be run remotely"
    return Attachment({"service": _designator(reason)}, services=(_service(),))


def _designator(reason: str) -> Value:
    return {"name": SERVICE, "entrypoint": "Absent", "props": {"json": json.dumps({"reason": reason})}}


def _service() -> Mapping[str, Value]:
    worker: Value = {"modules": own_modules("absent.js"), "compatibilityDate": OWN_COMPATIBILITY_DATE}
    return {"name": SERVICE, "worker": worker}
