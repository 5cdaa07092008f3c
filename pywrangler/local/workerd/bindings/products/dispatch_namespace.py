"""`dispatch_namespace`: Workers of a dispatch namespace, by name, with each call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.links import SCRIPTS, link
from pywrangler.local.workerd.capnp import Embed, Value
from pywrangler.local.workerd.records import WorkerSpec

MODULE = "dispatch-namespace:binding"


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """The module that has the interface, in front of a way to the Workers."""
    props = {"namespace": str(binding["namespace"]), "binding": str(binding["name"])}
    inner = link("service", "Dispatcher", props, spec).wrapped(MODULE, "dispatcher")
    module: Value = {"name": MODULE, "esModule": Embed(SCRIPTS / "dispatch.js"), "internal": True}
    return Attachment(inner.value, inner.services, ({"modules": [module]},))
