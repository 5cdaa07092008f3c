"""What all HTTP servers of the tests share: a quiet handler without delays, and a thread to serve from."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

POLL_SECONDS = 0.005
"""How long the end of a server may take to be seen; a test may have several."""


class QuietHandler(BaseHTTPRequestHandler):
    """Logs nothing, and sends what is written at once."""

    protocol_version = "HTTP/1.1"
    # Header and body are two writes. With Nagle's algorithm the second waits for the receipt of the first:
    # 40 ms in every response.
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(
    handler: type[QuietHandler], *, tls: ssl.SSLContext | None = None, **attributes: Any
) -> Iterator[int]:
    """Serve a class of handlers with these class attributes while the context is open; gives the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (handler,), attributes))
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
