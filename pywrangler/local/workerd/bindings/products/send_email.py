"""`send_email`: messages are checked by miniflare's Worker, as in `wrangler dev`, and end in a directory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.links import OWN_COMPATIBILITY_DATE, own_modules
from pywrangler.local.workerd.bindings.products.needs import needed_workers
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.product_workers import module, shared_modules
from pywrangler.local.workerd.records import WorkerSpec

STORE_SERVICE = "email-store"
OUTBOX_SERVICE = "email-outbox"
"""Takes what bindings send: the platform."""
WORKER_HEADER = "X-Pywrangler-Worker"
"""Says in a request to the platform which Worker it comes from."""
RULES: Mapping[str, str] = {
    "destination_address": "destinationAddress",
    "allowed_destination_addresses": "allowedDestinationAddresses",
    "allowed_sender_addresses": "allowedSenderAddresses",
}
"""What the Worker calls the fields of a binding that restrict it."""


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """A service with a method `send()`, and the way to the directory."""
    workers, service = needed_workers(binding, spec), f"email:{binding['name']}"
    rules: list[Value] = [
        {"name": theirs, "json": json.dumps(binding[ours])}
        for ours, theirs in RULES.items()
        if binding.get(ours) is not None
    ]
    worker: Value = {
        "modules": module(workers, "email/send_email"),
        "compatibilityDate": "2025-03-17",
        "bindings": [
            *rules,
            {"name": "MINIFLARE_LOOPBACK", "service": OUTBOX_SERVICE},
            {"name": "MINIFLARE_EMAIL_STORE", "service": STORE_SERVICE},
            {"name": "SEND_EMAIL_OWNER_WORKER", "json": json.dumps(spec.name)},
        ],
    }
    store: Value = {
        "modules": own_modules("email_store.js"),
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
    }
    whose: Value = [{"name": WORKER_HEADER, "value": spec.name}]
    outbox: Value = {"address": f"unix:{spec.shared.platform}", "http": {"injectRequestHeaders": whose}}
    return Attachment(
        {"service": {"name": service, "entrypoint": "SendEmailBinding"}},
        services=(
            {"name": service, "worker": worker},
            {"name": STORE_SERVICE, "worker": store},
            {"name": OUTBOX_SERVICE, "external": outbox},
        ),
        extensions=(shared_modules(workers),),
    )
