"""Two versions of a Worker that share its requests, each in a `workerd` of its own.

The process of the main version has the Worker's address. A Worker of ours there (split.js) chooses a version
for each request, and hands those of the other version on, over a unix socket.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from pywrangler.local.workerd.bindings.links import OWN_COMPATIBILITY_DATE, own_modules
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.records import WorkerSpec

SPLIT_SERVICE = "split"
BESIDE_SERVICE = "beside"
"""The other version, as the main one's process sees it."""
FRONT_SOCKET = "front"
HTTP: Value = {"cfBlobHeader": "X-Pywrangler-Cf"}
"""Between the two processes `request.cf` is a header."""


def split_services(spec: WorkerSpec, front: str) -> list[Mapping[str, Value]]:
    """The service that chooses a version for each request, and the other version. `front` is what takes
    requests to this version.
    """
    if spec.split is None:
        return []
    other = spec.split.other
    worker: Value = {
        "modules": own_modules("split.js"),
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
        "bindings": [
            {"name": "MAIN", "service": front},
            {"name": "BESIDE", "service": BESIDE_SERVICE},
            {"name": "SPLIT", "json": json.dumps(_described(spec))},
        ],
    }
    address = f"unix:{other.sockets.front}"
    return [
        {"name": SPLIT_SERVICE, "worker": worker},
        {"name": BESIDE_SERVICE, "external": {"address": address, "http": HTTP}},
    ]


def split_sockets(spec: WorkerSpec, front: str) -> list[Value]:
    """The socket on which the other version takes its requests, in its own process."""
    if not spec.is_beside:
        return []
    address = f"unix:{spec.sockets.front}"
    return [{"name": FRONT_SOCKET, "address": address, "http": HTTP, "service": front}]


def _described(spec: WorkerSpec) -> Mapping[str, object]:
    """What split.js needs: the Worker, and its versions with their percentages, the newer one first. A key
    whose requests go to the newer version then stays with it while its percentage grows.
    """
    split = spec.split
    if split is None:
        return {}
    main = {"id": spec.version_id, "percentage": 100 - split.percentage, "service": "MAIN"}
    other = {"id": split.other.version_id, "percentage": split.percentage, "service": "BESIDE"}
    return {"worker": spec.name, "versions": [other, main] if split.is_newer else [main, other]}
