"""The `workerd` that holds R2 buckets: one process, apart from all Workers.

The Worker that keeps the buckets is miniflare's (5.20261117), connected as there: Wrangler's local
development runs the same one. A bucket is a Durable Object: its SQLite database has the keys, and the values
are files.
"""

from __future__ import annotations

from pathlib import Path

from pywrangler.local.workerd.config import RuntimeConfig, config_text
from pywrangler.local.workerd.product_workers import entry_worker, object_worker, shared_modules
from pywrangler.local.workerd.products.sockets import control_socket, control_worker, disk
from pywrangler.local.workerd.records import ProductWorkers

BUCKETS_SERVICE = "r2"
"""Takes the requests of R2's binding; the bucket is named in its props."""
_OBJECTS_SERVICE = "r2-objects"
_FILES_SERVICE = "r2-files"
_CLASS = "R2BucketObject"


def plan_r2(directory: Path, control: Path, workers: ProductWorkers) -> RuntimeConfig:
    """The configuration. `directory` keeps the buckets; the platform calls the socket `control`."""
    objects = object_worker(workers, "r2/bucket", _CLASS, "r2", _FILES_SERVICE)
    return RuntimeConfig(
        config_text(
            {
                "services": [
                    {"name": BUCKETS_SERVICE, "worker": entry_worker(workers, _CLASS, _OBJECTS_SERVICE)},
                    {"name": _OBJECTS_SERVICE, "worker": objects},
                    disk(_FILES_SERVICE, directory),
                    control_worker(("r2.js",)),
                ],
                "sockets": [control_socket(control)],
                "extensions": [shared_modules(workers)],
            }
        ),
        {},
    )
