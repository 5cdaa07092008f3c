"""Hosts that `workerd` allows a container to reach. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True)
class Egress:
    """The hosts that a container may reach, from the latest `PUT /egress`."""

    is_internet_allowed: bool = False
    """workerd sends it before every start. Until then nothing is allowed, as in workerd."""
    handled_names: tuple[str, ...] = ()
    """Host names that the Worker handles, with `*` for any characters; `*` also if it asked for addresses.
    Empty: nothing is intercepted.
    """
    port: int = 0
    """The port on 127.0.0.1 on which workerd takes the connections."""

    trusts_storage: bool = False
    """Whether the container has the certificate of R2's own host names: it was started without handlers."""

    @property
    def is_intercepted(self) -> bool:
        """Whether the Worker handles what the container sends."""
        return bool(self.handled_names)

    @property
    def access(self) -> str:
        """The required network, as a text. It omits the handled names, because a change of these takes effect
        at once in a running container.
        """
        internet = "internet" if self.is_internet_allowed else "no internet"
        return f"{internet}, with outbound handlers" if self.is_intercepted else internet

    def handles(self, name: str) -> bool:
        """Whether the Worker handles a host name."""
        # Brackets are special to fnmatch and not to workerd; no host name has them.
        return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in self.handled_names)

    def updated(self, told: Mapping[str, Any]) -> Egress:
        """This, changed by the body of another `PUT /egress`. Fields that the body omits stay."""
        changed = self
        if isinstance(port := told.get("port"), int):
            changed = replace(changed, port=port)
        if isinstance(internet := told.get("internet"), dict):
            changed = replace(changed, is_internet_allowed=bool(internet.get("enabled")))
        if isinstance(dns := told.get("dns"), dict):
            names = dns.get("allowHostnames") or ()
            changed = replace(changed, handled_names=tuple(str(name) for name in names))
        return changed
