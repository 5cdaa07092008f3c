"""Workflows of a Worker: the engine that runs them, beside the Worker.

workerd (2026-11) brings the engine along, `/workerd/workflows.js`. The instances of a Workflow are objects of
its class `Engine`, which stand in the storage of Durable Objects.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from pywrangler.local.workerd.bindings.links import OWN_COMPATIBILITY_DATE, WORKER_SERVICE
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.records import WorkerSpec

WORKFLOWS_SERVICE = "workflows"
ENTRYPOINT = "WorkflowBinding"


def own_workflows(spec: WorkerSpec) -> dict[str, str]:
    """Classes by the names of the Workflows that they run, of those that the Worker is bound to itself."""
    bound = (binding for binding in spec.bindings if binding.get("type") == "workflow")
    return {
        str(binding["workflow_name"]): str(binding["class_name"])
        for binding in bound
        if binding.get("script_name") in (None, spec.name)
    }


def workflow_props(name: str) -> Value:
    """Props that choose a Workflow of the process."""
    return {"json": json.dumps({"workflow": name})}


def engine_of(names: Mapping[str, str]) -> Value:
    """What the Worker says about its Workflows; `names` are classes by Workflow."""
    return {
        "actorClass": {"name": WORKFLOWS_SERVICE, "entrypoint": "Engine"},
        "workflows": [
            {
                "className": class_name,
                "name": name,
                "bindingService": {
                    "name": WORKFLOWS_SERVICE,
                    "entrypoint": ENTRYPOINT,
                    "props": workflow_props(name),
                },
            }
            for name, class_name in names.items()
        ],
    }


def workflow_services(names: Iterable[str]) -> list[Value]:
    """The engine; none for a Worker without Workflows."""
    bindings: list[Value] = [
        {
            "name": f"workflow:{name}",
            "durableObjectNamespace": {
                "className": f"miniflare-workflows-{name}",
                "serviceName": WORKER_SERVICE,
            },
        }
        for name in names
    ]
    if not bindings:
        return []
    worker: Value = {
        "modules": [{"name": "workflows.js", "bundled": "/workerd/workflows.js"}],
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
        "bindings": bindings,
        "durableObjectStorage": {"localDisk": "storage"},
    }
    return [{"name": WORKFLOWS_SERVICE, "worker": worker}]
