"""TLS whose two directions end separately, for a program that still writes when its input has ended.

`ssl.SSLSocket.unwrap` (Python 3.11) waits for the other side, and drops what that still sends.
"""

from __future__ import annotations

import contextlib
import socket
import ssl

from pywrangler.engine.address import TlsFiles

PIECE_BYTES = 64 * 1024


class TlsChannel:
    """A TLS connection over a plain socket. After `begin` no method waits."""

    def __init__(self, plain: socket.socket, context: ssl.SSLContext, host: str) -> None:
        self._plain = plain
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._unsent = b""

    def begin(self) -> None:
        """Agree on TLS. Raises OSError."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self.flush()
                piece = self._plain.recv(PIECE_BYTES)
                if not piece:
                    raise ConnectionResetError("the other side ended the connection") from None
                self._incoming.write(piece)
            else:
                self.flush()
                return

    def fileno(self) -> int:
        """The descriptor of the plain socket."""
        return self._plain.fileno()

    def setblocking(self, flag: bool) -> None:
        """Whether the plain socket waits."""
        self._plain.setblocking(flag)

    @property
    def has_unsent(self) -> bool:
        """Whether encrypted bytes wait for the plain socket."""
        return bool(self._unsent)

    def pending(self) -> int:
        """How many bytes wait here, decrypted or not."""
        return self._tls.pending() + self._incoming.pending

    def recv(self, size: int) -> bytes:
        """Bytes that have come, or nothing at the end. Raises BlockingIOError if there are none now."""
        while True:
            with contextlib.suppress(ssl.SSLWantReadError):
                try:
                    return self._tls.read(size)
                except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                    return b""
            piece = self._plain.recv(PIECE_BYTES)
            if not piece:
                return b""
            self._incoming.write(piece)

    def send(self, content: bytes | memoryview) -> int:
        """How much was taken: nothing while earlier bytes wait."""
        self.flush()
        if self._unsent:
            return 0
        taken = self._tls.write(content[:PIECE_BYTES])
        self.flush()
        return taken

    def end_writing(self) -> None:
        """Announce the end of this direction."""
        # What has come is read first, so that nothing but the announcement is left to do here.
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        self.flush()

    def flush(self) -> None:
        """Send encrypted bytes, as far as the plain socket takes them."""
        self._unsent += self._outgoing.read()
        with contextlib.suppress(BlockingIOError):
            while self._unsent:
                self._unsent = self._unsent[self._plain.send(self._unsent) :]

    def close(self) -> None:
        """Close the connection."""
        self._plain.close()


def tls_context(files: TlsFiles) -> ssl.SSLContext:
    """A client context for an engine behind TLS. Raises OSError when a file cannot be read."""
    context = ssl.create_default_context(cafile=files.ca)
    if not files.is_verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if files.certificate and files.key:
        context.load_cert_chain(files.certificate, files.key)
    return context
