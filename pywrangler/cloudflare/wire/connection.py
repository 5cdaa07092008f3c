"""One connection to a server, and what its failures mean for a repeat."""

from __future__ import annotations

import http.client
import socket
import ssl
from functools import partial
from typing import Any
from urllib.parse import SplitResult

from pywrangler.cloudflare.wire.certificates import EXTRA_CERTIFICATE_VARIABLE
from pywrangler.cloudflare.wire.proxies import Proxy

PIECE_BYTES = 65536


class ExchangeError(Exception):
    """No whole response came back.

    `was_sent`: the server may have acted on the request. `is_lasting`: repeating is pointless. `hint` says
    what to do if that is known.
    """

    def __init__(
        self, reason: str, *, was_sent: bool, is_lasting: bool = False, hint: str | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.was_sent = was_sent
        self.is_lasting = is_lasting


class ServerConnection(http.client.HTTPConnection):
    """A connection to the server, by way of the proxy if there is one."""

    def __init__(self, server: SplitResult, context: ssl.SSLContext | None, proxy: Proxy | None) -> None:
        host, port = server.hostname or "", server.port or (80 if context is None else 443)
        first = (host, port) if proxy is None else (proxy.host, proxy.port)
        super().__init__(*first, blocksize=PIECE_BYTES)
        self.default_port = 80 if context is None else 443
        self._server_name = host
        self._context = context
        self._proxy = proxy
        if proxy is not None and context is not None:
            self.set_tunnel(host, port, dict(proxy.headers))
        if proxy is not None and proxy.context is not None:
            self._create_connection = partial(_connect_with_tls, proxy)

    def open(self, seconds: float) -> None:
        """Connect. Raises `ExchangeError`."""
        self.timeout = seconds
        try:
            self.connect()
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.close()
            raise _unconnected(error, "" if self._proxy is None else "proxy: ") from error
        try:
            self._begin_tls()
        except (OSError, ValueError) as error:
            self.close()
            raise _unconnected(error) from error

    def _begin_tls(self) -> None:
        if self._context is None:
            return
        if isinstance(self.sock, ssl.SSLSocket):  # the proxy's: TLS within TLS
            from urllib3.util.ssltransport import SSLTransport

            self.sock = SSLTransport(self.sock, self._context, self._server_name)
        else:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self._server_name)


def _connect_with_tls(proxy: Proxy, address: tuple[str, int], *options: Any) -> ssl.SSLSocket:
    plain = socket.create_connection(address, *options)
    try:
        if proxy.context is None:
            raise ValueError("the proxy speaks no TLS")
        return proxy.context.wrap_socket(plain, server_hostname=proxy.host)
    except BaseException:
        plain.close()
        raise


def _unconnected(error: Exception, what: str = "") -> ExchangeError:
    """The error for a connection that was not made, by way of `what`: nothing was sent."""
    if isinstance(error, ssl.SSLError):
        return _untrusted(error, what)
    reason = getattr(error, "strerror", None) or str(error)
    if isinstance(error, TimeoutError):
        return ExchangeError(f"{what}no connection in time", was_sent=False)
    if isinstance(error, OSError):
        return ExchangeError(f"{what}{reason}", was_sent=False, is_lasting="failed: 407 " in reason)
    if isinstance(error, http.client.HTTPException):
        return ExchangeError(f"{what}the connection broke", was_sent=False)
    return ExchangeError(f"{what}{reason}", was_sent=False, is_lasting=True)


def _untrusted(error: ssl.SSLError, what: str) -> ExchangeError:
    """A certificate that is not trusted, or another failure of TLS."""
    if message := getattr(error, "verify_message", None):
        return ExchangeError(
            f"{what}TLS: its certificate is not trusted ({message})",
            was_sent=False,
            is_lasting=True,
            hint=f"Name a file with its authority's certificate in {EXTRA_CERTIFICATE_VARIABLE}.",
        )
    words = error.reason.replace("_", " ").lower() if error.reason else str(error)
    return ExchangeError(f"{what}TLS: {words}", was_sent=False, is_lasting=True)
