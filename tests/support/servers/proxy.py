"""A real HTTP proxy on loopback that tunnels (`CONNECT`), as in companies; it may want a login."""

from __future__ import annotations

import base64
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.support.servers.serving import QuietHandler, serving


@dataclass
class Proxy:
    """What it was asked for; `login` (`name:password`) is what it wants."""

    login: str | None = None
    port: int = 0
    tunnels: list[str] = field(default_factory=list)


@contextmanager
def serve_proxy(login: str | None = None) -> Iterator[Proxy]:
    """Serve a proxy on a free port for as long as the context is open."""
    proxy = Proxy(login)
    with serving(_Handler, proxy=proxy) as proxy.port:
        yield proxy


class _Handler(QuietHandler):
    proxy: Proxy
    protocol_version = "HTTP/1.0"  # one tunnel for each connection

    def do_CONNECT(self) -> None:  # noqa: N802 - the name http.server asks for
        """Open a tunnel to where the request line says."""
        wanted = self.proxy.login
        expected = f"Basic {base64.b64encode(wanted.encode()).decode()}" if wanted else None
        if expected and self.headers.get("Proxy-Authorization") != expected:
            self.send_error(407)
            return
        self.proxy.tunnels.append(self.path)
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as target:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                _copy(self.connection, target)


def _copy(one: socket.socket, other: socket.socket) -> None:
    """Both ways, until one side ends."""
    while True:
        readable, _, _ = select.select([one, other], [], [], 10)
        for source in readable:
            data = source.recv(65536)
            if not data:
                return
            (other if source is one else one).sendall(data)
        if not readable:
            return
