"""Calls to the engine for commands, one connection each, with the standard library only: so a command starts
quickly. It can also send and receive streams of any size, and take over the connection of an `exec`.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import select
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from pywrangler.engine.address import EngineAddress
from pywrangler.engine.failures import (
    EngineRefusedError,
    dockers_status,
    explain_connection_failure,
    not_answering,
)
from pywrangler.engine.tls_channel import TlsChannel, tls_context

CONNECT_SECONDS = 10.0
PIECE_BYTES = 256 * 1024
LARGEST_HEAD_BYTES = 64 * 1024


class EngineSession:
    """The engine at one address. Every call raises EngineRefusedError if the engine refuses, and MissingError
    if it cannot be reached.
    """

    def __init__(self, address: EngineAddress, seconds: float | None = None) -> None:
        """`seconds`: how long the engine may send nothing during a call; None: for ever."""
        self.address = address
        self._seconds = seconds

    def json(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """The response of one call; None for an empty one."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        content = json.dumps(body).encode() if body is not None else None
        with self.open(method, path, query=query, content=content, headers=headers) as response:
            text = self._read_all(response)
        return json.loads(text) if text.strip() else None

    @contextmanager
    def open(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[http.client.HTTPResponse]:
        """A response whose body the caller reads."""
        with self._connection() as connection:
            with self._translated():
                connection.request(method, _target(path, query), body=content, headers=dict(headers or {}))
                response = connection.getresponse()
            yield self._accepted(response)

    @contextmanager
    def upload(self, path: str, *, query: Mapping[str, str]) -> Iterator[UploadBody]:
        """A `PUT` whose body is what the caller writes. It has succeeded when the context ends."""
        with self._connection() as connection:
            with self._translated():
                connection.putrequest("PUT", _target(path, query))
                connection.putheader("Content-Type", "application/x-tar")
                connection.putheader("Transfer-Encoding", "chunked")
                connection.endheaders()
            body = UploadBody(connection)
            try:
                yield body
                body.finish()
            except _NotTakenError:
                pass  # The engine refused before it read all; its response says why.
            with self._translated():
                response = connection.getresponse()
                self._accepted(response)
                response.read()

    def take_over(self, path: str, body: Mapping[str, Any]) -> RawStream:
        """The connection of a call that the engine answers with a stream in both directions."""
        content = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: engine\r\nContent-Type: application/json\r\n"
            f"Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        with self._translated():
            connection = open_channel(self.address)
        try:
            with self._translated():
                _send_all(connection, head.encode() + content)
                status, rest = _read_head(connection)
                if status not in (101, 200):
                    body_of_error = rest if b"}" in rest else rest + _read_rest(connection)
                    raise _refused(status, body_of_error)
        except BaseException:
            connection.close()
            raise
        return RawStream(connection, rest)

    @contextmanager
    def _connection(self) -> Iterator[http.client.HTTPConnection]:
        connection = _Connection(self.address, self._seconds)
        try:
            yield connection
        finally:
            connection.close()

    def _read_all(self, response: http.client.HTTPResponse) -> bytes:
        with self._translated():
            return response.read()

    def _accepted(self, response: http.client.HTTPResponse) -> http.client.HTTPResponse:
        if response.status >= 400:
            raise _refused(response.status, response.read())
        return response

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            if self._seconds is None:
                raise explain_connection_failure(self.address, error) from error
            raise not_answering(self.address, self._seconds) from error
        except (OSError, http.client.HTTPException) as error:
            raise explain_connection_failure(self.address, error) from error


class _Connection(http.client.HTTPConnection):
    """An HTTP connection over whatever socket leads to the engine."""

    def __init__(self, address: EngineAddress, seconds: float | None) -> None:
        super().__init__("engine")
        self._address = address
        self._seconds = seconds

    def connect(self) -> None:
        try:
            self.sock = open_socket(self._address)
        except TimeoutError as error:
            raise explain_connection_failure(self._address, error) from error
        self.sock.settimeout(self._seconds)


class _NotTakenError(Exception):
    """The engine takes no more of a body."""


class UploadBody:
    """The body of a request, in pieces, as a file that can only be written."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._connection = connection
        self.sent_bytes = 0

    def write(self, piece: bytes) -> int:
        """Send a piece."""
        if piece:
            self._send(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.sent_bytes += len(piece)
        return len(piece)

    def finish(self) -> None:
        """Send the end."""
        self._send(b"0\r\n\r\n")

    def _send(self, content: bytes) -> None:
        try:
            self._connection.send(content)
        except OSError as error:
            raise _NotTakenError from error


class RawStream:
    """A connection without a protocol. Nothing here waits: `fileno` can be waited for."""

    def __init__(self, connection: socket.socket | TlsChannel, first: bytes) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._first = first

    def fileno(self) -> int:
        """The descriptor to wait for."""
        return self._connection.fileno()

    @property
    def has_input(self) -> bool:
        """Whether bytes wait here that waiting for the descriptor would not show."""
        return bool(self._first) or (
            isinstance(self._connection, TlsChannel) and self._connection.pending() > 0
        )

    @property
    def has_unsent(self) -> bool:
        """Whether bytes wait here until the descriptor can be written to."""
        return isinstance(self._connection, TlsChannel) and self._connection.has_unsent

    def read(self) -> bytes | None:
        """Bytes that have come; None if there are none now, and nothing at the end."""
        if self._first:
            first, self._first = self._first, b""
            return first
        try:
            return self._connection.recv(PIECE_BYTES)
        except BlockingIOError:
            return None
        except ConnectionResetError:
            return b""

    def write(self, content: bytes | memoryview) -> int:
        """How much of it could be sent. Without content, what waits here is sent."""
        try:
            return self._connection.send(content) if content else self._flush()
        except BlockingIOError:
            return 0

    def end_writing(self) -> None:
        """Tell the engine that no more input comes. Output can still be read."""
        with contextlib.suppress(OSError):
            if isinstance(self._connection, TlsChannel):
                self._connection.end_writing()
            else:
                self._connection.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _flush(self) -> int:
        if isinstance(self._connection, TlsChannel):
            self._connection.flush()
        return 0


def open_channel(address: EngineAddress) -> socket.socket | TlsChannel:
    """A connection whose two directions can end separately. Raises OSError."""
    if address.socket_path is not None or address.tls is None:
        return open_socket(address)
    host, port = address.host_and_port
    plain = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
    try:
        channel = TlsChannel(plain, tls_context(address.tls), host)
        channel.begin()
        plain.settimeout(None)
    except BaseException:
        plain.close()
        raise
    return channel


def open_socket(address: EngineAddress) -> socket.socket:
    """A connected socket. Raises OSError."""
    if address.socket_path is not None:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(CONNECT_SECONDS)
            connection.connect(str(address.socket_path))
            connection.settimeout(None)
        except BaseException:
            connection.close()
            raise
        return connection
    host, port = address.host_and_port
    plain = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = (
            tls_context(address.tls).wrap_socket(plain, server_hostname=host) if address.tls else plain
        )
        connection.settimeout(None)
    except BaseException:
        plain.close()
        raise
    return connection


def _target(path: str, query: Mapping[str, str] | None) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _read_head(connection: socket.socket | TlsChannel) -> tuple[int, bytes]:
    """The status of a response, and what follows its head."""
    received = b""
    while b"\r\n\r\n" not in received and len(received) < LARGEST_HEAD_BYTES:
        piece = connection.recv(4096)
        if not piece:
            raise http.client.RemoteDisconnected("the engine closed the connection")
        received += piece
    head, _, rest = received.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if len(words) < 2 or not words[1].isdigit():
        raise http.client.BadStatusLine(head[:80].decode("latin-1"))
    return int(words[1]), rest


def _send_all(connection: socket.socket | TlsChannel, content: bytes) -> None:
    while content:
        content = content[connection.send(content) :]


def _read_rest(connection: socket.socket | TlsChannel) -> bytes:
    """The body of an error: short, and perhaps on a connection that stays open."""
    received = b""
    with contextlib.suppress(OSError):
        while b"}" not in received and select.select([connection], [], [], 1.0)[0]:
            piece = connection.recv(4096)
            if not piece:
                break
            received += piece
    return received


def _refused(status: int, body: bytes) -> EngineRefusedError:
    message = _message(status, body)
    return EngineRefusedError(message, dockers_status(status, message))


def _message(status: int, body: bytes) -> str:
    begin, end = body.find(b"{"), body.rfind(b"}")
    try:
        return str(json.loads(body[begin : end + 1])["message"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP status {status}"
