"""`hyperdrive`: a plain connection to a database, without Hyperdrive's pool and cache."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.failures import WorkerdStartError
from pywrangler.local.workerd.records import WorkerSpec

PORTS = {"postgres": 5432, "postgresql": 5432, "mysql": 3306}


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """A way to the database that the binding's connection string names."""
    name, written = str(binding["name"]), str(binding.get("local_connection_string") or "")
    parts = urlsplit(written)
    port = parts.port or PORTS.get(parts.scheme)
    if not parts.hostname or port is None:
        raise WorkerdStartError(
            f"The binding `{name}` of the Worker `{spec.name}` has no connection string of a database.",
            hint="Write one as `localConnectionString`, such as postgresql://user:password@127.0.0.1:5432/shop.",
        )
    service = f"hyperdrive:{name}"
    address = f"[{parts.hostname}]:{port}" if ":" in parts.hostname else f"{parts.hostname}:{port}"
    return Attachment(
        {
            "hyperdrive": {
                "designator": service,
                "database": unquote(parts.path.removeprefix("/")),
                "user": unquote(parts.username or ""),
                "password": unquote(parts.password or ""),
                "scheme": parts.scheme,
            }
        },
        services=({"name": service, "external": {"address": address, "tcp": {}}},),
    )
