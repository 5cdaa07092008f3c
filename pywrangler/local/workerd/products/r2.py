"""The `workerd` that holds R2 buckets: one process, apart from all Workers.

The Worker that keeps the buckets is miniflare's (5.20261117), connected as there: Wrangler's local
development runs the same one. A bucket is a Durable Object: its SQLite database has the keys, and the values
are files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pywrangler.local.workerd.bindings.links import (
    OWN_COMPATIBILITY_DATE,
    PLATFORM_BINDING,
    own_modules,
    platform_at,
)
from pywrangler.local.workerd.capnp import Value, Void
from pywrangler.local.workerd.config import RuntimeConfig, config_text
from pywrangler.local.workerd.product_workers import entry_worker, object_worker, shared_modules
from pywrangler.local.workerd.products.sockets import control_socket, control_worker, disk
from pywrangler.local.workerd.records import ProductWorkers

BUCKETS_SERVICE = "r2"
"""Takes the requests of R2's binding; the bucket is named in its props."""
_ENTRY_SERVICE = "r2-entry"
"""The same, where another Worker is in front of it."""
_OBJECTS_SERVICE = "r2-objects"
_FILES_SERVICE = "r2-files"
_CLASS = "R2BucketObject"


@dataclass(frozen=True)
class WatchRule:
    """Which changes of a bucket the platform wants to know."""

    prefix: str
    suffix: str
    actions: tuple[str, ...]


def plan_r2(
    directory: Path,
    control: Path,
    platform: Path,
    workers: ProductWorkers,
    watched: Mapping[str, Sequence[WatchRule]],
) -> RuntimeConfig:
    """The configuration. `directory` keeps the buckets; the platform calls the socket `control`, and gets
    reports at the socket `platform` of what changes in `watched` buckets, as far as their rules want it.
    """
    entry = entry_worker(workers, _CLASS, _OBJECTS_SERVICE)
    front: list[Value] = [{"name": BUCKETS_SERVICE, "worker": entry}]
    if watched:
        front = [
            {"name": BUCKETS_SERVICE, "worker": _watching_worker(watched)},
            {"name": _ENTRY_SERVICE, "worker": entry},
            platform_at(platform),
        ]
    objects = object_worker(workers, "r2/bucket", _CLASS, "r2", _FILES_SERVICE)
    return RuntimeConfig(
        config_text(
            {
                "services": [
                    *front,
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


def _watching_worker(watched: Mapping[str, Sequence[WatchRule]]) -> Value:
    """The Worker that reports changes. Without rules there is none: it takes time for each request."""
    rules = {bucket: [asdict(rule) for rule in found] for bucket, found in sorted(watched.items())}
    return {
        "modules": own_modules("r2_events.js"),
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
        "bindings": [
            {"name": "PROCESSES", "workerdDebugPort": Void()},
            PLATFORM_BINDING,
            {"name": "RULES", "json": json.dumps(rules)},
        ],
    }
