"""Bindings to products that only Cloudflare has. They exist, and each use fails with a sentence that says
why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.links import OWN_COMPATIBILITY_DATE, SCRIPTS, own_modules
from pywrangler.local.workerd.capnp import Embed, Value
from pywrangler.local.workerd.records import WorkerSpec

SERVICE = "absent"
DISPATCH_MODULE = "dispatch-namespace:absent"

TITLES: Mapping[str, str] = {
    "agent_memory": "Agent Memory",
    "ai_search": "AI Search",
    "ai_search_namespace": "AI Search",
    "analytics": "Analytics SQL",
    "artifacts": "Artifacts",
    "dispatch_namespace": "dispatch namespaces",
    "flagship": "feature flags",
    "k2": "K2",
    "media": "Media",
    "mtls_certificate": "mTLS certificates",
    "stream": "Stream",
    "vectorize": "Vectorize",
    "vpc_network": "VPC networks",
    "vpc_service": "VPC services",
    "websearch": "web search",
}
"""What a type of binding is of, for products that only Cloudflare has."""


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:  # noqa: ARG001 - as every kind's
    """A service whose every method fails."""
    return Attachment({"service": _designator(binding)}, services=(_service(),))


def attach_dispatch_namespace(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:  # noqa: ARG001
    """A binding whose `get()` gives a Worker of which every method fails."""
    inner: Value = [{"name": "absent", "service": _designator(binding)}]
    module: Value = {"name": DISPATCH_MODULE, "esModule": Embed(SCRIPTS / "dispatch.js"), "internal": True}
    return Attachment(
        {"wrapped": {"moduleName": DISPATCH_MODULE, "innerBindings": inner}},
        services=(_service(),),
        extensions=({"modules": [module]},),
    )


def _designator(binding: Mapping[str, Any]) -> Value:
    title = TITLES[str(binding["type"])]
    reason = f"The local platform has no {title}, which the binding {binding['name']} needs."
    return {"name": SERVICE, "entrypoint": "Absent", "props": {"json": json.dumps({"reason": reason})}}


def _service() -> Mapping[str, Value]:
    worker: Value = {"modules": own_modules("absent.js"), "compatibilityDate": OWN_COMPATIBILITY_DATE}
    return {"name": SERVICE, "worker": worker}
