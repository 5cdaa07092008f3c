"""Connects the gateway to a port inside a container: at the container's own address, or published on
loopback.

If the engine runs on this machine on Linux, a container's address and all of its ports can be reached. In a
virtual machine (Docker Desktop, OrbStack, Colima) or with a rootless engine they cannot. There ports must be
published when the container is created, so only ports known by then can be reached: the ports that the image
exposes, ports that were requested before, and common ones.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

COMMON_PORTS = (80, 3000, 4000, 5000, 5173, 8000, 8080, 8081, 8888, 9000)
CONNECT_TIMEOUT_SECONDS = 2.0
CLOSED_PORT_PROBE_SECONDS = 0.25
"""How long a publishing proxy takes at most to close a connection if nothing listens behind it, on a busy
machine.
"""

KEEP_ALIVE = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
"""A container's network can disappear with its last packets, so keep-alive probes detect the end (seconds,
seconds, times).
"""

Address = tuple[str, int]


class ContainerDialer(Protocol):
    """One way to reach containers."""

    def ports_to_publish(self, image: Mapping[str, Any], asked_before: Iterable[int]) -> tuple[int, ...]:
        """The container ports that a new container must publish; `image` is the engine's description."""

    def locate(self, inspected: Mapping[str, Any], port: int) -> Address | None:
        """The address of a port of a running container (its `inspect`), or None if it cannot be reached."""

    async def connect(self, address: Address, *, was_open: bool) -> socket.socket:
        """A non-blocking connection to it; `was_open` says that one succeeded before. Raises OSError if
        nothing listens.
        """


class OwnAddress:
    """At the container's own address."""

    def ports_to_publish(self, image: Mapping[str, Any], asked_before: Iterable[int]) -> tuple[int, ...]:  # noqa: ARG002 - nothing is published
        """None."""
        return ()

    def locate(self, inspected: Mapping[str, Any], port: int) -> Address | None:
        """The container's address on the network that it has joined."""
        networks = inspected.get("NetworkSettings", {}).get("Networks") or {}
        addresses = (network.get("IPAddress") for network in networks.values())
        return next(((address, port) for address in addresses if address), None)

    async def connect(self, address: Address, *, was_open: bool) -> socket.socket:  # noqa: ARG002 - a refusal is always certain here
        """A plain connection: a closed port refuses it at once."""
        connection = await _connect(address)
        _keep_alive(connection)
        return connection


class PublishedPorts:
    """At a port of this machine's loopback that the engine forwards."""

    def ports_to_publish(self, image: Mapping[str, Any], asked_before: Iterable[int]) -> tuple[int, ...]:
        """Every TCP port the image exposes, every port asked for before, and the common ones."""
        exposed = (image.get("Config") or {}).get("ExposedPorts") or {}
        known = {
            int(port) for port, _, kind in (name.partition("/") for name in exposed) if kind in ("", "tcp")
        }
        return tuple(sorted(known | set(asked_before) | set(COMMON_PORTS)))

    def locate(self, inspected: Mapping[str, Any], port: int) -> Address | None:
        """The loopback port that the engine chose for `port`."""
        published = (inspected.get("NetworkSettings", {}).get("Ports") or {}).get(f"{port}/tcp") or []
        return next((("127.0.0.1", int(entry["HostPort"])) for entry in published), None)

    async def connect(self, address: Address, *, was_open: bool) -> socket.socket:
        """A connection that did not end at once, because a publishing proxy accepts before it knows whether a
        program listens.
        """
        connection = await _connect(address)
        try:
            if not was_open and await _ends_at_once(connection):
                raise ConnectionRefusedError(f"nothing listens behind {address[0]}:{address[1]}")
        except BaseException:
            connection.close()
            raise
        return connection


async def _connect(address: Address) -> socket.socket:
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        # Messages are relayed as they come: the kernel must not hold back the end of one for the next.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
            await asyncio.get_running_loop().sock_connect(connection, address)
    except BaseException:
        connection.close()
        raise
    return connection


def _keep_alive(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEP_ALIVE.items():
        if hasattr(socket, option):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


async def _ends_at_once(connection: socket.socket) -> bool:
    deadline = asyncio.get_running_loop().time() + CLOSED_PORT_PROBE_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        try:
            return not connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            await asyncio.sleep(0.002)
        except OSError:
            return True
    return False


def choose_reach(
    info: Mapping[str, Any],
    *,
    is_local_socket: bool,
    platform: str = sys.platform,
    kernel: str = os.uname().release,
) -> ContainerDialer:
    """The way that works with an engine: `info` is its `GET /info`, `is_local_socket` says whether it is
    reached by a unix socket, `kernel` is the release of this machine's.
    """
    # Docker has a word in a list for it, Podman a field.
    is_rootless = any("rootless" in option for option in info.get("SecurityOptions") or [])
    is_rootless = is_rootless or bool(info.get("Rootless"))
    # Docker Desktop may share this machine's kernel (WSL), and a socket may lead to another machine.
    is_virtual_machine = "desktop" in str(info.get("OperatingSystem", "")).lower()
    has_our_kernel = info.get("KernelVersion", kernel) == kernel
    if (
        platform == "linux"
        and is_local_socket
        and has_our_kernel
        and not is_rootless
        and not is_virtual_machine
    ):
        return OwnAddress()
    return PublishedPorts()
