"""`analytics_engine`: the platform writes the data points to a file of their dataset."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.links import (
    OWN_COMPATIBILITY_DATE,
    PLATFORM_BINDING,
    SCRIPTS,
    own_modules,
    platform_service,
)
from pywrangler.local.workerd.capnp import Embed, Value
from pywrangler.local.workerd.records import WorkerSpec

STORE_SERVICE = "analytics-store"
MODULE = "analytics-engine:binding"


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """The module that has the interface, in front of a way to the platform."""
    dataset = str(binding.get("dataset") or binding["name"])
    props = {"json": json.dumps({"dataset": dataset})}
    store: Value = {
        "modules": own_modules("analytics.js"),
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
        "bindings": [PLATFORM_BINDING],
    }
    inner: Value = [
        {"name": "dataset", "json": json.dumps(dataset)},
        {"name": "store", "service": {"name": STORE_SERVICE, "entrypoint": "Dataset", "props": props}},
    ]
    module: Value = {"name": MODULE, "esModule": Embed(SCRIPTS / "dataset.js"), "internal": True}
    return Attachment(
        {"wrapped": {"moduleName": MODULE, "innerBindings": inner}},
        services=({"name": STORE_SERVICE, "worker": store}, platform_service(spec)),
        extensions=({"modules": [module]},),
    )
