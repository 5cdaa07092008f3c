"""The `workerd` that serves R2 to clients of S3: one process, restarted when buckets or keys change.

The interface is miniflare's (5.20261117): path style, under a path of its own; Wrangler's local development
has the same. workerd binds buckets by name only, so each is in the configuration.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from pywrangler.local.workerd.bindings.links import (
    OWN_COMPATIBILITY_DATE,
    link_designator,
    links_service,
    own_modules,
    platform_at,
)
from pywrangler.local.workerd.capnp import Embed, Value
from pywrangler.local.workerd.config import RuntimeConfig, config_text
from pywrangler.local.workerd.products.sockets import control_socket, control_worker
from pywrangler.local.workerd.records import ProductWorkers, PublicSocket
from pywrangler.sensitive import Sensitive

S3_SERVICE = "s3"
S3_PATH = "/cdn-cgi/local/r2/s3"
"""Where miniflare's Worker serves it."""
KEYS_VARIABLE = "PYWRANGLER_S3_KEYS"


def plan_s3(
    control: Path,
    platform: Path,
    objects: Path,
    workers: ProductWorkers,
    buckets: Iterable[str],
    keys: Mapping[str, Sensitive[str]],
    public: Collection[PublicSocket],
) -> RuntimeConfig:
    """The configuration. The links call the platform at the socket `platform`, and the runtime of R2 at its
    debug port, `objects`; `public` are the sockets that will be handed over.
    """
    worker: Value = {
        "modules": [
            *own_modules("s3.js"),
            {"name": "s3.worker.js", "esModule": Embed(workers.file("r2/s3/index"))},
        ],
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
        "compatibilityFlags": ["nodejs_compat"],
        "bindings": [
            {"name": "KEYS", "fromEnvironment": KEYS_VARIABLE},
            *(
                {"name": f"MINIFLARE_R2_S3_BUCKET_{name}", "r2Bucket": _link(objects, name)}
                for name in buckets
            ),
        ],
    }
    services: list[Value] = [
        {"name": S3_SERVICE, "worker": worker},
        links_service(),
        platform_at(platform),
        control_worker("alone.js"),
    ]
    handed: list[Value] = [{"name": socket.name, "http": {}, "service": S3_SERVICE} for socket in public]
    config: Mapping[str, Value] = {"services": services, "sockets": [*handed, control_socket(control)]}
    secrets = Sensitive(json.dumps({key: secret.reveal() for key, secret in keys.items()}))
    return RuntimeConfig(config_text(config), {KEYS_VARIABLE: secrets})


def _link(objects: Path, bucket: str) -> Value:
    return link_designator("Bucket", {"socket": str(objects), "bucket": bucket})
