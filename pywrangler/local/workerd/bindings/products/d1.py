"""`d1`: a database that all Workers and the command line share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.calls import call
from pywrangler.local.workerd.bindings.links import link
from pywrangler.local.workerd.records import WorkerSpec

RPC_FLAG = "d1_binding_jsrpc"
"""With it the binding calls by RPC (workerd 2026-11), which does not go over HTTP."""


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """A way to the one `workerd` that holds all databases, behind the module that has D1's interface."""
    database = str(binding["id"])
    if RPC_FLAG in spec.compatibility_flags:
        props = {"socket": str(spec.shared.products["d1"]), "database": database}
        way = link("service", "Database", props, spec)
    else:
        way = call("service", "d1", database, spec)
    return way.wrapped("cloudflare-internal:d1-api", "fetcher")
