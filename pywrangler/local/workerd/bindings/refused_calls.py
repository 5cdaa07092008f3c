"""Calls that `workerd` refuses or answers otherwise, and the platform works around
(scripts/refused_calls.js).
"""

from __future__ import annotations

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.links import SCRIPTS
from pywrangler.local.workerd.capnp import Embed, Value
from pywrangler.local.workerd.records import WorkerSpec
from pywrangler.module_types import PYTHON

REFUSED_CALLS_BINDING = "pywrangler: refused calls"
REFUSED_WORDS = (b"directorySnapshots", b"jurisdiction", b"snapshotContainer")
"""Code without any of these words makes the calls only if it has containers."""
_MODULE = "pywrangler:refused-calls"
_GATEWAY_SERVICE = "gateway"


def works_around_refusals(spec: WorkerSpec) -> bool:
    """Whether the Worker needs it, and has JavaScript that it can change."""
    is_script = all(module.type != PYTHON for module in spec.modules)
    has_container = any(each.has_container for each in spec.classes)
    return (has_container or (spec.mentions_refused_calls and bool(spec.classes))) and is_script


def refused_calls_attachment(spec: WorkerSpec) -> Attachment:
    """The binding that does it, and then removes itself."""
    inner: list[Value] = [
        {"name": "name", "text": REFUSED_CALLS_BINDING},
        {"name": "gateway", "service": _GATEWAY_SERVICE},
    ]
    gateway: Value = {"address": f"unix:{spec.sockets.gateway}", "http": {}}
    module: Value = {"name": _MODULE, "internal": True, "esModule": Embed(SCRIPTS / "refused_calls.js")}
    return Attachment(
        {"wrapped": {"moduleName": _MODULE, "innerBindings": inner}},
        services=({"name": _GATEWAY_SERVICE, "external": gateway},),
        extensions=({"modules": [module]},),
    )
