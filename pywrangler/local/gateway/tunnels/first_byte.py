"""Send a first byte that the receiver reads alone, whatever follows it.

workerd 2026-11-17 loses a tunnel if its first read returns a whole response without a body. It handles the
first read in one way and all later ones in another, and it gives up the tunnel if it cancels its wait for the
next response in between. With a first read of one byte it gets past that point. The bytes of the stream stay
the same.

TCP's urgent mark makes that possible: a read never goes past it, and the marked byte is not part of the
stream.
"""

from __future__ import annotations

import functools
import socket
from contextlib import suppress

_MARK = b"!"


def send_first(connection: socket.socket, data: bytes) -> int:
    """Send the first byte of `data`, to be read alone. Returns the number of sent bytes: 0 if this is
    impossible.
    """
    if not data or not _is_possible():
        return 0
    with suppress(OSError):
        # Both in one segment, so that the mark arrives together with the byte.
        return 1 if connection.send(data[:1] + _MARK, socket.MSG_OOB) > 0 else 0
    return 0


@functools.cache
def _is_possible() -> bool:
    """Whether urgent marks work as needed on this system: systems differ in this rare part of TCP."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            sender = socket.create_connection(listener.getsockname(), timeout=1)
            receiver, _ = listener.accept()
        with sender, receiver:
            receiver.settimeout(1)
            sender.send(b"1" + _MARK, socket.MSG_OOB)
            sender.sendall(b"23")
            return (receiver.recv(9), receiver.recv(9)) == (b"1", b"23")
    except OSError:
        return False
