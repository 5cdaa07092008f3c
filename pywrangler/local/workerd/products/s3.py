"""The `workerd` that serves R2 to clients of S3, and public buckets to all: one process, restarted when
buckets or keys change.

The interface is miniflare's (5.20261117), behind a Worker that checks requests: Wrangler's local development
has the same. workerd binds buckets by name only, so each is in the configuration.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pywrangler.local.workerd.bindings.calls import called
from pywrangler.local.workerd.bindings.links import (
    OWN_COMPATIBILITY_DATE,
    PLATFORM_BINDING,
    own_modules,
    platform_at,
)
from pywrangler.local.workerd.capnp import Embed, Value
from pywrangler.local.workerd.config import RuntimeConfig, config_text
from pywrangler.local.workerd.products.sockets import control_socket, control_worker
from pywrangler.local.workerd.records import ProductWorkers, PublicSocket
from pywrangler.sensitive import Sensitive

S3_SERVICE = "s3"
PUBLIC_PATH = "/cdn-cgi/local/r2/public"
"""Where miniflare's Worker serves public buckets."""
KEYS_VARIABLE = "PYWRANGLER_S3_KEYS"
BUCKET_PREFIX, COPY_PREFIX = "MINIFLARE_R2_S3_BUCKET_", "COPIES_"
"""Of bindings to buckets; copies are written through the others."""
COPY_HEADER = "PW-Copy"
"""See scripts/r2.js."""


@dataclass(frozen=True)
class ServedKey:
    """An access key; `buckets` are those that it is for, None is all."""

    id: str
    secret: Sensitive[str]
    buckets: tuple[str, ...] | None = None


@dataclass(frozen=True)
class ServedBuckets:
    """The buckets that clients of S3 and browsers can reach."""

    account_id: str
    buckets: Mapping[str, str] = field(default_factory=dict)
    """When each was created (ISO 8601), by name."""
    keys: tuple[ServedKey, ...] = ()
    public: tuple[str, ...] = ()
    """Those that can be read without a key."""

    @property
    def is_empty(self) -> bool:
        """Whether no one can reach anything."""
        return not self.keys and not self.public


def plan_s3(
    control: Path,
    platform: Path,
    objects: Path,
    workers: ProductWorkers,
    served: ServedBuckets,
    listening: Collection[PublicSocket],
) -> RuntimeConfig:
    """The configuration. The Worker reports to the platform at the socket `platform`, and calls R2's runtime
    at the socket `objects`; `listening` are the sockets that will be handed over.
    """
    worker: Value = {
        "modules": [
            *own_modules("s3.js", "sigv4.js", "checked_bodies.js", "incoming.js", "r2_events.js"),
            {"name": "s3.worker.js", "esModule": Embed(workers.file("r2/s3/index"))},
            {"name": "public.worker.js", "esModule": Embed(workers.file("r2/public"))},
        ],
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
        "bindings": [
            {"name": "KEYS", "fromEnvironment": KEYS_VARIABLE},
            {"name": "ACCOUNT", "text": served.account_id},
            PLATFORM_BINDING,
            {"name": "CREATED", "json": json.dumps(dict(served.buckets))},
            {"name": "PUBLIC", "json": json.dumps(served.public)},
            *({"name": f"{BUCKET_PREFIX}{name}", "r2Bucket": _bucket(name)} for name in served.buckets),
            *({"name": f"{COPY_PREFIX}{name}", "r2Bucket": _copies(name)} for name in served.buckets),
        ],
    }
    services: list[Value] = [
        {"name": S3_SERVICE, "worker": worker},
        *(called(_bucket(name), objects, name) for name in served.buckets),
        *(called(_copies(name), objects, name, {COPY_HEADER: "1"}) for name in served.buckets),
        platform_at(platform),
        control_worker(
            ("s3_control.js",), {"name": "S3", "service": {"name": S3_SERVICE, "entrypoint": "Writes"}}
        ),
    ]
    handed: list[Value] = [{"name": socket.name, "http": {}, "service": S3_SERVICE} for socket in listening]
    config: Mapping[str, Value] = {"services": services, "sockets": [*handed, control_socket(control)]}
    return RuntimeConfig(config_text(config), {KEYS_VARIABLE: _keys_text(served.keys)})


def _keys_text(keys: Collection[ServedKey]) -> Sensitive[str]:
    entries = [{"id": key.id, "secret": key.secret.reveal(), "buckets": key.buckets} for key in keys]
    return Sensitive(json.dumps(entries))


def _bucket(name: str) -> str:
    """The service of a bucket."""
    return f"r2:{name}"


def _copies(name: str) -> str:
    """The same, where this process reports the changes itself."""
    return f"r2-copies:{name}"
