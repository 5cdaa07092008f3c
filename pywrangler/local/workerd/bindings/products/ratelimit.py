"""`ratelimit`: counts in periods, by miniflare's Worker. The counts of a Worker are its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.products.needs import needed_workers
from pywrangler.local.workerd.capnp import Embed, Value
from pywrangler.local.workerd.product_workers import (
    NAMESPACE_PROPERTY,
    entry_worker,
    object_worker,
    shared_modules,
)
from pywrangler.local.workerd.records import WorkerSpec

ENTRY_SERVICE, OBJECTS_SERVICE = "ratelimit", "ratelimit-objects"
MODULE = "ratelimit:binding"
_CLASS = "RateLimiterObject"


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """The module that has the interface, in front of an object that counts."""
    workers = needed_workers(binding, spec)
    props = {NAMESPACE_PROPERTY: str(binding["namespace_id"])}
    fetcher: Value = {"name": ENTRY_SERVICE, "props": {"json": json.dumps(props)}}
    simple = binding["simple"]
    inner: list[Value] = [
        {"name": "fetcher", "service": fetcher},
        {"name": "limit", "json": json.dumps(simple["limit"])},
        {"name": "period", "json": json.dumps(simple["period"])},
    ]
    objects = object_worker(workers, "ratelimit/ratelimit-object", _CLASS, "ratelimit", "storage")
    module: Value = {"name": MODULE, "esModule": Embed(workers.file("ratelimit/ratelimit")), "internal": True}
    return Attachment(
        {"wrapped": {"moduleName": MODULE, "innerBindings": inner}},
        services=(
            {"name": ENTRY_SERVICE, "worker": entry_worker(workers, _CLASS, OBJECTS_SERVICE)},
            {"name": OBJECTS_SERVICE, "worker": objects},
        ),
        extensions=({"modules": [module]}, shared_modules(workers)),
    )
