"""Which tables all nodes share, and which are a node's own."""

from __future__ import annotations

import re
from functools import lru_cache

NODES_OWN = frozenset(
    {
        "cluster_position",
        "instances",  # containers of this node's engine
        "meta",  # the directory, the engine's mark, ports of this machine
        "snapshots",  # their images are in this node's engine
        "worker_addresses",  # ports of this machine
    }
)
SHARED = frozenset(
    {
        "application_versions",
        "applications",
        "assets",
        "blobs",
        "d1_databases",
        "deployments",
        "dispatch_namespaces",
        "former_classes",
        "fuse_permissions",
        "kv_namespaces",
        "mtls_certificates",
        "namespaces",
        "queue_consumers",
        "queues",
        "r2_buckets",
        "r2_notification_rules",
        "r2_s3_keys",
        "r2_worker_keys",
        "registries",
        "rollouts",
        "secrets",
        "secrets_stores",
        "shared_images",
        "stored_secrets",
        "turns",
        "version_images",
        "versions",
        "workers",
        "workflows",
    }
)
_WRITE = re.compile(
    r"\s*(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|REPLACE\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+(\w+)",
    re.IGNORECASE,
)


@lru_cache(maxsize=500)
def written_table(statement: str) -> str | None:
    """The table that a statement changes; None for a query. Triggers and references follow by themselves."""
    found = _WRITE.match(statement)
    return found[1] if found else None


def is_shared(statement: str) -> bool:
    """Whether a statement changes what all nodes share. Raises `LookupError` for a table in neither list."""
    table = written_table(statement)
    if table is None or table in NODES_OWN:
        return False
    if table not in SHARED:
        raise LookupError(f"the table {table} belongs neither to the nodes nor to the cluster")
    return True
