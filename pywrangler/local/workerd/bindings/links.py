"""Services for bindings to targets outside of the Worker's process (see scripts/links.js).

Processes reach each other's services, entrypoints and props through workerd's debug port (2026-11:
`--debug-port` and the binding `workerdDebugPort`), which each serves on a private unix socket. Verified:
fetch, RPC with callbacks, pipelining and streams, WebSockets, props. A process with such open connections
ends on SIGTERM as fast as any other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.capnp import Embed, Value, Void
from pywrangler.local.workerd.records import WorkerSpec

SCRIPTS = Path("/scripts")
"""The platform's own modules, as the configuration names them: see `OWN_IMPORT_PATH`."""
OWN_IMPORT_PATH = Path(__file__).parent.parent
"""The path in which `workerd` looks for `SCRIPTS`. With it the configuration does not depend on where
pywrangler is installed.
"""
OWN_COMPATIBILITY_DATE = "2026-11-01"
"""Compatibility date of the platform's own Workers; verified with the pinned workerd."""
WORKER_SERVICE = "worker"
"""Name of the user's Worker in its own process."""
CONTROL_SERVICE = "control"
"""Name of the platform's Worker in each process. Links check with it that the process answers."""
LINKS_SERVICE = "links"
ASSETS_SERVICE = "assets"
"""The service that answers with the Worker's static assets only."""

_PROCESSES: Value = {"name": "PROCESSES", "workerdDebugPort": Void()}
PLATFORM_BINDING: Value = {"name": "PLATFORM", "service": "platform"}


def own_modules(*names: str) -> list[Value]:
    """Modules of the platform's own Workers, the main module first, from the files of these names."""
    return [{"name": name, "esModule": Embed(SCRIPTS / name)} for name in names]


def link(kind: str, entrypoint: str, props: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """A binding of `kind` to an entrypoint of the links service."""
    services = (links_service(), platform_service(spec))
    return Attachment({kind: link_designator(entrypoint, props)}, services=services)


def link_designator(entrypoint: str, props: Mapping[str, Any]) -> Value:
    """An entrypoint of the links service."""
    return {
        "name": LINKS_SERVICE,
        "entrypoint": entrypoint,
        "props": {"json": json.dumps(props, separators=(",", ":"))},
    }


def tail_consumer(worker: str, spec: WorkerSpec) -> Attachment:
    """The service that sends this Worker's events to another Worker. Its designator is under `tail`."""
    told = {
        "worker": worker,
        "socket": str(spec.peers[worker]),
        "script": spec.name,
        "version": spec.version_id,
    }
    return link("tail", "TailConsumer", told, spec)


def remote_objects(script: str, class_name: str, spec: WorkerSpec) -> Attachment:
    """A binding to Durable Objects of another Worker: a local namespace whose objects forward every call.

    Ids are made from the namespace's id, so both processes must have the same one. Ids of a class that does
    not exist yet are useless, but there are no objects to use them for.
    """
    name = f"objects:{script}:{class_name}"
    namespace_id = spec.remote_classes.get((script, class_name), f"absent:{script}:{class_name}")
    target = {
        "worker": script,
        "socket": str(spec.peers[script]),
        "class_name": class_name,
        "namespace_id": namespace_id,
    }
    service: Mapping[str, Value] = {
        "name": name,
        "worker": {
            "modules": own_modules("links.js", "forwarding.js"),
            "compatibilityDate": OWN_COMPATIBILITY_DATE,
            "bindings": [_PROCESSES, PLATFORM_BINDING, {"name": "TARGET", "json": json.dumps(target)}],
            "durableObjectNamespaces": [{"className": "RemoteObject", "uniqueKey": namespace_id}],
            "durableObjectStorage": {"inMemory": Void()},
        },
    }
    binding: Value = {"className": "RemoteObject", "serviceName": name}
    return Attachment({"durableObjectNamespace": binding}, services=(service, platform_service(spec)))


def links_service() -> Mapping[str, Value]:
    """The service that leads out of the process; it needs the `platform_service`."""
    worker: Value = {
        "modules": own_modules("links.js", "forwarding.js"),
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
        "bindings": [_PROCESSES, PLATFORM_BINDING],
    }
    return {"name": LINKS_SERVICE, "worker": worker}


def platform_service(spec: WorkerSpec) -> Mapping[str, Value]:
    """The platform's private socket as a service."""
    return platform_at(spec.shared.platform)


def platform_at(socket: Path) -> Mapping[str, Value]:
    """The same, of a process that is no Worker's."""
    return {"name": "platform", "external": {"address": f"unix:{socket}", "http": {}}}
