"""What workerd told about a container's way out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True)
class Egress:
    """A container's way out, as the last `PUT /egress` had it."""

    is_internet_allowed: bool = False
    """Told before every start. Until then nothing is allowed, as in workerd."""
    handled_names: tuple[str, ...] = ()
    """Host names, with `*` for any characters, that the Worker wants to answer for; `*` also when it asked
    for addresses. Empty: nothing is intercepted.
    """
    port: int = 0
    """Of workerd's listener on 127.0.0.1 that connections are handed to."""

    @property
    def is_intercepted(self) -> bool:
        """Whether the Worker wants to see what the container sends."""
        return bool(self.handled_names)

    @property
    def way_out(self) -> str:
        """What is asked of the network, in words. The handled names are left out: a running container whose
        Worker handles any gets others at once.
        """
        internet = "internet" if self.is_internet_allowed else "no internet"
        return f"{internet}, with outbound handlers" if self.is_intercepted else internet

    def handles(self, name: str) -> bool:
        """Whether the Worker answers for a host name."""
        # Brackets mean something to fnmatch and nothing to workerd; no host name has them.
        return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in self.handled_names)

    def updated(self, told: Mapping[str, Any]) -> Egress:
        """This, changed by the body of another `PUT /egress`; what it leaves out stays."""
        changed = self
        if isinstance(port := told.get("port"), int):
            changed = replace(changed, port=port)
        if isinstance(internet := told.get("internet"), dict):
            changed = replace(changed, is_internet_allowed=bool(internet.get("enabled")))
        if isinstance(dns := told.get("dns"), dict):
            names = dns.get("allowHostnames") or ()
            changed = replace(changed, handled_names=tuple(str(name) for name in names))
        return changed
