"""The `workerd` that holds the values of all KV namespaces: one process, apart from all Workers.

workerd (2026-11) includes a KV, `/workerd/kv.js`, which takes the namespace from its props. A namespace needs
no configuration, so one can be added while it runs.
"""

from __future__ import annotations

from pathlib import Path

from pywrangler.local.workerd.bindings.links import OWN_COMPATIBILITY_DATE, own_modules
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.config import RuntimeConfig, config_text
from pywrangler.local.workerd.products.sockets import calls_socket, control_socket, control_worker, disk

VALUES_SERVICE = "kv"


def plan_kv(objects: Path, blobs: Path, control: Path) -> RuntimeConfig:
    """The configuration. Directories: `objects` for keys and small values, `blobs` for values above 64 KB."""
    services: list[Value] = [
        {"name": VALUES_SERVICE, "worker": _kv_worker()},
        disk("objects", objects),
        disk("blobs", blobs),
        control_worker(("kv.js", "targets.js"), {"name": "CALLS", "service": VALUES_SERVICE}),
    ]
    sockets: list[Value] = [control_socket(control), calls_socket(VALUES_SERVICE)]
    return RuntimeConfig(config_text({"services": services, "sockets": sockets}), {})


def _kv_worker() -> Value:
    return {
        "modules": [
            *own_modules("kv_calls.js", "targets.js"),
            {"name": "kv.js", "bundled": "/workerd/kv.js"},
        ],
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
        "bindings": [
            {"name": "SHARD", "durableObjectNamespace": "KVNamespace"},
            {"name": "BLOBS", "service": "blobs"},
        ],
        "durableObjectNamespaces": [{"className": "KVNamespace", "uniqueKey": "kv", "enableSql": True}],
        "durableObjectStorage": {"localDisk": "objects"},
    }
