"""Reads `dev`: where the Worker listens on the local platform, and what else of it has no effect there."""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.config.environments import Section
from pywrangler.config.records import LocalAddress

LOCALHOST = "localhost"

_WITHOUT_EFFECT: Mapping[str, object] = {
    "enable_containers": True,
    "generate_types": False,
    "host": "",
    "inspector_ip": "",
    "inspector_port": None,
    "local_protocol": "http",
    "upstream_protocol": "http",
}
"""Fields that the local platform does not use, with the value that means nothing: Wrangler's default (4.164),
which tools write into generated files.
"""


def read_local_address(section: Section) -> LocalAddress:
    """The record of `dev`; for a section without errors."""
    node = section.get("dev")
    written = node.value if node and isinstance(node.value, Mapping) else {}
    ip = str(written.get("ip") or LOCALHOST)
    return LocalAddress(
        ip=None if ip.lower() == LOCALHOST else ip,
        port=written.get("port") or None,
        unused=tuple(
            name for name, default in _WITHOUT_EFFECT.items() if written.get(name, default) != default
        ),
    )
