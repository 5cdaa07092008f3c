"""Workers of miniflare's (5.20261117) as parts of a configuration, connected as there. Wrangler runs the
same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.capnp import Embed, Value
from pywrangler.local.workerd.records import ProductWorkers

COMPATIBILITY: Mapping[str, Any] = {
    "compatibilityDate": "2023-07-24",
    "compatibilityFlags": ["nodejs_compat", "experimental"],
}
"""Of those that keep data in Durable Objects."""
NAMESPACE_PROPERTY = "MINIFLARE_NAMESPACE"
"""Names, in the props of a request to `entry_worker`, the object that it is for."""


def module(workers: ProductWorkers, name: str) -> list[Value]:
    """The Worker of this name as a list of its one module."""
    file = workers.file(name)
    return [{"name": file.name, "esModule": Embed(file)}]


def entry_worker(workers: ProductWorkers, class_name: str, service: str) -> Value:
    """A Worker that leads each request to an object of a class; which one is named in the request's props."""
    namespace: Value = {"className": class_name, "serviceName": service}
    return {
        "modules": module(workers, "shared/object-entry"),
        **COMPATIBILITY,
        "bindings": [{"name": "MINIFLARE_OBJECT", "durableObjectNamespace": namespace}],
    }


def object_worker(workers: ProductWorkers, name: str, class_name: str, key: str, disk: str) -> Value:
    """The Worker with that class, whose objects keep their data on a disk, under `key`."""
    return {
        "modules": module(workers, name),
        **COMPATIBILITY,
        "bindings": [{"name": "MINIFLARE_BLOBS", "service": disk}],
        "durableObjectNamespaces": [{"className": class_name, "uniqueKey": key, "enableSql": True}],
        "durableObjectStorage": {"localDisk": disk},
    }


def shared_modules(workers: ProductWorkers) -> Mapping[str, Value]:
    """The extension with the modules that these Workers import."""
    modules: list[Value] = [
        {"name": "miniflare:shared", "esModule": Embed(workers.file("shared/index"))},
        {"name": "miniflare:zod", "esModule": Embed(workers.file("shared/zod"))},
    ]
    return {"modules": modules}
