"""The `workerd` that holds the values of all KV namespaces: one process, apart from all Workers.

workerd (2026-11) includes a KV, `/workerd/kv.js`, which takes the namespace from its props. A namespace needs
no configuration, so one can be added while it runs.
"""

from __future__ import annotations

from pathlib import Path

from pywrangler.local.workerd.bindings.links import OWN_COMPATIBILITY_DATE, own_modules
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.cluster.membership import ClusterMembership
from pywrangler.local.workerd.config import RuntimeConfig, config_text
from pywrangler.local.workerd.products.sockets import calls_socket, control_socket, control_worker, disk

VALUES_SERVICE = "kv"
PLACES_SERVICE = "places"


def plan_kv(
    objects: Path, blobs: Path, control: Path, membership: ClusterMembership | None = None
) -> RuntimeConfig:
    """The configuration. Directories: `objects` for keys and small values, `blobs` for values above 64 KB.

    In a cluster both are in its bucket, where a value is seen on all nodes at once, and this process also has
    the places of all applications.
    """
    bindings: list[Value] = [{"name": "CALLS", "service": VALUES_SERVICE}]
    services: list[Value] = [{"name": VALUES_SERVICE, "worker": _kv_worker()}, disk("objects", objects)]
    if membership is None:
        services.append(disk("blobs", blobs))
    else:
        services += [
            {"name": "blobs", "bucket": {"path": "kv"}},
            {"name": PLACES_SERVICE, "worker": _places_worker()},
        ]
        bindings.append({"name": "PLACES", "service": PLACES_SERVICE})
    services.append(control_worker(("kv.js", "targets.js"), *bindings))
    sockets: list[Value] = [control_socket(control), calls_socket(VALUES_SERVICE)]
    text = config_text({"services": services, "sockets": sockets}, membership)
    return RuntimeConfig(text, {}, membership=membership)


def _places_worker() -> Value:
    return {
        "modules": own_modules("places.js"),
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
        "bindings": [{"name": "PLACES", "durableObjectNamespace": "Places"}],
        "durableObjectNamespaces": [{"className": "Places", "uniqueKey": "places", "enableSql": True}],
        "durableObjectStorage": {"localDisk": "objects"},
    }


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
