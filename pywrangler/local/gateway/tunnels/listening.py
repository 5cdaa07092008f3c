"""The addresses on which processes in a container listen, from the kernel's tables `/proc/<pid>/net/tcp` and
`tcp6`. Parsing is pure.

They explain a port that never opens: another port is open instead, or the right one on 127.0.0.1 only.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pywrangler.engine.calls import EngineCalls
from pywrangler.errors import PywranglerError

_LISTEN = "0A"
"""TCP_LISTEN in the kernel's numbering (include/net/tcp_states.h)."""
_ENGINE_RESOLVER = ipaddress.ip_address("127.0.0.11")
"""The engine's own DNS resolver listens here inside every container on a network of ours."""
TABLES = ("tcp", "tcp6")


@dataclass(frozen=True, order=True)
class ListeningPorts:
    """An address and port with a listener."""

    port: int
    address: str
    """In its usual form: `0.0.0.0`, `127.0.0.1`, `::`, ..."""


def parse_table(text: str) -> set[ListeningPorts]:
    """The listeners in the text of one kernel table (or several, one after the other)."""
    found = set()
    for line in text.splitlines():
        fields = line.split()
        if len(fields) < 4 or fields[3] != _LISTEN:
            continue
        with suppress(ValueError):
            address, port = fields[1].split(":")
            ip = _parse_address(address)
            if ip != _ENGINE_RESOLVER:
                found.add(ListeningPorts(int(port, 16), str(ip)))
    return found


def _parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    # Each group of 8 hex digits is one 32-bit word in the machine's byte order, which is little-endian on all
    # that we support.
    words = bytes.fromhex(text)
    return ipaddress.ip_address(b"".join(words[i : i + 4][::-1] for i in range(0, len(words), 4)))


def is_reachable(listening: Iterable[ListeningPorts], port: int) -> bool:
    """Whether something listens on `port` that can be reached from outside of the container."""
    return any(
        entry.port == port and not ipaddress.ip_address(entry.address).is_loopback for entry in listening
    )


async def look_inside(engine: EngineCalls, inspected: dict[str, Any]) -> list[ListeningPorts]:
    """The listeners of a running container (its `inspect`), by port; empty if they are unknown.

    If the engine runs on this machine, the kernel's tables are read directly; else the image's `cat` reads
    them.
    """
    pid = int(inspected.get("State", {}).get("Pid") or 0)
    text = _read_tables(pid) if pid else ""
    if not text:
        with suppress(PywranglerError):
            text = await engine.run_inside(
                inspected["Id"], ["cat", *(f"/proc/net/{table}" for table in TABLES)]
            )
    return sorted(parse_table(text))


def _read_tables(pid: int) -> str:
    texts = []
    for table in TABLES:
        with suppress(OSError):
            texts.append(Path(f"/proc/{pid}/net/{table}").read_text())
    return "\n".join(texts)
