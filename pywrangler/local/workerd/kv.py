"""The `workerd` that holds the values of all KV namespaces: one process, apart from all Workers.

workerd (2026-11) includes a KV, `/workerd/kv.js`, which takes the namespace from its props. Workers reach it
through its debug port (see scripts/links.js), the platform through its control socket (see
scripts/kv.js). A namespace needs no configuration, so one can be added while it runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pywrangler.local.workerd.bindings.links import CONTROL_SERVICE, OWN_COMPATIBILITY_DATE, own_modules
from pywrangler.local.workerd.capnp import Value, Void
from pywrangler.local.workerd.config import CONTROL_SOCKET, RuntimeConfig, config_text


def plan_kv(objects: Path, blobs: Path, control: Path) -> RuntimeConfig:
    """The configuration. Directories: `objects` for keys and small values, `blobs` for values above 64 KB."""
    config: Mapping[str, Value] = {
        "services": [
            {"name": "kv", "worker": _kv_worker()},
            {"name": "objects", "disk": {"path": str(objects), "writable": True}},
            {"name": "blobs", "disk": {"path": str(blobs), "writable": True}},
            {"name": CONTROL_SERVICE, "worker": _control_worker()},
        ],
        "sockets": [
            {
                "name": CONTROL_SOCKET,
                "address": f"unix:{control}",
                "http": {},
                "service": CONTROL_SERVICE,
            }
        ],
    }
    return RuntimeConfig(config_text(config), {})


def _kv_worker() -> Value:
    return {
        "modules": [{"name": "kv.js", "bundled": "/workerd/kv.js"}],
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
        "bindings": [
            {"name": "SHARD", "durableObjectNamespace": "KVNamespace"},
            {"name": "BLOBS", "service": "blobs"},
        ],
        "durableObjectNamespaces": [{"className": "KVNamespace", "uniqueKey": "kv", "enableSql": True}],
        "durableObjectStorage": {"localDisk": "objects"},
    }


def _control_worker() -> Value:
    return {
        "modules": own_modules("kv.js", "presence.js"),
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
        "bindings": [{"name": "PROCESSES", "workerdDebugPort": Void()}],
    }
