"""The program that uses a port of this machine, for messages about taken ports."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
_LISTENING = "0A"
_PLATFORM = b"pywrangler.local.daemon"


def describe_holder(port: int) -> str:
    """A description of the program that listens on a port; "another program" if the system does not say."""
    if sys.platform != "linux":
        return "another program"
    inodes = {inode for table in ("tcp", "tcp6") for inode in listening_inodes(_read(f"net/{table}"), port)}
    pid = next(_holders(inodes), None) if inodes else None
    if pid is None:
        return "another program"
    if _PLATFORM in _read_bytes(f"{pid}/cmdline"):
        return f"another local platform (process {pid})"
    return f"another program, `{_read(f'{pid}/comm').strip()}` (process {pid})"


def listening_inodes(table: str, port: int) -> set[str]:
    """The inodes of sockets that listen on a port, from the text of `/proc/net/tcp`."""
    lines = (line.split() for line in table.splitlines()[1:])
    return {
        fields[9]
        for fields in lines
        if len(fields) > 9 and fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port
    }


def _holders(inodes: Collection[str]) -> Iterator[int]:
    """The processes that have one of these sockets, the oldest first. Processes of other users are not
    visible.
    """
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for pid in sorted(int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()):
        with suppress(OSError):
            for descriptor in (PROC / str(pid) / "fd").iterdir():
                with suppress(OSError):
                    if str(descriptor.readlink()) in wanted:
                        yield pid
                        break


def _read(name: str) -> str:
    return _read_bytes(name).decode(errors="replace")


def _read_bytes(name: str) -> bytes:
    with suppress(OSError):
        return (PROC / name).read_bytes()
    return b""
