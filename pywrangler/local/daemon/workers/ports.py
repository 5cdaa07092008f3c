"""Listening sockets of Workers: the platform opens them, and each `workerd` that serves the Worker inherits
them.
"""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pywrangler.errors import PywranglerError
from pywrangler.local.workerd.records import LOOPBACK_SOCKETS, PublicSocket

BACKLOG = 1024
"""Connections that can wait while one `workerd` replaces another."""
DEFER_ACCEPT_SECONDS = 5
"""After this time `workerd` gets a connection that has not sent any bytes."""
LAST_PORT = 65535

LOOPBACK = {4: "127.0.0.1", 6: "::1"}
_ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 - only where a configuration says so
_NO_SUCH_FAMILY = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


class PortError(PywranglerError):
    """An address that cannot be opened. `is_taken`: another program listens on it."""

    code = "port"

    def __init__(self, message: str, *, hint: str | None = None, is_taken: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.is_taken = is_taken


@dataclass(frozen=True)
class Listener:
    """One listening socket: its entry in the configuration of `workerd`, and the socket of this process."""

    public: PublicSocket
    socket: socket.socket


@dataclass(frozen=True)
class Listeners:
    """Sockets of one Worker, all on the same port. `ip` is the requested address; None is loopback."""

    ip: str | None
    port: int
    opened: tuple[Listener, ...]

    @property
    def public(self) -> tuple[PublicSocket, ...]:
        """Their entries in the configuration of `workerd`."""
        return tuple(each.public for each in self.opened)

    @property
    def descriptors(self) -> dict[str, int]:
        """Descriptors by the name of the socket in workerd's configuration."""
        return {each.public.name: each.socket.fileno() for each in self.opened}

    def close(self) -> None:
        """Stop listening."""
        for each in self.opened:
            each.socket.close()


def open_listeners(
    preferred: int | None, first: int, reserved: Collection[int], ip: str | None = None
) -> Listeners:
    """Sockets on the preferred port if it is free, else on the next free one from `first`.

    Ports in `reserved` belong to other Workers. Raises `PortError` if no port is free, and for an `ip` that
    this machine does not have.
    """
    candidates = (port for port in range(first, LAST_PORT + 1) if port not in reserved)
    for port in (*(() if preferred is None else (preferred,)), *candidates):
        try:
            return listen_on(ip, port)
        except PortError as error:
            if not error.is_taken:
                raise
    raise PortError(
        f"There is no port from {first} on that is free for a Worker.",
        hint="Set `PYWRANGLER_WORKER_PORT` to another first port.",
    )


def listen_on(ip: str | None, port: int) -> Listeners:
    """Sockets on this port of all addresses that `ip` means. Raises `PortError` if any of them is taken."""
    opened: list[Listener] = []
    for number, (address, is_optional) in enumerate(_addresses(ip)):
        try:
            opened.append(Listener(_public(address, number), _listen(address, port)))
        except OSError as error:
            if is_optional and error.errno in _NO_SUCH_FAMILY:
                continue  # a machine without IPv6
            for each in opened:
                each.socket.close()
            raise _refusal(ip, port, error) from error
    return Listeners(ip, port, tuple(opened))


def _addresses(ip: str | None) -> Iterator[tuple[str, bool]]:
    """The addresses that `ip` means, each with whether the machine may lack it."""
    if ip is None or ip in ("*", "::"):
        four, six = (LOOPBACK[4], LOOPBACK[6]) if ip is None else _ANYWHERE
        yield four, False
        yield six, True
        return
    try:
        found = socket.getaddrinfo(ip, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise PortError(f"`{ip}` is neither an IP address nor a name of one") from error
    for *_, address in dict.fromkeys(found):
        yield str(address[0]), False


def _public(address: str, number: int) -> PublicSocket:
    """The socket's entry for `workerd`: clients of loopback have a known address, all others their own."""
    own = next((known for known in LOOPBACK_SOCKETS.values() if known.client == address), None)
    return own or PublicSocket(f"address{number}")


def _refusal(ip: str | None, port: int, error: OSError) -> PortError:
    if error.errno == errno.EADDRINUSE:
        return PortError(f"port {port} is taken", is_taken=True)
    if error.errno == errno.EADDRNOTAVAIL:
        return PortError(f"this machine does not have the address `{ip}`")
    if error.errno == errno.EACCES:
        return PortError(f"the platform may not open port {port}: ports below 1024 need special rights")
    return PortError(f"port {port} of `{ip or 'localhost'}` cannot be opened: {error.strerror}")


def _listen(address: str, port: int) -> socket.socket:
    is_v6 = ":" in address
    opened = socket.socket(socket.AF_INET6 if is_v6 else socket.AF_INET, socket.SOCK_STREAM)
    try:
        # So that connections of a former run in TIME_WAIT do not block the port.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_v6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if sys.platform == "linux":
            # workerd gets a connection together with its first bytes. Without this, a workerd that ends would
            # close accepted connections that have not sent anything yet.
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, DEFER_ACCEPT_SECONDS)
        opened.bind((address, port))
        opened.listen(BACKLOG)
    except BaseException:
        opened.close()
        raise
    return opened
