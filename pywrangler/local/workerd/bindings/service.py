"""`service`: another Worker, or this one, with the entrypoint and the props that the binding names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.links import WORKER_SERVICE, link
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.records import WorkerSpec


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """This process's own Worker, or a way to another one, which may be deployed later. The entrypoint
    `default` is what a binding without one leads to.
    """
    target, entrypoint, props = str(binding["service"]), binding.get("entrypoint"), binding.get("props")
    if entrypoint == "default":
        entrypoint = None
    if target != spec.name:
        told = {"worker": target, "socket": str(spec.peers[target])}
        chosen = {"entrypoint": entrypoint, "props": props}
        told |= {name: value for name, value in chosen.items() if value}
        return link("service", "Service", told, spec)
    own: dict[str, Value] = {"name": WORKER_SERVICE}
    if entrypoint:
        own["entrypoint"] = str(entrypoint)
    if props:
        own["props"] = {"json": json.dumps(props)}
    return Attachment({"service": own})
