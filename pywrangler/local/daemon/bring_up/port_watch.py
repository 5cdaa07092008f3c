"""Whether a container listens, but not where the Worker asks, and probably never will. Pure.

A slow program is no mistake. So the verdict needs ports that are open and have not changed for a while, and,
if another port is open, a container that computes nothing: a program that still starts does.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from ipaddress import ip_address

from pywrangler.local.gateway.tunnels.listening import ListeningPorts

LOOPBACK_SECONDS = 3.0
"""The port itself is open on a loopback address only. No known program listens elsewhere afterwards."""
OTHER_PORT_SECONDS = 10.0
"""Other ports are open, such as those of a program's monitoring, which often comes first."""
IDLE_SHARE = 0.02
"""What part of a processor an idle container may use."""


@dataclass
class PortWatch:
    """What was seen of one container's ports, and of the time that it computed."""

    _seen: frozenset[ListeningPorts] = frozenset()
    _since: float = 0.0
    _cpu: list[tuple[float, float]] = field(default_factory=list)

    def note(self, listening: Iterable[ListeningPorts], cpu_seconds: float | None, now: float) -> None:
        """What is open now, and how long the container has computed; None if that is not known."""
        seen = frozenset(listening)
        if seen != self._seen or not seen:
            self._seen, self._since, self._cpu = seen, now, []
        if cpu_seconds is None:
            self._cpu = []
        else:
            self._cpu.append((now, cpu_seconds))

    def is_wrong(self, asked: Set[int], now: float) -> bool:
        """Whether a program listens elsewhere than on any of the ports that the Worker asks for."""
        if not asked or not self._seen:
            return False
        own = [entry for entry in self._seen if entry.port in asked]
        if own:
            is_inside = all(ip_address(entry.address).is_loopback for entry in own)
            return is_inside and now - self._since >= LOOPBACK_SECONDS
        # One on loopback may be a debugger's, which is there before the program does anything.
        others = [entry for entry in self._seen if not ip_address(entry.address).is_loopback]
        return bool(others) and self._is_idle(now)

    def _is_idle(self, now: float) -> bool:
        """Whether the container has computed nearly nothing for the whole time, and that is long enough."""
        recent = [(moment, cpu) for moment, cpu in self._cpu if now - moment <= 2 * OTHER_PORT_SECONDS]
        if not recent:
            return False
        (first, before), (last, after) = recent[0], recent[-1]
        waited = last - first
        return waited >= OTHER_PORT_SECONDS and after - before <= IDLE_SHARE * waited
