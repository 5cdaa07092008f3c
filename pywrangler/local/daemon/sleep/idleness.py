"""Asks Linux whether a process does nothing: whether it ran at all, and whether it holds a connection."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from pywrangler.local.gateway.tunnels.sock_diag import BY_FAMILY, aligned, ask_kernel, messages
from pywrangler.local.workerd.names import AlarmsUnknownError, next_alarm
from pywrangler.local.workerd.records import WorkerSpec
from pywrangler.local.workerd.supervisor import Rest
from pywrangler.local.workerd.workflows import alarm_directories, cron_directory, has_schedule

SOON_SECONDS = 5.0
"""Less than this until an alarm is not worth a sleep."""
_LISTENING = 10
"""The state of a listening socket (`TCP_LISTEN`), also of unix sockets."""
_TCP_INODE_AT = 68
"""The offset in `struct inet_diag_msg`."""
_UNIX_QUESTION = struct.Struct("=BBHIIIII")
_UNIX_ANSWER = struct.Struct("=BBBxI8x")
_ANY_STATE, _SHOW_PEER, _PEER = 0xFFFFFFFF, 4, 2
"""See linux/unix_diag.h."""
_STANDARD_STREAMS = ("0", "1", "2")


class UnixSocket(NamedTuple):
    """A unix socket of this machine. `peer` is the inode of its other end; 0 without one."""

    is_listening: bool
    peer: int


def times_woken(pid: int) -> int | None:
    """How often the main thread of the process went to sleep by itself; None if this system does not say.

    While the number stays the same, the thread does nothing. `workerd` (2026-11-17) does all its work there.
    """
    with contextlib.suppress(OSError, ValueError):
        text = Path(f"/proc/{pid}/status").read_text(errors="replace")
        found = re.search(r"^voluntary_ctxt_switches:\s*(\d+)$", text, re.MULTILINE)
        return int(found[1]) if found else None
    return None


async def find_rest(spec: WorkerSpec, pid: int) -> Rest | None:
    """How long the suspended runtime of `spec` may sleep; None if it may not, or if that is unknown."""
    return None if holds_connection(pid) else await asyncio.to_thread(_rest_of_alarms, spec)


def _rest_of_alarms(spec: WorkerSpec) -> Rest | None:
    try:
        due = next_alarm(spec.storage, alarm_directories(spec))
        # workerd (2026-11-17) sets the alarm of its scheduler a moment after the start.
        is_scheduled = not has_schedule(spec) or next_alarm(spec.storage, [cron_directory(spec.name)])
    except AlarmsUnknownError:
        return None
    is_soon = due is not None and due < time.time() + SOON_SECONDS
    return None if is_soon or not is_scheduled else Rest(due)


def holds_connection(pid: int) -> bool:
    """Whether the process has a connection to any other; True also if this system does not say."""
    if sys.platform != "linux":
        return True
    try:
        own = _own_sockets(pid)
        listening, local = _listening_inodes(), _unix_sockets()
    except (OSError, struct.error, ValueError):
        return True
    return any(is_connected(inode, own, listening, local) for inode in own)


def is_connected(
    inode: int, own: Collection[int], listening: Collection[int], local: Mapping[int, UnixSocket]
) -> bool:
    """Whether a socket leads out of the process, whose sockets are `own`.

    `listening` are the TCP sockets that listen, and `local` the unix sockets of this machine. What is in
    neither counts as a connection.
    """
    if inode in listening:
        return False
    found = local.get(inode)
    return found is None or not (found.is_listening or found.peer == 0 or found.peer in own)


def _own_sockets(pid: int) -> set[int]:
    """The inodes of its sockets, without its standard streams, of which uvloop leaves duplicates."""
    found: set[int] = set()
    streams: set[int] = set()
    for file in Path(f"/proc/{pid}/fd").iterdir():
        kind, _, inode = str(file.readlink()).partition(":[")
        if kind == "socket":
            (streams if file.name in _STANDARD_STREAMS else found).add(int(inode.removesuffix("]")))
    return found - streams


def _listening_inodes() -> set[int]:
    found: set[int] = set()
    for family in (socket.AF_INET, socket.AF_INET6):
        question = struct.pack("=BBBxI", family, socket.IPPROTO_TCP, 0, 1 << _LISTENING) + bytes(48)
        for kind, body in messages(ask_kernel(question, is_dump=True)):
            if kind == BY_FAMILY:
                found.add(struct.unpack_from("=I", body, _TCP_INODE_AT)[0])
    return found


def _unix_sockets() -> dict[int, UnixSocket]:
    question = _UNIX_QUESTION.pack(socket.AF_UNIX, 0, 0, _ANY_STATE, 0, _SHOW_PEER, 0, 0)
    return dict(read_unix_sockets(ask_kernel(question, is_dump=True)))


def read_unix_sockets(dump: bytes) -> Iterator[tuple[int, UnixSocket]]:
    """The unix sockets in the kernel's response, each with its inode."""
    for kind, body in messages(dump):
        if kind == BY_FAMILY:
            _, _, state, inode = _UNIX_ANSWER.unpack_from(body)
            yield inode, UnixSocket(state == _LISTENING, _peer(body))


def _peer(body: bytes) -> int:
    start = _UNIX_ANSWER.size
    while start + 4 <= len(body):
        length, kind = struct.unpack_from("=HH", body, start)
        if kind == _PEER:
            return int(struct.unpack_from("=I", body, start + 4)[0])
        start += aligned(max(length, 4))
    return 0
