"""`analytics_engine`: takes data points by miniflare's Worker, which drops them, as under `wrangler dev`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.products.needs import needed_workers
from pywrangler.local.workerd.capnp import Embed, Value
from pywrangler.local.workerd.records import WorkerSpec

MODULE = "analytics-engine:binding"


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """The module that has the interface."""
    file = needed_workers(binding, spec).file("analytics-engine/analytics-engine")
    inner: Value = [{"name": "dataset", "json": json.dumps(binding.get("dataset") or binding["name"])}]
    module: Value = {"name": MODULE, "esModule": Embed(file), "internal": True}
    return Attachment(
        {"wrapped": {"moduleName": MODULE, "innerBindings": inner}}, extensions=({"modules": [module]},)
    )
