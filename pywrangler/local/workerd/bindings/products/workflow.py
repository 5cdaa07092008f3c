"""`workflow`: starts instances of a Workflow, of this Worker or of another, and looks after them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.links import link
from pywrangler.local.workerd.records import WorkerSpec
from pywrangler.local.workerd.workflows import ENTRYPOINT, WORKFLOWS_SERVICE, workflow_props

MODULE = "cloudflare-internal:workflows-api"


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """The module that has the interface, in front of the engine in the process that has the class."""
    name, script = str(binding["workflow_name"]), binding.get("script_name")
    if script in (None, spec.name) and not spec.is_beside:
        service = {"name": WORKFLOWS_SERVICE, "entrypoint": ENTRYPOINT, "props": workflow_props(name)}
        return Attachment({"service": service}).wrapped(MODULE, "fetcher")
    script = str(script or spec.name)
    props = {"worker": script, "socket": str(spec.peers[script]), "workflow": name}
    return link("service", "Workflow", props, spec).wrapped(MODULE, "fetcher")
