"""How a product's `workerd` is reached: by Workers through its debug port, by the platform at `control`."""

from __future__ import annotations

from pathlib import Path

from pywrangler.local.workerd.bindings.links import CONTROL_SERVICE, OWN_COMPATIBILITY_DATE, own_modules
from pywrangler.local.workerd.capnp import Value, Void
from pywrangler.local.workerd.config import CONTROL_SOCKET


def control_socket(control: Path) -> Value:
    """The unix socket on which the platform calls the control Worker."""
    return {"name": CONTROL_SOCKET, "address": f"unix:{control}", "http": {}, "service": CONTROL_SERVICE}


def control_worker(script: str, *bindings: Value) -> Value:
    """The platform's own Worker in the process: `script`, one of its modules, which exports `Presence`, with
    `bindings` besides the one to the process itself.
    """
    return {
        "name": CONTROL_SERVICE,
        "worker": {
            "modules": own_modules(script, "presence.js"),
            "compatibilityDate": OWN_COMPATIBILITY_DATE,
            "bindings": [{"name": "PROCESSES", "workerdDebugPort": Void()}, *bindings],
        },
    }


def disk(name: str, directory: Path) -> Value:
    """A directory as a service that reads and writes files."""
    return {"name": name, "disk": {"path": str(directory), "writable": True}}
