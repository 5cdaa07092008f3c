"""The sockets of a product's `workerd`: for the platform `control`, for Workers `calls`, both over HTTP.

A call over HTTP takes a quarter of the time of one through the debug port (workerd 2026-11), which takes a
new connection for each. The platform holds the socket, so calls wait in it while the process is replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pywrangler.local.workerd.bindings.links import CONTROL_SERVICE, OWN_COMPATIBILITY_DATE, own_modules
from pywrangler.local.workerd.capnp import Value, Void
from pywrangler.local.workerd.config import CONTROL_SOCKET


def control_socket(control: Path) -> Value:
    """The unix socket on which the platform calls the control Worker."""
    return {"name": CONTROL_SOCKET, "address": f"unix:{control}", "http": {}, "service": CONTROL_SERVICE}


def control_worker(scripts: Sequence[str], *bindings: Value) -> Value:
    """The platform's own Worker in the process: `scripts` of its modules, of which the first exports
    `Presence`, with `bindings` besides the one to the process itself.
    """
    return {
        "name": CONTROL_SERVICE,
        "worker": {
            "modules": own_modules(*scripts, "presence.js"),
            "compatibilityDate": OWN_COMPATIBILITY_DATE,
            "bindings": [{"name": "PROCESSES", "workerdDebugPort": Void()}, *bindings],
        },
    }


CALLS_SOCKET = "calls"


def calls_socket(service: str) -> Value:
    """The socket for Workers' calls of `service`, whose descriptor `workerd` inherits."""
    return {"name": CALLS_SOCKET, "http": {}, "service": service}


def disk(name: str, directory: Path) -> Value:
    """A directory as a service that reads and writes files."""
    return {"name": name, "disk": {"path": str(directory), "writable": True}}
