"""The `workerd` that holds R2 buckets: one process, apart from all Workers.

The Worker that keeps the buckets is miniflare's (5.20261117), connected as there: Wrangler's local
development runs the same one. A bucket is a Durable Object: its SQLite database has the keys, and the values
are files.
"""

from __future__ import annotations

from pathlib import Path

from pywrangler.local.workerd.bindings.links import (
    CONTROL_SERVICE,
    PLATFORM_BINDING,
    platform_at,
)
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.config import RuntimeConfig, config_text
from pywrangler.local.workerd.product_workers import object_worker, shared_modules
from pywrangler.local.workerd.products.sockets import calls_socket, control_socket, control_worker, disk
from pywrangler.local.workerd.records import ProductWorkers

_OBJECTS_SERVICE = "r2-objects"
_FILES_SERVICE = "r2-files"
_CLASS = "R2BucketObject"


def plan_r2(directory: Path, control: Path, platform: Path, workers: ProductWorkers) -> RuntimeConfig:
    """The configuration. `directory` keeps the buckets; the platform calls the socket `control`, and gets
    reports of changes at the socket `platform`.
    """
    buckets: Value = {"className": _CLASS, "serviceName": _OBJECTS_SERVICE}
    services: list[Value] = [
        control_worker(
            ("r2.js", "incoming.js", "r2_events.js", "targets.js"),
            {"name": "BUCKETS", "durableObjectNamespace": buckets},
            PLATFORM_BINDING,
        ),
        {
            "name": _OBJECTS_SERVICE,
            "worker": object_worker(workers, "r2/bucket", _CLASS, "r2", _FILES_SERVICE),
        },
        disk(_FILES_SERVICE, directory),
        platform_at(platform),
    ]
    sockets: list[Value] = [control_socket(control), calls_socket(CONTROL_SERVICE)]
    extensions: list[Value] = [shared_modules(workers)]
    return RuntimeConfig(
        config_text({"services": services, "sockets": sockets, "extensions": extensions}), {}
    )
