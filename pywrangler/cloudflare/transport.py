"""One HTTP exchange: connections, proxies, certificates, time limits. It repeats and interprets nothing."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from pywrangler.errors import MissingError, UsageError

CERTIFICATE_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
"""Replace the system's certificates, as they do for OpenSSL and Requests."""
EXTRA_CERTIFICATE_VARIABLE = "NODE_EXTRA_CA_CERTS"
"""Adds to them, as for Node."""
POOL_SIZE = 8
CHUNK_BYTES = 65536
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


def proxy_for(url: str, environment: Mapping[str, str]) -> str | None:
    """The proxy that the standard variables name for `url`, lower-case names first; NO_PROXY is honoured."""
    parts = urlsplit(url)
    variable = _proxy_variable(parts.scheme, environment)
    if variable is None:
        return None
    proxy = environment[variable]
    if _is_excepted(
        parts.hostname or "", parts.port, environment.get("no_proxy") or environment.get("NO_PROXY")
    ):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _proxy_variable(scheme: str, environment: Mapping[str, str]) -> str | None:
    names = (name for lower in (f"{scheme}_proxy", "all_proxy") for name in (lower, lower.upper()))
    return next((name for name in names if environment.get(name)), None)


def _is_excepted(host: str, port: int | None, exceptions: str | None) -> bool:
    """Whether NO_PROXY names the host: `*`, a name, or a domain that it ends in, with or without a port."""
    for entry in (exceptions or "").replace(" ", "").lower().split(","):
        name, _, only_port = entry.partition(":")
        if only_port and only_port != str(port):
            continue
        name = name.removeprefix("*").removeprefix(".")
        if entry == "*" or (name and (host == name or host.endswith(f".{name}"))):
            return True
    return False


def tls_context(environment: Mapping[str, str]) -> ssl.SSLContext:
    """A verifying context with the certificates that the standard variables name."""
    variable = next((name for name in CERTIFICATE_VARIABLES if environment.get(name)), None)
    try:
        context = ssl.create_default_context(cafile=environment[variable] if variable else None)
        variable = EXTRA_CERTIFICATE_VARIABLE
        if extra := environment.get(variable):
            context.load_verify_locations(cafile=extra)
    except OSError as error:
        raise _unusable_certificates(variable, environment, error) from error
    return context


def _unusable_certificates(
    variable: str | None, environment: Mapping[str, str], error: OSError
) -> MissingError:
    if variable is None:
        return MissingError(
            f"The system's certificates cannot be read: {error.strerror or error}.",
            hint=f"Name a file of certificates in {CERTIFICATE_VARIABLES[0]}.",
        )
    is_no_certificate = isinstance(error, ssl.SSLError)
    reason = "it holds no certificate in PEM form" if is_no_certificate else error.strerror or str(error)
    return MissingError(
        f"`{environment[variable]}`, which {variable} names, cannot be used: {reason}.",
        hint=f"Name a file of certificates in PEM form in {variable}, or unset it.",
    )


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
    """Keeps connections to one server open between requests."""

    def __init__(self, base_url: str, environment: Mapping[str, str], limits: Limits) -> None:
        scheme = urlsplit(base_url).scheme
        self._limits = limits
        context = tls_context(environment) if scheme == "https" else None
        proxy = proxy_for(base_url, environment)
        self._pool: urllib3.PoolManager
        if proxy is None:
            self._pool = urllib3.PoolManager(maxsize=POOL_SIZE, ssl_context=context)
        else:
            variable = _proxy_variable(scheme, environment) or ""
            self._pool = _proxy_pool(proxy, context, variable)

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
        response = self._open(method, url, headers, body, min(seconds, max(deadline - time.monotonic(), 0.1)))
        chunks: list[bytes] = []
        size = 0
        try:
            # read1 gives what is there, so that the deadline holds for a response that drips in byte by byte.
            while chunk := response.read1(CHUNK_BYTES, decode_content=True):
                chunks.append(chunk)
                size += len(chunk)
                if time.monotonic() > deadline:
                    raise ExchangeError("the response took too long", was_sent=True)
                if size > MAX_ANSWER_BYTES:
                    raise ExchangeError("the response is too large", was_sent=True, is_lasting=True)
        except (HTTPError, OSError) as error:
            raise _translated(error) from error
        finally:
            response.release_conn()
        return Reply(response.status, {k.lower(): v for k, v in response.headers.items()}, b"".join(chunks))

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def lines(self, url: str, *, headers: Mapping[str, str]) -> tuple[Reply, Iterator[bytes]]:
        """Open a stream of lines that may never end; the reply's body is read only when it is an error."""
        response = self._open("GET", url, headers, None, None)
        names = {k.lower(): v for k, v in response.headers.items()}
        if response.status >= 400:
            return Reply(response.status, names, response.read()), iter(())
        return Reply(response.status, names), _read_lines(response)

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
        response = self._open(method, url, headers, body, seconds)
        names = {k.lower(): v for k, v in response.headers.items()}
        if response.status >= 300:
            return Reply(response.status, names, response.read()), iter(())
        return Reply(response.status, names), _read_pieces(response)

    def _open(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | IO[bytes] | None,
        seconds: float | None,
    ) -> urllib3.BaseHTTPResponse:
        # urllib3 (2.6) sends under the time limit of the connection: a large body needs more.
        is_streamed = body is not None and not isinstance(body, bytes)
        connecting = max(self._limits.connect_seconds, seconds or 0) if is_streamed else None
        timeout = urllib3.Timeout(connect=connecting or self._limits.connect_seconds, read=seconds)
        try:
            return self._pool.request(
                method,
                url,
                headers=dict(headers),
                body=body,
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except (HTTPError, OSError) as error:
            raise _translated(error) from error


def _proxy_pool(proxy: str, context: ssl.SSLContext | None, variable: str) -> urllib3.ProxyManager:
    headers = None
    try:
        parts = urlsplit(proxy)
        if parts.username:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers = urllib3.make_headers(proxy_basic_auth=login)
        address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        _ = parts.port
        return urllib3.ProxyManager(address, proxy_headers=headers, maxsize=POOL_SIZE, ssl_context=context)
    except (HTTPError, ValueError) as error:
        scheme, _, rest = proxy.partition("://")
        shown = f"{scheme}://{rest.rpartition('@')[2]}"  # without a password
        raise UsageError(
            f"{variable} is `{shown}`, which is not the address of an http or https proxy.",
            hint=f"Write it like `http://proxy.example.com:3128`, or unset {variable}.",
        ) from error


def _read_lines(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    rest = b""
    try:
        while piece := response.read1(CHUNK_BYTES):
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole
    except (HTTPError, OSError) as error:
        raise _translated(error) from error
    finally:
        response.close()
    if rest:
        yield rest


def _read_pieces(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    try:
        yield from response.stream(CHUNK_BYTES, decode_content=False)
    except (HTTPError, OSError) as error:
        raise _translated(error) from error
    finally:
        response.close()


def _translated(error: Exception) -> ExchangeError:
    """What `error` means for a repeat. urllib3's classes say whether anything can have been sent."""
    if isinstance(error, ProxyError) and error.original_error is not None:
        refused = str(error.original_error)
        if refused.startswith("Tunnel connection failed"):  # with the status that the proxy answered
            return ExchangeError(f"proxy: {refused}", was_sent=False, is_lasting=" 407 " in refused)
        inner = _translated(error.original_error)
        return ExchangeError(f"proxy: {inner.reason}", was_sent=False, is_lasting=inner.is_lasting)
    if isinstance(error, SSLError):
        return _untrusted(error)
    if isinstance(error, LocationParseError):
        return ExchangeError(str(error), was_sent=False, is_lasting=True)
    if isinstance(error, NewConnectionError):  # in urllib3 a kind of the next one
        return ExchangeError(_cause(error), was_sent=False)
    if isinstance(error, ConnectTimeoutError):
        return ExchangeError("no connection in time", was_sent=False)
    if isinstance(error, ReadTimeoutError):
        return ExchangeError("no response in time", was_sent=True)
    return ExchangeError("the connection broke", was_sent=True)


def _untrusted(error: SSLError) -> ExchangeError:
    """A certificate that is not trusted, or another failure of TLS."""
    inner = error.args[0] if error.args else error
    if message := getattr(inner, "verify_message", None):
        return ExchangeError(
            f"TLS: its certificate is not trusted ({message})",
            was_sent=False,
            is_lasting=True,
            hint=f"Name a file with its authority's certificate in {EXTRA_CERTIFICATE_VARIABLE}.",
        )
    reason = getattr(inner, "reason", None)
    words = reason.replace("_", " ").lower() if isinstance(reason, str) else str(error)
    return ExchangeError(f"TLS: {words}", was_sent=False, is_lasting=True)


def _cause(error: BaseException) -> str:
    cause = error.__cause__ or error.__context__
    return getattr(cause, "strerror", None) or str(cause or error)
