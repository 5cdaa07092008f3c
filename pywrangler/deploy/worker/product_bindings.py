"""Bindings of Cloudflare's other products, from the configuration's form to the API's: one table, pure.

They exist at Cloudflare only. Names on both sides are Wrangler 4.164's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.config.records import Configuration
from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError


@dataclass(frozen=True)
class Product:
    """The form of one kind of binding. `fields` leads from the configuration's names to the API's."""

    type: str
    fields: Mapping[str, str]
    required: str | None = None
    """The field without which the binding leads nowhere."""
    name: str = "binding"
    """The field that names the binding."""


def _product(
    type_: str, *same: str, required: str | None = None, name: str = "binding", **other: str
) -> Product:
    return Product(type_, {field: field for field in same} | other, required, name)


LISTS: Mapping[str, Product] = {
    "agent_memory": _product("agent_memory", "namespace", required="namespace"),
    "ai_search": _product("ai_search", "instance_name", required="instance_name"),
    "ai_search_namespaces": _product("ai_search_namespace", "namespace", required="namespace"),
    "analytics_engine_datasets": _product("analytics_engine", "dataset"),
    "artifacts": _product("artifacts", "namespace", required="namespace"),
    "d1_databases": _product(
        "d1", required="database_id", database_id="id", database_internal_env="internalEnv"
    ),
    "dispatch_namespaces": _product("dispatch_namespace", "namespace", "outbound", required="namespace"),
    "flagship": _product("flagship", "app_id", required="app_id"),
    "hyperdrive": _product(
        "hyperdrive", "id", required="id", localConnectionString="local_connection_string"
    ),
    "k2": _product("k2", "stream", required="stream"),
    "mtls_certificates": _product("mtls_certificate", "certificate_id", required="certificate_id"),
    "pipelines": _product("pipelines", "pipeline", "stream"),
    "r2_buckets": _product("r2_bucket", "bucket_name", "jurisdiction", required="bucket_name"),
    "ratelimits": _product("ratelimit", "namespace_id", "simple", required="namespace_id", name="name"),
    "send_email": _product(
        "send_email",
        "destination_address",
        "allowed_destination_addresses",
        "allowed_sender_addresses",
        name="name",
    ),
    "vectorize": _product("vectorize", "index_name", required="index_name"),
    "vpc_networks": _product("vpc_network", "tunnel_id", "network_id"),
    "vpc_services": _product("vpc_service", "service_id", required="service_id"),
    "worker_loaders": _product("worker_loader"),
    "workflows": Product(
        "workflow",
        {"name": "workflow_name", "class_name": "class_name", "script_name": "script_name"},
        required="name",
    ),
}
"""Fields that are lists of bindings."""
SINGLES: Mapping[str, Product] = {
    "ai": _product("ai", "staging"),
    "analytics": _product("analytics"),
    "browser": _product("browser"),
    "images": _product("images"),
    "media": _product("media"),
    "stream": _product("stream"),
    "version_metadata": _product("version_metadata"),
    "websearch": _product("websearch"),
}
"""Fields that are one binding."""
QUEUE = _product("queue", "delivery_delay", required="queue", queue="queue_name")


def product_bindings(configuration: Configuration) -> list[dict[str, Any]]:
    """The bindings of other products, and those that `unsafe.bindings` writes in the API's own form.

    Raises `UsageError` for a binding that is not complete: left out, it would be missing from the Worker.
    """
    written = configuration.cloudflare
    bindings = [
        _binding(product, entry, f"{name}[{number}]")
        for name, product in LISTS.items()
        for number, entry in enumerate(written.get(name) or ())
    ]
    bindings += [
        _binding(product, written[name], name) for name, product in SINGLES.items() if written.get(name)
    ]
    producers = (written.get("queues") or {}).get("producers") or ()
    bindings += [_binding(QUEUE, entry, f"queues.producers[{n}]") for n, entry in enumerate(producers)]
    return bindings + [dict(entry) for entry in (written.get("unsafe") or {}).get("bindings") or ()]


def is_binding(field: str) -> bool:
    """Whether this field of the configuration makes bindings of another product."""
    return field in LISTS or field in SINGLES or field in ("queues", "unsafe")


def _binding(product: Product, entry: Mapping[str, Any], place: str) -> dict[str, Any]:
    if product.required is not None and entry.get(product.required) is None:
        raise UsageError(
            f"`{place}` in the configuration has no `{product.required}`.",
            hint="pywrangler does not create resources of this kind: create it first, then name it there.",
        )
    given = {api: entry[name] for name, api in product.fields.items() if entry.get(name) is not None}
    if "outbound" in given:
        given["outbound"] = _outbound(given["outbound"])
    return {"name": entry[product.name], "type": product.type, **given}


def _outbound(written: Mapping[str, Any]) -> dict[str, Any]:
    """The Worker that sees what Workers of a dispatch namespace send out."""
    worker = {name: written[name] for name in ("service", "environment") if name in written}
    parameters = written.get("parameters")
    return {"worker": worker} | ({"params": [{"name": name} for name in parameters]} if parameters else {})
