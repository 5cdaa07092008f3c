"""The `workerd` that holds D1 databases: one process, apart from all Workers.

workerd (2026-11) includes D1, `/workerd/d1.js`, which takes the database from its props. A database is a
Durable Object whose SQLite database is the application's.
"""

from __future__ import annotations

from pathlib import Path

from pywrangler.local.workerd.bindings.links import OWN_COMPATIBILITY_DATE, own_modules
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.cluster.membership import ClusterMembership
from pywrangler.local.workerd.config import RuntimeConfig, config_text
from pywrangler.local.workerd.products.sockets import calls_socket, control_socket, control_worker, disk

DATABASES_SERVICE = "d1"


def plan_d1(directory: Path, control: Path, membership: ClusterMembership | None = None) -> RuntimeConfig:
    """The configuration. `directory` keeps the databases, which in a cluster are copies of what is in its
    bucket; the platform calls the socket `control`.
    """
    databases: Value = {
        "modules": [
            *own_modules("d1_calls.js", "targets.js"),
            {"name": "d1.js", "bundled": "/workerd/d1.js"},
        ],
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
        "bindings": [{"name": "DATABASE", "durableObjectNamespace": "D1Database"}],
        "durableObjectNamespaces": [{"className": "D1Database", "uniqueKey": "d1", "enableSql": True}],
        "durableObjectStorage": {"localDisk": "databases"},
    }
    services: list[Value] = [
        {"name": DATABASES_SERVICE, "worker": databases},
        disk("databases", directory),
        control_worker(("d1.js", "targets.js"), {"name": "CALLS", "service": DATABASES_SERVICE}),
    ]
    sockets: list[Value] = [control_socket(control), calls_socket(DATABASES_SERVICE)]
    text = config_text({"services": services, "sockets": sockets}, membership)
    return RuntimeConfig(text, {}, membership=membership)
