"""Bindings that call a product's `workerd` over HTTP (see `products/sockets.py`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import quote

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.links import OWN_COMPATIBILITY_DATE, own_modules
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.records import WorkerSpec

Service: TypeAlias = Mapping[str, Value]
QUEUE_LINK = "queue-link"
_TARGET_HEADER = "PW-Target"
"""See scripts/targets.js."""


def call(kind: str, product: str, target: str, spec: WorkerSpec) -> Attachment:
    """A binding of `kind` whose requests go to the product's process, for the `target` there."""
    name = f"{product}:{target}"
    return Attachment({kind: name}, services=(called(name, spec.shared.calls[product], target),))


def called(
    name: str, socket: Path, target: str, headers: Mapping[str, str] = MappingProxyType({})
) -> Service:
    """The service `name`: the process behind `socket`, called for `target`, with `headers` besides."""
    injected: list[Value] = [
        {"name": header, "value": value}
        for header, value in {_TARGET_HEADER: quote(target, safe=""), **headers}.items()
    ]
    return _process(name, socket, {"injectRequestHeaders": injected})


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
    services = ({"name": QUEUE_LINK, "worker": link}, _process("queues", spec.shared.calls["queues"], {}))
    return Attachment({"queue": designator}, services=services)


def _process(name: str, socket: Path, http: Mapping[str, Value]) -> Service:
    return {"name": name, "external": {"address": f"unix:{socket}", "http": http}}
