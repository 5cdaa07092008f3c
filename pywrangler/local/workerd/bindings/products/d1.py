"""`d1`: a database that all Workers and the command line share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.links import link
from pywrangler.local.workerd.records import WorkerSpec


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """A way to the one `workerd` that holds all databases, behind the module that has D1's interface."""
    props = {"socket": str(spec.shared.products["d1"]), "database": str(binding["id"])}
    way = link("service", "Database", props, spec)
    return way.wrapped("cloudflare-internal:d1-api", "fetcher")
