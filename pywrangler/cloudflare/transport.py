"""One HTTP exchange: connections, proxies, certificates, time limits. It repeats and interprets nothing.

With the standard library, because commands start quickly: urllib3 (2.6) takes half as long to import as all
that a short command does.
"""

from __future__ import annotations

import contextlib
import http.client
import select
import time
import weakref
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import IO
from urllib.parse import quote, urlsplit

from pywrangler.cloudflare.wire.certificates import tls_context
from pywrangler.cloudflare.wire.connection import PIECE_BYTES, ExchangeError, ServerConnection
from pywrangler.cloudflare.wire.proxies import proxy_for, proxy_variable, read_proxy
from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError

TARGET_CHARACTERS = "/?:@!$&'()*+,;=%~[]#"
"""Stay as they are in the target of a request. Others, such as blanks, are encoded."""
MAX_ANSWER_BYTES = 256 * 1024 * 1024
"""A limit for the memory, far above any response of the API that is read as a whole."""


@dataclass(frozen=True)
class Limits:
    """Bounds of one request with its repeats."""

    connect_seconds: float = 10
    read_seconds: float = 60
    """Longest silence of the server."""
    total_seconds: float = 180
    attempts: int = 4
    backoff_seconds: float = 0.5
    """First pause between attempts; each further one is twice as long."""


@dataclass(frozen=True)
class Reply:
    """A whole response. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def checked_address(address: str, name: str) -> str:
    """The address, where it can be one. `name` is the variable that holds it. Raises `UsageError`."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        parts = None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"{name} is `{address}`, which is not an http or https address.",
            hint=f"Write it like `https://api.cloudflare.com/client/v4`, or unset {name}.",
        )
    return address


class Transport:
    """Keeps connections to one server open between requests. Several threads may use it."""

    def __init__(self, base_url: str, environment: Mapping[str, str], limits: Limits) -> None:
        server = urlsplit(base_url)
        proxy = proxy_for(base_url, environment)
        variable = proxy_variable(server.scheme, environment) or ""
        self._connect_seconds = limits.connect_seconds
        self._server = server
        self._context = tls_context(environment) if server.scheme == "https" else None
        self._proxy = None if proxy is None else read_proxy(proxy, variable, environment)
        self._idle: list[ServerConnection] = []
        """Connections without a request; the one that was used last is taken first."""
        # Many callers keep no client for which they could call `close`.
        weakref.finalize(self, _close_all, self._idle)

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | IO[bytes] | None,
        seconds: float,
        deadline: float,
    ) -> Reply:
        """Send one request and read the whole response, which must be there at `deadline` (monotonic clock).

        A body that is a file is sent piece by piece. `seconds` bounds each silence of the server. Raises
        `ExchangeError`.
        """
        silence = min(seconds, max(deadline - time.monotonic(), 0.1))
        connection, response = self._open(method, url, headers, body, silence)
        names = _headers_of(response)
        chunks: list[bytes] = []
        size = 0
        with contextlib.ExitStack() as opened:
            opened.callback(connection.close)
            opened.callback(response.close)
            # Pieces come as they are sent, so that the deadline holds for a response that drips in.
            for chunk in _unzipped(_pieces_of(response), names):
                chunks.append(chunk)
                size += len(chunk)
                if time.monotonic() > deadline:
                    raise ExchangeError("the response took too long", was_sent=True)
                if size > MAX_ANSWER_BYTES:
                    raise ExchangeError("the response is too large", was_sent=True, is_lasting=True)
            if not response.will_close:
                opened.pop_all()
                response.close()
                self._idle.append(connection)
        return Reply(response.status, names, b"".join(chunks))

    def close(self) -> None:
        """Close the connections."""
        _close_all(self._idle)

    def lines(self, url: str, *, headers: Mapping[str, str]) -> tuple[Reply, Iterator[bytes]]:
        """Open a stream of lines that may never end; the reply's body is read only when it is an error."""
        reply, pieces = _streamed(*self._open("GET", url, headers, None, None), refused_from=400)
        return reply, _lines_of(_unzipped(pieces, reply.headers))

    def pieces(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        seconds: float,
        method: str = "GET",
        body: bytes | IO[bytes] | None = None,
    ) -> tuple[Reply, Iterator[bytes]]:
        """Open a response of any size, as it is sent; the reply's body is read only when it is an error."""
        return _streamed(*self._open(method, url, headers, body, seconds), refused_from=300)

    def _open(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | IO[bytes] | None,
        seconds: float | None,
    ) -> tuple[ServerConnection, http.client.HTTPResponse]:
        """A connection that has sent the request, and the beginning of its response."""
        connection = self._connection()
        try:
            if connection.sock is None:
                connection.open(self._connect_seconds)
            connection.sock.settimeout(seconds)
            # A server that refuses a large body may close the connection before it has read all of it.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, self._target(url), body, self._with_proxy_login(headers))
            return connection, connection.getresponse()
        except TimeoutError as error:
            connection.close()
            raise ExchangeError("no response in time", was_sent=True) from error
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise ExchangeError("the connection broke", was_sent=True) from error
        except BaseException:
            connection.close()
            raise

    def _connection(self) -> ServerConnection:
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread has taken it
                break
            # What can be read before a request is the end of the connection.
            if not select.select([connection.sock], [], [], 0)[0]:
                return connection
            connection.close()
        return ServerConnection(self._server, self._context, self._proxy)

    def _target(self, url: str) -> str:
        """What the request names: a proxy of plain HTTP needs the whole address."""
        if not (self._proxy and self._context is None):
            url = urlsplit(url)._replace(scheme="", netloc="", fragment="").geturl() or "/"
        return quote(url, safe=TARGET_CHARACTERS)

    def _with_proxy_login(self, headers: Mapping[str, str]) -> dict[str, str]:
        login = self._proxy.headers if self._proxy and self._context is None else {}
        return {**headers, **login}


def _close_all(connections: list[ServerConnection]) -> None:
    while connections:
        connections.pop().close()


def _headers_of(response: http.client.HTTPResponse) -> dict[str, str]:
    names = response.headers
    return {name.lower(): ", ".join(names.get_all(name) or ()) for name in names}


def _pieces_of(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """The body as it comes. Raises `ExchangeError`, also if it ends too early."""
    try:
        while piece := response.read1(PIECE_BYTES):
            yield piece
    except TimeoutError as error:
        raise ExchangeError("no response in time", was_sent=True) from error
    except (OSError, http.client.HTTPException) as error:
        raise ExchangeError("the connection broke", was_sent=True) from error
    if response.length:
        raise ExchangeError("the connection broke", was_sent=True)


def _streamed(
    connection: http.client.HTTPConnection, response: http.client.HTTPResponse, refused_from: int
) -> tuple[Reply, Iterator[bytes]]:
    """A response whose pieces are still to be read; an error is read whole."""
    names, pieces = _headers_of(response), _closing(connection, response)
    if response.status >= refused_from:
        return Reply(response.status, names, b"".join(_unzipped(pieces, names))), iter(())
    return Reply(response.status, names), pieces


def _closing(connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        yield from _pieces_of(response)
    finally:
        response.close()
        connection.close()


def _unzipped(pieces: Iterator[bytes], headers: Mapping[str, str]) -> Iterator[bytes]:
    if headers.get("content-encoding") != "gzip":
        yield from pieces
        return
    unzip = zlib.decompressobj(zlib.MAX_WBITS | 16)  # 16: with gzip's head
    try:
        for piece in pieces:
            yield unzip.decompress(piece)
        yield unzip.flush()
    except zlib.error as error:
        raise ExchangeError("the connection broke", was_sent=True) from error


def _lines_of(pieces: Iterator[bytes]) -> Iterator[bytes]:
    begun: list[bytes] = []  # joined at its end only: a line of many pieces is copied once
    for piece in pieces:
        first, *others = piece.split(b"\n")
        begun.append(first)
        for other in others:
            yield b"".join(begun)
            begun = [other]
    if any(begun):
        yield b"".join(begun)
