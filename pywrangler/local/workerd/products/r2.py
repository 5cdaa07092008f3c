"""The `workerd` that holds R2 buckets: one process, apart from all Workers.

The Worker that keeps the buckets is miniflare's (5.20261117), wired as there: Wrangler's local development
runs the same one. A bucket is a Durable Object: its SQLite database has the keys, and the values are files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pywrangler.local.workerd.capnp import Embed, Value
from pywrangler.local.workerd.config import RuntimeConfig, config_text
from pywrangler.local.workerd.products.sockets import control_socket, control_worker, disk
from pywrangler.local.workerd.records import ProductWorkers

BUCKETS_SERVICE = "r2"
"""Takes the requests of R2's binding; the bucket is named in its props."""
_OBJECTS_SERVICE = "r2-objects"
_FILES_SERVICE = "r2-files"
_COMPATIBILITY: dict[str, Any] = {
    "compatibilityDate": "2023-07-24",
    "compatibilityFlags": ["nodejs_compat", "experimental"],
}


def plan_r2(folder: Path, control: Path, workers: ProductWorkers) -> RuntimeConfig:
    """The configuration. `folder` keeps the buckets; the platform calls the socket `control`."""
    return RuntimeConfig(
        config_text(
            {
                "services": [
                    {"name": BUCKETS_SERVICE, "worker": _entry(workers)},
                    {"name": _OBJECTS_SERVICE, "worker": _objects(workers)},
                    disk(_FILES_SERVICE, folder),
                    control_worker("r2.js"),
                ],
                "sockets": [control_socket(control)],
                "extensions": [{"modules": _shared_modules(workers)}],
            }
        ),
        {},
    )


def _entry(workers: ProductWorkers) -> Value:
    namespace: Value = {"className": "R2BucketObject", "serviceName": _OBJECTS_SERVICE}
    return {
        "modules": [{"name": workers.object_entry.name, "esModule": Embed(workers.object_entry)}],
        **_COMPATIBILITY,
        "bindings": [{"name": "MINIFLARE_OBJECT", "durableObjectNamespace": namespace}],
    }


def _objects(workers: ProductWorkers) -> Value:
    return {
        "modules": [{"name": workers.r2_bucket.name, "esModule": Embed(workers.r2_bucket)}],
        **_COMPATIBILITY,
        "bindings": [{"name": "MINIFLARE_BLOBS", "service": _FILES_SERVICE}],
        "durableObjectNamespaces": [{"className": "R2BucketObject", "uniqueKey": "r2"}],
        "durableObjectStorage": {"localDisk": _FILES_SERVICE},
    }


def _shared_modules(workers: ProductWorkers) -> Value:
    return [
        {"name": "miniflare:shared", "esModule": Embed(workers.shared)},
        {"name": "miniflare:zod", "esModule": Embed(workers.zod)},
    ]
