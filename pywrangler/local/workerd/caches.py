"""The Cache API of a Worker, `caches.default` and `caches.open()`: the services behind it.

The Workers that store and answer are miniflare's (5.20261117), connected as there; Wrangler runs the same
ones. Each Worker of the platform has caches of its own, as Workers in different zones have.
"""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.local.workerd.bindings.links import OWN_COMPATIBILITY_DATE, own_modules
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.product_workers import COMPATIBILITY, module, shared_modules
from pywrangler.local.workerd.records import ProductWorkers, WorkerSpec

CACHE_SERVICE = "cache"
"""The service that takes the Worker's requests to its caches."""
_OBJECTS_SERVICE = "cache-objects"
_FILES_SERVICE = "cache-files"


def cache_services(spec: WorkerSpec, products: ProductWorkers | None) -> list[Value]:
    """The services for a Worker that mentions the Cache API. Without `products` nothing is stored."""
    if spec.cache is None:
        return []
    if products is None:
        return [
            {
                "name": CACHE_SERVICE,
                "worker": {
                    "modules": own_modules("no_cache.js"),
                    "compatibilityDate": OWN_COMPATIBILITY_DATE,
                },
            }
        ]
    entry: Value = {
        "modules": module(products, "cache/cache-entry"),
        **COMPATIBILITY,
        "bindings": [
            {
                "name": "MINIFLARE_OBJECT",
                "durableObjectNamespace": {"className": "CacheObject", "serviceName": _OBJECTS_SERVICE},
            }
        ],
    }
    objects: Value = {
        "modules": module(products, "cache/cache"),
        **COMPATIBILITY,
        "bindings": [{"name": "MINIFLARE_BLOBS", "service": _FILES_SERVICE}],
        "durableObjectNamespaces": [{"className": "CacheObject", "uniqueKey": "caches"}],
        "durableObjectStorage": {"localDisk": _FILES_SERVICE},
    }
    return [
        {"name": CACHE_SERVICE, "worker": entry},
        {"name": _OBJECTS_SERVICE, "worker": objects},
        {"name": _FILES_SERVICE, "disk": {"path": str(spec.cache), "writable": True}},
    ]


def cache_extensions(spec: WorkerSpec, products: ProductWorkers | None) -> list[Mapping[str, Value]]:
    """The modules that miniflare's Workers import."""
    return [] if spec.cache is None or products is None else [shared_modules(products)]
