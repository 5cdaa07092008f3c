"""Moves a Worker to another address: the requested one, or the nearest possible one."""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.local.daemon.workers.port_holders import describe_holder
from pywrangler.local.daemon.workers.ports import Listeners, PortError, listen_on, open_listeners


class Move:
    """The move of one Worker. `after` are its listeners after the move: `before`, until better ones are open.

    It never listens on an IP address that was not requested: if `ip` is not possible, it listens on loopback.
    """

    def __init__(self, before: Listeners, owners: Mapping[int, str], first_port: int) -> None:
        self.after = before
        self._before = before
        self._owners = owners
        self._first_port = first_port
        self._ip: str | None = None
        self._port: int | None = None
        self._problems: list[str] = []

    @property
    def problem(self) -> str | None:
        """Why the new address differs from the requested one."""
        return "; ".join(self._problems) or None

    def open_beside(self, port: int | None, ip: str | None) -> bool:
        """Open the new port while the current one is open, so that no connection is refused.

        False if only the IP address changes and the port stays. Then close the current port first, and call
        `open_in_place`.
        """
        self._ip, self._port = self._usable(ip), port
        if port is not None and port != self._before.port and self._open(port):
            return True
        return self._ip == self._before.ip

    def open_in_place(self) -> None:
        """Open the new address after the current one was closed. Raises `PortError` if no port is free."""
        port = self._before.port
        self.after = open_listeners(port, self._first_port, self._owners, self._ip)
        if self.after.port != port and self._port in (None, port):
            self._problems.append(f"port {port} is used by {describe_holder(port)}")

    def _usable(self, ip: str | None) -> str | None:
        if ip is not None:
            try:
                listen_on(ip, 0).close()
            except PortError as error:
                self._problems.append(error.message)
                return None
        return ip

    def _open(self, port: int) -> bool:
        if owner := self._owners.get(port):
            self._problems.append(f"port {port} is that of the Worker `{owner}`")
            return False
        try:
            self.after = listen_on(self._ip, port)
        except PortError as error:
            taken = f"port {port} is used by {describe_holder(port)}"
            self._problems.append(taken if error.is_taken else error.message)
            return False
        return True
