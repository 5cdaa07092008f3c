"""Bindings that the platform answers itself, on a separate socket."""

from __future__ import annotations

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.records import WorkerSpec

WORKER_HEADER = "X-Pywrangler-Worker"
VERSION_HEADER = "X-Pywrangler-Version"
BINDING_HEADER = "X-Pywrangler-Binding"
"""Say in a request to the platform where it comes from. `workerd` replaces those that a Worker sets."""


def answered(name: str, spec: WorkerSpec) -> Attachment:
    """A service whose requests reach the platform, with the names of Worker, version and binding."""
    whose = {WORKER_HEADER: spec.name, VERSION_HEADER: spec.version_id, BINDING_HEADER: name}
    headers: list[Value] = [{"name": header, "value": value} for header, value in whose.items()]
    http: Value = {"injectRequestHeaders": headers}
    external: Value = {"address": f"unix:{spec.shared.bindings}", "http": http}
    service = f"answered:{name}"
    return Attachment({"service": service}, services=({"name": service, "external": external},))
