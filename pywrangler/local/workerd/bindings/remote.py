"""Bindings that lead to an account at Cloudflare: miniflare's Worker for them in front of the platform, which
sends the requests there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pywrangler.local.workerd.bindings.answered import answered
from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.products.needs import needed_workers
from pywrangler.local.workerd.capnp import Embed, Value
from pywrangler.local.workerd.product_workers import module, shared_modules
from pywrangler.local.workerd.records import ProductWorkers, WorkerSpec

KINDS: Mapping[str, str] = {
    "agent_memory": "service",
    "ai_search": "service",
    "ai_search_namespace": "service",
    "artifacts": "service",
    "browser": "service",
    "d1": "service",
    "dispatch_namespace": "service",
    "flagship": "service",
    "images": "service",
    "kv_namespace": "kvNamespace",
    "media": "service",
    "mtls_certificate": "service",
    "pipelines": "service",
    "queue": "queue",
    "r2_bucket": "r2Bucket",
    "send_email": "service",
    "service": "service",
    "stream": "service",
    "vectorize": "service",
    "vpc_service": "service",
}
"""What `workerd` calls a binding of each type, or what is behind the module that has its interface."""
MODULES: Mapping[str, str] = {
    "d1": "cloudflare-internal:d1-api",
    "images": "cloudflare-internal:images-api",
    "vectorize": "cloudflare-internal:vectorize-api",
}
CLIENT = "shared/remote-proxy-client"
CLIENTS: Mapping[str, str] = {"dispatch_namespace": "dispatch-namespace/dispatch-namespace-proxy"}
"""What sends the requests of a type, where that is not `CLIENT`."""
DISPATCH_MODULE = "dispatch-namespace:remote"
ADDRESS = "http://remote/"
"""Where the Worker sends its requests. They go to the platform, whatever the address is."""


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """A binding whose calls become requests to the platform, in the form that Wrangler (4.164) gives them."""
    workers, name, kind = needed_workers(binding, spec), str(binding["name"]), str(binding["type"])
    platform, service = answered(name, spec), f"remote:{name}"
    worker: Value = {
        "modules": module(workers, CLIENTS.get(kind, CLIENT)),
        "compatibilityDate": "2025-01-01",
        "compatibilityFlags": ["enhanced_error_serialization"],
        "globalOutbound": platform.value["service"],
    }
    props = json.dumps({"remoteProxyConnectionString": ADDRESS, "binding": name})
    target: Value = {"name": service, "props": {"json": props}}
    made = Attachment(
        {KINDS[kind]: target},
        services=({"name": service, "worker": worker}, *platform.services),
        extensions=(shared_modules(workers),),
    )
    if kind == "vectorize":
        return made.wrapped(MODULES[kind], "fetcher", *vectorize_fields(binding))
    if kind == "dispatch_namespace":
        return _with_interface(made, workers).wrapped(DISPATCH_MODULE, "proxyClient")
    return made.wrapped(MODULES[kind], "fetcher") if kind in MODULES else made


def _with_interface(made: Attachment, workers: ProductWorkers) -> Attachment:
    """The same with miniflare's module that has the interface of a dispatch namespace."""
    file = workers.file("dispatch-namespace/dispatch-namespace")
    interface: Value = {"name": DISPATCH_MODULE, "esModule": Embed(file), "internal": True}
    return replace(made, extensions=(*made.extensions, {"modules": [interface]}))


def vectorize_fields(binding: Mapping[str, Any]) -> list[Value]:
    """What `workerd`'s module of Vectorize must know beside where its requests go."""
    return [
        {"name": "indexId", "text": str(binding["index_name"])},
        {"name": "indexVersion", "text": "v2"},
        {"name": "useNdJson", "json": "true"},
    ]
