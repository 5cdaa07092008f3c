"""What of Cloudflare's other products goes to the local platform, and in which form. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pywrangler.config.records import Configuration
from pywrangler.config.schema.other_products import says_nothing
from pywrangler.deploy.worker.product_bindings import is_binding

RUNNING_FIELDS = frozenset(
    {
        "ai",
        "analytics_engine_datasets",
        "d1_databases",
        "hyperdrive",
        "images",
        "pipelines",
        "queues",
        "r2_buckets",
        "ratelimits",
        "send_email",
        "secrets",
        "version_metadata",
        "worker_loaders",
        "workflows",
    }
)
"""Fields of products that the platform has."""
OMITTED_FIELDS = frozenset({"unsafe"})
"""Fields whose bindings it does not make at all."""
SETTINGS = frozenset({"secrets", "tail_consumers"})
"""Fields that it takes, and that are not bindings."""
CONNECTION_VARIABLES = (
    "CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_",
    "WRANGLER_HYPERDRIVE_LOCAL_CONNECTION_STRING_",
)
"""Followed by the binding: what Wrangler (4.164) takes before the configuration's connection string."""


def for_local_platform(configuration: Configuration, environment: Mapping[str, str]) -> Configuration:
    """The configuration with the fields that the platform takes, complete with what it does not insist on."""
    fields = {
        name: value
        for name, value in configuration.cloudflare.items()
        if name in SETTINGS or (is_binding(name) and name not in OMITTED_FIELDS)
    }
    changed = {
        "d1_databases": [local_database(entry) for entry in fields.get("d1_databases") or ()],
        "r2_buckets": [_bucket(entry) for entry in fields.get("r2_buckets") or ()],
        "hyperdrive": [_hyperdrive(entry, environment) for entry in fields.get("hyperdrive") or ()],
        "queues": _queues(configuration.name, fields.get("queues") or {}),
    }
    return replace(
        configuration, cloudflare=fields | {name: value for name, value in changed.items() if value}
    )


def for_cloudflare(configuration: Configuration) -> Configuration:
    """The configuration without what is about this machine alone: connection strings have passwords."""
    entries = configuration.cloudflare.get("hyperdrive")
    if not entries:
        return configuration
    kept = [
        {name: value for name, value in entry.items() if name != "localConnectionString"} for entry in entries
    ]
    return replace(configuration, cloudflare={**configuration.cloudflare, "hyperdrive": kept})


def local_warnings(configuration: Configuration) -> list[str]:
    """What a user should know of bindings that the platform does not have."""
    named = [name for name, value in configuration.cloudflare.items() if not says_nothing(name, value)]
    failing = [name for name in named if is_binding(name) and name not in RUNNING_FIELDS | OMITTED_FIELDS]
    missing = [name for name in named if name in OMITTED_FIELDS]
    warnings = []
    if failing:
        warnings.append(f"The local platform has no {_listed(failing)}: calls of these bindings fail there.")
    if missing:
        warnings.append(f"The local platform has no {_listed(missing)}: the Worker runs here without them.")
    if "streaming_tail_consumers" in named:
        warnings.append(
            "The local platform has no `streaming_tail_consumers`: `tailStream()` of these Workers is not"
            " called here. `tail_consumers` work."
        )
    return warnings


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def local_database(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """With an id in any case, as Wrangler's local development finds one."""
    chosen = entry.get("database_id") or entry.get("preview_database_id") or entry["binding"]
    return {**entry, "database_id": chosen}


def _bucket(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """With a name in any case: the one that a deploy to Cloudflare would need."""
    return {**entry, "bucket_name": entry.get("bucket_name") or _bucket_name(str(entry["binding"]))}


def _queues(worker: str, written: Mapping[str, Any]) -> Mapping[str, Any]:
    """With a name for each queue: that under which Wrangler (4.164) makes one for a producer without."""
    producers = [
        {**entry, "queue": entry.get("queue") or f"{worker}-{entry['binding'].lower().replace('_', '-')}"}
        for entry in written.get("producers") or ()
    ]
    return {**written, "producers": producers} if producers else written


def _bucket_name(binding: str) -> str:
    name = binding.lower().replace("_", "-").strip("-")
    return name if len(name) > 2 else f"{name}-bucket"


def _hyperdrive(entry: Mapping[str, Any], environment: Mapping[str, str]) -> Mapping[str, Any]:
    variables = (environment.get(prefix + str(entry["binding"])) for prefix in CONNECTION_VARIABLES)
    chosen = next(filter(None, variables), entry.get("localConnectionString"))
    return {**entry, "localConnectionString": chosen} if chosen else entry
