"""The one definition of the configuration's fields: validation, the JSON Schema and the manual's reference
all come from it, so that they cannot disagree.
"""

from __future__ import annotations

from pywrangler.config.schema.fields import USED_FIELDS
from pywrangler.config.schema.kinds import Field, Table
from pywrangler.config.schema.other_products import OTHER_FIELDS

ROOT = Table((*USED_FIELDS, *OTHER_FIELDS))
"""The fields of the top level."""

ENVIRONMENT = Table(tuple(field for field in ROOT.fields if field.scope != "top-level"))
"""The fields of a named environment."""

PREVIEW_FIELDS = frozenset(
    {
        "agent_memory",
        "ai",
        "ai_search",
        "ai_search_namespaces",
        "analytics",
        "analytics_engine_datasets",
        "artifacts",
        "browser",
        "cache",
        "containers",
        "d1_databases",
        "define",
        "dispatch_namespaces",
        "durable_objects",
        "flagship",
        "hyperdrive",
        "images",
        "k2",
        "kv_namespaces",
        "limits",
        "logpush",
        "media",
        "mtls_certificates",
        "observability",
        "pipelines",
        "placement",
        "queues",
        "r2_buckets",
        "ratelimits",
        "secrets_store_secrets",
        "send_email",
        "services",
        "stream",
        "streaming_tail_consumers",
        "tail_consumers",
        "unsafe",
        "unsafe_hello_world",
        "vars",
        "vectorize",
        "version_metadata",
        "vpc_networks",
        "vpc_services",
        "worker_loaders",
        "workflows",
    }
)
"""The fields of `previews`, as Wrangler (4.164) has them. A preview has none of the Worker's own."""
KEPT_BY_PREVIEWS = frozenset({"cache", "limits", "logpush", "observability", "placement"})
"""Those that hold for previews, too, if `previews` does not say otherwise."""

PREVIEW = Table(
    tuple(field._replace(is_required=False) for field in ROOT.fields if field.name in PREVIEW_FIELDS)
)

_BY_NAME = {field.name: field for field in ROOT.fields}


def root_field(name: str) -> Field | None:
    """The field of the root with that name."""
    return _BY_NAME.get(name)
