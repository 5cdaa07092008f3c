"""Workflows of a Worker: the engine that runs them, beside the Worker.

workerd (2026-11) brings the engine along, `/workerd/workflows.js`. The instances of a Workflow are objects of
its class `Engine`, which stand in the storage of Durable Objects.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from pywrangler.local.workerd.bindings.links import CONTROL_SERVICE, WORKER_SERVICE, own_modules
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.records import WorkerSpec

WORKFLOWS_SERVICE = "workflows"
ENTRYPOINT = "WorkflowBinding"
COMPATIBILITY_DATE = "2024-10-22"
"""Of the engine in Wrangler (4.164). It decides how errors read. From a later date on, an error keeps its
name across RPC, and what a step throws as NonRetryableError becomes the error of the instance.
"""
ERROR_FLAGS = ("enhanced_error_serialization", "workflows_preserve_non_retryable_error_message")
"""Flags for that in a Worker's configuration, which count for its engine, too, while its date does not."""


def workflow_props(name: str) -> Value:
    """Props that choose a Workflow of the process."""
    return {"json": json.dumps({"workflow": name})}


def engine_of(names: Mapping[str, str]) -> Value:
    """The part of the configuration that connects the Worker with the engine; `names` are classes by
    Workflow.
    """
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


def workflow_bindings(spec: WorkerSpec) -> list[Value]:
    """What the control Worker asks about instances (see scripts/flows.js)."""
    found: list[Value] = []
    for name in spec.workflows:
        interface = {
            "name": WORKFLOWS_SERVICE,
            "entrypoint": ENTRYPOINT,
            "props": workflow_props(name),
        }
        found.append({"name": f"flow:{name}", "service": interface})
        found.append({"name": f"instances:{name}", **_instances(name)})
    return found


def workflow_crons(spec: WorkerSpec) -> tuple[dict[str, list[str]], list[Value]]:
    """Cron expressions by the names of bindings, and these bindings, which workerd's scheduler calls."""
    crons: dict[str, list[str]] = {}
    bindings: list[Value] = []
    for number, (name, expressions) in enumerate(sorted(spec.workflow_crons.items())):
        binding = f"WORKFLOW_{number}"
        crons[binding] = list(expressions)
        service: Value = {
            "name": CONTROL_SERVICE,
            "entrypoint": "WorkflowSchedule",
            "props": workflow_props(name),
        }
        bindings.append({"name": binding, "service": service})
    return crons, bindings


def _instances(name: str) -> dict[str, Value]:
    namespace: Value = {"className": instances_directory(name), "serviceName": WORKER_SERVICE}
    return {"durableObjectNamespace": namespace}


def instances_directory(name: str) -> str:
    """The directory of a Workflow's instances among those of Durable Objects; and the name of their class."""
    return f"miniflare-workflows-{name}"


def alarm_directories(spec: WorkerSpec) -> list[str]:
    """The directories among those of Durable Objects in which the Worker, its schedule and its Workflows have
    alarms.
    """
    own = [entry.namespace_id for entry in spec.classes]
    return [*own, cron_directory(spec.name), *map(instances_directory, spec.workflows)]


def has_schedule(spec: WorkerSpec) -> bool:
    """Whether the Worker or one of its Workflows is started by cron expressions."""
    return bool(spec.crons or spec.workflow_crons)


def cron_directory(worker: str) -> str:
    """The directory of the schedule of a Worker among those of Durable Objects."""
    return f"cron-{worker}"


def workflow_services(spec: WorkerSpec) -> list[Value]:
    """The engine; none for a Worker without Workflows."""
    bindings: list[Value] = [{"name": f"workflow:{name}", **_instances(name)} for name in spec.workflows]
    if not bindings:
        return []
    if spec.workflow_settings:
        bindings.append({"name": "WORKFLOWS", "json": json.dumps(spec.workflow_settings, sort_keys=True)})
    worker: Value = {
        "modules": [
            *own_modules("workflow_engine.js"),
            {"name": "workflows.js", "bundled": "/workerd/workflows.js"},
        ],
        "compatibilityDate": COMPATIBILITY_DATE,
        "compatibilityFlags": [flag for flag in spec.compatibility_flags if flag in ERROR_FLAGS],
        "bindings": bindings,
        "durableObjectStorage": {"localDisk": "storage"},
    }
    return [{"name": WORKFLOWS_SERVICE, "worker": worker}]
