"""The addresses on which processes in a container listen, from the kernel's tables `/proc/<pid>/net/tcp` and
`tcp6`. Parsing is pure.

They explain a port that never opens: another port is open instead, or the right one on 127.0.0.1 only.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable, Mapping
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


def cpu_seconds(inspected: Mapping[str, Any]) -> float | None:
    """How long the processes of a running container (its `inspect`) have computed; None if that is not known.

    They are the processes in its network, which is its own.
    """
    pid = int(inspected.get("State", {}).get("Pid") or 0)
    try:
        network = str(Path(f"/proc/{pid}/ns/net").readlink())
        ticks = [_ticks(entry) for entry in Path("/proc").glob("[0-9]*") if _network(entry) == network]
        return sum(ticks) / os.sysconf("SC_CLK_TCK") if pid else None
    except OSError:
        return None


def _network(process: Path) -> str | None:
    try:
        return str((process / "ns" / "net").readlink())
    except OSError:  # it ended, or is another user's
        return None


def _ticks(process: Path) -> int:
    """Of the process and of its children that ended: fields 14 to 17 of its `stat` (proc(5))."""
    try:
        after_name = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, after_name[11:15]))


def _read_tables(pid: int) -> str:
    texts = []
    for table in TABLES:
        with suppress(OSError):
            texts.append(Path(f"/proc/{pid}/net/{table}").read_text())
    return "\n".join(texts)
