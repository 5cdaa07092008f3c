"""The listening socket on which Workers call a product's `workerd`."""

from __future__ import annotations

import socket
from pathlib import Path

from pywrangler.local.workerd.products.sockets import CALLS_SOCKET

BACKLOG = 1024


class CallsListener:
    """Open from the first start of the process to the end of the platform: calls wait in between."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket: socket.socket | None = None

    def open(self) -> dict[str, int]:
        """The descriptor, by the socket's name in the configuration of `workerd`."""
        if self._socket is None:
            self._path.unlink(missing_ok=True)
            listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                listening.bind(str(self._path))
                listening.listen(BACKLOG)
            except OSError:
                listening.close()
                raise
            self._socket = listening
        return {CALLS_SOCKET: self._socket.fileno()}

    def close(self) -> None:
        """Refuse calls from now on."""
        if self._socket is not None:
            self._socket.close()
            self._path.unlink(missing_ok=True)
