"""Free loopback ports."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

FIRST, LAST = 10_000, 32_000
"""Enough for a run of all tests, and below the ports that Linux and macOS choose for clients, so that none of
those comes in between.
"""
BLOCK = 20
"""A platform takes the ports after its first one, too, one for each Worker."""
LOCKS = Path(tempfile.gettempdir()) / f"pywrangler-test-ports-{os.getuid()}"

_held: set[int] = set()
"""Descriptors of the locks of this process, which ends them with itself."""


def free_port() -> int:
    """A loopback port on which nothing listens, and as few after it as `BLOCK` says. No other test of this
    user gets one of them as long as this process lives.
    """
    LOCKS.mkdir(mode=0o700, exist_ok=True)
    count = (LAST - FIRST) // BLOCK
    for number in range(count):
        # Processes that start at once begin at different places.
        port = FIRST + BLOCK * ((number + os.getpid() * 7) % count)
        if _lock(LOCKS / str(port)) and not any(_is_taken(port + offset) for offset in range(BLOCK)):
            return port
    raise AssertionError(f"no free port from {FIRST} to {LAST}")


def _lock(file: Path) -> bool:
    descriptor = os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    _held.add(descriptor)
    return True


def _is_taken(port: int) -> bool:
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as probe, suppress(OSError):
            probe.settimeout(0.5)
            if probe.connect_ex((host, port)) == 0:
                return True
    return False
