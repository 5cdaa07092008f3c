"""What instances on Podman cannot have, in one sentence each. Pure. Tried with Podman 4.3."""

from __future__ import annotations

from pywrangler.local.gateway.outbound.egress import Egress


def limit_of_podman(backend: str | None, egress: Egress) -> str | None:
    """Why a container with this egress cannot be started on Podman, whose networks `backend` makes; None if
    it can, and for another engine (`backend` is None).
    """
    if backend is None or (egress.is_internet_allowed and not egress.is_intercepted):
        return None
    if egress.is_intercepted:
        names = ", ".join(egress.handled_names)
        return (
            f"the Worker handles what its containers send (to {names}), and the local platform does that on"
            " Docker only: the engine is Podman. The container was not started, because its connections would"
            " leave unseen"
        )
    if backend != "netavark":
        return (
            f"`enableInternet: false` needs Podman with netavark, and this one makes networks with {backend}:"
            ' set `network_backend = "netavark"` in containers.conf, or `enableInternet = true` in the class'
        )
    return None
