"""`browser`: miniflare's Worker of the binding, in front of browsers that the platform starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.answered import answered
from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.links import own_modules
from pywrangler.local.workerd.bindings.products.needs import needed_workers
from pywrangler.local.workerd.capnp import Value, Void
from pywrangler.local.workerd.product_workers import module, shared_modules
from pywrangler.local.workerd.records import WorkerSpec

LOOPBACK_SERVICE = "browser-loopback"
SESSION_CLASS = "BrowserSession"


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """The service that clients such as puppeteer talk to."""
    workers, name = needed_workers(binding, spec), str(binding["name"])
    platform, service = answered(name, spec), f"browser:{name}"
    worker: Value = {
        "modules": [*own_modules("browser.js"), *module(workers, "browser-rendering/binding")],
        "compatibilityDate": "2025-05-01",
        "compatibilityFlags": ["nodejs_compat"],
        "bindings": [
            {"name": "MINIFLARE_LOOPBACK", **platform.value},
            {"name": SESSION_CLASS, "durableObjectNamespace": {"className": SESSION_CLASS}},
        ],
        "durableObjectNamespaces": [{"className": SESSION_CLASS, "uniqueKey": f"{service}-session"}],
        "durableObjectStorage": {"inMemory": Void()},
        "globalOutbound": LOOPBACK_SERVICE,
    }
    # Browsers listen on loopback, which Workers otherwise do not reach.
    loopback: Value = {"allow": ["local"]}
    return Attachment(
        {"service": service},
        services=(
            {"name": service, "worker": worker},
            {"name": LOOPBACK_SERVICE, "network": loopback},
            *platform.services,
        ),
        extensions=(shared_modules(workers),),
    )
