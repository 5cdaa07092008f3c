"""Bindings that call a product's `workerd` over HTTP (see `products/sockets.py`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.links import OWN_COMPATIBILITY_DATE, own_modules
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.records import WorkerSpec

QUEUE_LINK = "queue-link"
_TARGET_HEADER = "PW-Target"
"""See scripts/targets.js."""


def call(kind: str, product: str, target: str, spec: WorkerSpec) -> Attachment:
    """A binding of `kind` whose requests go to the product's process, for the `target` there."""
    name = f"{product}:{target}"
    header: Value = {"name": _TARGET_HEADER, "value": quote(target, safe="")}
    service = _process(name, product, spec, {"injectRequestHeaders": [header]})
    return Attachment({kind: name}, services=(service,))


def queue_call(queue: str, delay: int | None, spec: WorkerSpec) -> Attachment:
    """The same for a queue, whose process may be replaced at any time."""
    props = {"queue": quote(queue, safe="")} | ({} if delay is None else {"delay": delay})
    designator: Value = {
        "name": QUEUE_LINK,
        "props": {"json": json.dumps(props, separators=(",", ":"))},
    }
    link: Value = {
        "modules": own_modules("queue_link.js"),
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
        "bindings": [{"name": "QUEUES", "service": "queues"}],
    }
    services = ({"name": QUEUE_LINK, "worker": link}, _process("queues", "queues", spec, {}))
    return Attachment({"queue": designator}, services=services)


def _process(name: str, product: str, spec: WorkerSpec, http: Mapping[str, Value]) -> Mapping[str, Value]:
    address = f"unix:{spec.shared.calls[product]}"
    return {"name": name, "external": {"address": address, "http": http}}
