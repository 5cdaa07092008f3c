"""What instances on Podman cannot have, in one sentence each. Pure. Tried with Podman 4.3."""

from __future__ import annotations

from pywrangler.local.gateway.outbound.egress import Egress


def limit_of_podman(backend: str | None, egress: Egress) -> str | None:
    """Why a container with this egress cannot be started on Podman, whose networks `backend` makes; None if
    it can, and for another engine (`backend` is None).
    """
    if backend in (None, "netavark") or (egress.is_internet_allowed and not egress.is_intercepted):
        return None
    need = "handling what a container sends" if egress.is_intercepted else "`enableInternet: false`"
    return (
        f"{need} needs Podman with netavark, and this one makes networks with {backend}:"
        ' set `network_backend = "netavark"` in containers.conf'
    )
