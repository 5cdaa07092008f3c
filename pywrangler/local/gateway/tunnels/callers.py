"""Finds the process that a connection comes from. A loopback port takes connections of every user of this
machine and of every page in a browser, and `workerd` sends no credential there. But `workerd` also connects
to the gateway's own unix socket, where the kernel says which process it is, and the kernel also knows the
process of a TCP connection.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path

from pywrangler.local.gateway.docker_api.wire import RequestHead
from pywrangler.local.gateway.tunnels.sock_diag import BY_FAMILY, ask_kernel, messages

Address = tuple[str, int]

PROCESSES_KEPT = 8
"""How many processes of one Worker to remember: the one that ends, the one that takes over, and some that
ended before.
"""
OWN_HOSTS = ("", "localhost", "127.0.0.1")
"""The hosts that `workerd` 2026-11-17 names: `localhost`, and none in a CONNECT."""
BROWSER_FIELDS = ("Origin", "Referer", "Cookie", "Sec-Fetch-Site", "Sec-Fetch-Mode")

_ANY_COOKIE = 0xFFFFFFFF
_INODE_OFFSET = 68
"""In a `struct inet_diag_msg`."""
_UCRED = "3i"


def comes_from_browser(head: RequestHead) -> bool:
    """Whether a web page sent this, perhaps under a host name that it made resolve to this machine."""
    host = (head.headers.get("Host") or "").rpartition("@")[2].partition(":")[0].lower()
    return host not in OWN_HOSTS or any(head.headers.get(name) for name in BROWSER_FIELDS)


class Callers:
    """The processes that have used a gateway's unix socket, which only this user may use."""

    def __init__(self, *, is_linux: bool = sys.platform == "linux") -> None:
        self._is_linux = is_linux
        self._processes: deque[tuple[int, str]] = deque(maxlen=PROCESSES_KEPT)

    def learn(self, connection: socket.socket) -> None:
        """Remember the process at the other end of a connection on the unix socket."""
        if not self._is_linux:
            return
        pid, _, _ = struct.unpack(
            _UCRED, connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize(_UCRED))
        )
        process = (pid, _started(pid))
        if process not in self._processes:
            self._processes.append(process)

    def is_known(self, connection: socket.socket) -> bool:
        """Whether one of these processes has the other end of a TCP connection on this machine. True if the
        kernel does not say, as on every system but Linux.
        """
        if not self._is_linux:
            return True
        inode = find_inode(connection.getpeername(), connection.getsockname())
        if not inode:
            return False
        processes = [pid for pid, started in reversed(self._processes) if _started(pid) == started]
        return any(_has_socket(pid, inode) for pid in processes)


def find_inode(local: Address, remote: Address) -> int:
    """The inode of the TCP socket with these addresses, or 0."""
    with suppress(OSError, struct.error):
        return _look_up(local, remote)
    # This kernel does not support the question.
    return find_in_table(Path("/proc/net/tcp").read_text(), local, remote)


def _look_up(local: Address, remote: Address) -> int:
    ports = struct.pack("!HH", local[1], remote[1])
    addresses = b"".join(socket.inet_aton(each[0]) + bytes(12) for each in (local, remote))
    wanted = ports + addresses + struct.pack("=III", 0, _ANY_COOKIE, _ANY_COOKIE)
    question = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, _ANY_COOKIE) + wanted
    body = next(body for kind, body in messages(ask_kernel(question)) if kind == BY_FAMILY)
    return int(struct.unpack_from("=I", body, _INODE_OFFSET)[0])


def find_in_table(table: str, local: Address, remote: Address) -> int:
    """The inode of a socket in the text of `/proc/net/tcp`, or 0."""
    wanted = [_in_table(local), _in_table(remote)]
    for line in table.splitlines():
        fields = line.split()
        if fields[1:3] == wanted:
            return int(fields[9])
    return 0


def _in_table(address: Address) -> str:
    # The address is a number in the machine's byte order, which is little-endian on all that we support.
    return f"{socket.inet_aton(address[0])[::-1].hex().upper()}:{address[1]:04X}"


def _has_socket(pid: int, inode: int) -> bool:
    wanted = f"socket:[{inode}]"
    with suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if str(descriptor.readlink()) == wanted:
                    return True
    return False


def _started(pid: int) -> str:
    """The start time of a process, in the kernel's units, which distinguishes it from a later one with the
    same id; "" if it is gone.
    """
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return ""
