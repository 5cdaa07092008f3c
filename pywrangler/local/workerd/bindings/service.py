"""`service`: another Worker, or another entrypoint of this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.failures import UnsupportedBindingError
from pywrangler.local.workerd.records import WorkerSpec

WORKER_SERVICE = "worker"
"""Name of the user's Worker in its own process."""
PEER_HOST = "pywrangler-peer"
"""The host name under which two workerd processes speak Cap'n Proto, which RPC between Workers needs."""


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """This process's own Worker, or the peer socket of another Worker's process."""
    name, target, entrypoint = binding["name"], str(binding["service"]), binding.get("entrypoint")
    if target == spec.name:
        own: Value = {"name": WORKER_SERVICE} | ({"entrypoint": str(entrypoint)} if entrypoint else {})
        return Attachment({"service": own})
    if entrypoint:
        raise UnsupportedBindingError(
            f'binding "{name}" of Worker "{spec.name}" names entrypoint {entrypoint} of Worker "{target}"; '
            "between Workers the local platform has the default entrypoint only",
        )
    if target not in spec.peers:
        raise UnsupportedBindingError(
            f'binding "{name}" of Worker "{spec.name}" names Worker "{target}", which is not deployed here',
            hint=f'deploy "{target}" first',
        )
    peer_name = f"peer:{target}"
    peer: Mapping[str, Value] = {
        "name": peer_name,
        "external": {"address": f"unix:{spec.peers[target]}", "http": {"capnpConnectHost": PEER_HOST}},
    }
    return Attachment({"service": peer_name}, services=(peer,))
