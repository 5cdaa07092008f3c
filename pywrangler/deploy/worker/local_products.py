"""Fields of Cloudflare's other products, in the form for the local platform or for Cloudflare. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pywrangler.config.records import Configuration
from pywrangler.dataclass import dataclass
from pywrangler.deploy.worker.elsewhere import REMOTE_KINDS
from pywrangler.deploy.worker.product_bindings import LISTS, SINGLES, is_binding
from pywrangler.errors import UsageError
from pywrangler.sensitive import Sensitive

RUNNING_FIELDS = frozenset(
    {
        "ai",
        "analytics_engine_datasets",
        "browser",
        "d1_databases",
        "dispatch_namespaces",
        "hyperdrive",
        "images",
        "mtls_certificates",
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
OWN_TYPES = frozenset(
    {
        "durable_object_namespace",
        "json",
        "kv_namespace",
        "plain_text",
        "queue",
        "secrets_store_secret",
        "service",
    }
)
"""Types of bindings whose fields are not in the tables of products."""
SETTINGS = frozenset({"secrets", "tail_consumers"})
"""Fields that it takes, and that are not bindings."""
CONNECTION_VARIABLES = (
    "CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_",
    "WRANGLER_HYPERDRIVE_LOCAL_CONNECTION_STRING_",
)
"""Followed by the binding: what Wrangler (4.164) takes before the configuration's connection string."""
MAX_BUCKET_LENGTH = 63


def for_local_platform(configuration: Configuration, environment: Mapping[str, str]) -> Configuration:
    """The configuration with the fields that the platform takes, complete with what it does not insist on."""
    fields = {
        name: value
        for name, value in configuration.cloudflare.items()
        if name in SETTINGS or is_binding(name)
    }
    changed = {
        "d1_databases": [
            local_database(entry, configuration.name) for entry in fields.get("d1_databases") or ()
        ],
        "r2_buckets": [
            {**entry, "bucket_name": local_bucket_name(entry, configuration.name)}
            for entry in fields.get("r2_buckets") or ()
        ],
        "hyperdrive": [_hyperdrive(entry, environment) for entry in fields.get("hyperdrive") or ()],
        "queues": _queues(configuration.name, fields.get("queues") or {}),
        "flagship": [
            {"app_id": name_made_for(str(entry["binding"]), configuration.name), **entry}
            for entry in fields.get("flagship") or ()
        ],
    }
    return replace(
        configuration, cloudflare=fields | {name: value for name, value in changed.items() if value}
    )


@dataclass(frozen=True)
class BucketKey:
    """A key of R2's S3 interface that the configuration names for one bucket."""

    bucket: str
    id: str
    secret: Sensitive[str]


def bucket_keys(configuration: Configuration) -> tuple[BucketKey, ...]:
    """Those of buckets on this machine; `configuration` is the one for the platform."""
    found = []
    for entry in configuration.cloudflare.get("r2_buckets") or ():
        said = (entry.get("local_dev") or {}).get("experimental_s3_credentials")
        if said and not entry.get("remote"):
            secret = Sensitive(str(said["secretAccessKey"]))
            found.append(BucketKey(str(entry["bucket_name"]), str(said["accessKeyId"]), secret))
    return tuple(found)


def for_cloudflare(configuration: Configuration) -> Configuration:
    """The configuration without what is about this machine alone: connection strings have passwords."""
    entries = configuration.cloudflare.get("hyperdrive")
    if not entries:
        return configuration
    kept = [
        {name: value for name, value in entry.items() if name != "localConnectionString"} for entry in entries
    ]
    return replace(configuration, cloudflare={**configuration.cloudflare, "hyperdrive": kept})


def lacking_locally(field: str, value: Any) -> str | None:
    """What the local platform does not have of a field, as the rest of a sentence about it."""
    if field == "unsafe":
        types = [str(entry.get("type")) for entry in unsafe_bindings(value) if not _runs(entry)]
        listed = _listed(list(dict.fromkeys(types)))
        return f"has bindings of types that the local platform does not have: {listed}" if types else None
    if field == "streaming_tail_consumers":
        return "is not on the local platform: `tailStream()` is not called there; `tail_consumers` work"
    if field == "dispatch_namespaces" and any(
        entry.get("outbound") and not entry.get("remote") for entry in value
    ):
        return "has an `outbound` Worker, which is not called on the local platform"
    if field == "workflows" and any(entry.get("concurrency") for entry in value):
        return "has `concurrency`, which does not count on the local platform: all instances run at once"
    if is_binding(field) and field not in RUNNING_FIELDS and not _is_remote(field, value):
        return "is not on the local platform: every use of the binding fails there"
    return None


def _is_remote(field: str, value: Any) -> bool:
    """Whether all bindings of a field lead to Cloudflare."""
    entries = value if isinstance(value, list) else [value]
    are_remote = [isinstance(entry, Mapping) and entry.get("remote") is True for entry in entries]
    return field in REMOTE_KINDS and bool(entries) and all(are_remote)


def unsafe_bindings(value: Any) -> list[Mapping[str, Any]]:
    """The entries of `unsafe.bindings`."""
    entries = value.get("bindings") if isinstance(value, Mapping) else None
    return [entry for entry in entries or () if isinstance(entry, Mapping)]


def _runs(entry: Mapping[str, Any]) -> bool:
    """Whether the platform has bindings of the type of this entry."""
    return entry.get("type") in OWN_TYPES | {
        product.type for field, product in {**LISTS, **SINGLES}.items() if field in RUNNING_FIELDS
    }


def check_local(configuration: Configuration, environment: Mapping[str, str]) -> None:
    """Refuse, before anything is built, what could not start. Raises `UsageError`."""
    for number, entry in enumerate(configuration.cloudflare.get("hyperdrive") or ()):
        if not _hyperdrive(entry, environment).get("localConnectionString"):
            variable = CONNECTION_VARIABLES[0] + str(entry["binding"])
            raise UsageError(
                f"`hyperdrive[{number}]` in {configuration.file.name} has no `localConnectionString`, and the"
                f" variable {variable} is not set: the local platform connects to the database directly.",
                hint=f"Set {variable}=postgresql://USER:PASSWORD@HOST:5432/DATABASE, for example in `.env`.",
            )


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def local_database(entry: Mapping[str, Any], worker: str | None) -> Mapping[str, Any]:
    """With an id in any case. Without one it is the name of the database that a deploy makes for the binding
    of this Worker at Cloudflare (Wrangler 4.164): Workers of other names have other databases.
    """
    written = entry.get("database_id") or entry.get("preview_database_id")
    name = entry.get("database_name") or name_made_for(str(entry["binding"]), worker)
    return {**entry, "database_id": written or name}


def name_made_for(binding: str, worker: str | None) -> str:
    """The name of a resource that a deploy makes for a binding without one (Wrangler 4.164)."""
    return binding if worker is None else f"{worker}-{binding.lower().replace('_', '-')}"


def local_bucket_name(entry: Mapping[str, Any], worker: str | None) -> str:
    """The bucket of a binding. Without a name it is the one that a deploy makes for the binding of this
    Worker at Cloudflare (Wrangler 4.164): Workers of other names have other buckets. A name that no bucket
    can have is made into one.
    """
    return str(entry.get("bucket_name") or _possible_bucket(name_made_for(str(entry["binding"]), worker)))


def _queues(worker: str, written: Mapping[str, Any]) -> Mapping[str, Any]:
    """With a name for each queue: that under which Wrangler (4.164) makes one for a producer without."""
    producers = [
        {**entry, "queue": entry.get("queue") or name_made_for(entry["binding"], worker)}
        for entry in written.get("producers") or ()
    ]
    return {**written, "producers": producers} if producers else written


def _possible_bucket(name: str) -> str:
    possible = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if len(possible) > MAX_BUCKET_LENGTH:
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        possible = f"{possible[: MAX_BUCKET_LENGTH - 9].rstrip('-')}-{digest}"
    return possible if len(possible) > 2 else f"{possible}-bucket".strip("-")


def _hyperdrive(entry: Mapping[str, Any], environment: Mapping[str, str]) -> Mapping[str, Any]:
    variables = (environment.get(prefix + str(entry["binding"])) for prefix in CONNECTION_VARIABLES)
    chosen = next(filter(None, variables), entry.get("localConnectionString"))
    return {**entry, "localConnectionString": chosen} if chosen else entry
