"""What the kernel tells of connections to a Worker's port."""

from __future__ import annotations

import socket
import sys

import pytest

from pywrangler.local.daemon.workers.connections import (
    AFTER_MS,
    Connection,
    connections_to,
    is_busy,
    is_in_use,
)
from tests.support.ports import free_port

LONG_AGO = 10 * AFTER_MS


@pytest.mark.parametrize(
    ("connections", "expected"),
    [
        ([], False),
        ([Connection(sent_ago=LONG_AGO, received_ago=LONG_AGO, bytes_received=0)], False),
        ([Connection(sent_ago=LONG_AGO, received_ago=LONG_AGO + 5, bytes_received=80)], False),
        ([Connection(sent_ago=LONG_AGO + 5, received_ago=LONG_AGO, bytes_received=80)], True),
        ([Connection(sent_ago=1, received_ago=AFTER_MS - 1, bytes_received=80)], True),
        ([Connection(sent_ago=0, received_ago=AFTER_MS + 1, bytes_received=80)], False),
    ],
    ids=["nobody", "silent", "answered", "waiting", "just answered", "a while ago"],
)
def test_a_client_counts_while_it_waits_and_shortly_after(
    connections: list[Connection], expected: bool
) -> None:
    assert is_in_use(connections) is expected


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_request_is_seen_on_its_port_only(family: socket.AddressFamily, host: str) -> None:
    # Linux remembers closed connections for a minute: one without a past.
    port = next(port for port in iter(free_port, None) if not connections_to(port))
    with socket.create_server((host, port), family=family) as listener:
        assert connections_to(port) == []
        with socket.create_connection((host, port)) as client, listener.accept()[0] as server:
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert server.recv(100)
            [seen] = connections_to(port) or []
            assert seen.bytes_received == 18
            assert is_busy([seen])
            assert is_in_use([seen])
            assert not is_in_use(connections_to(client.getsockname()[1]) or [])
            with socket.create_connection((host, port)) as waiting:
                waiting.sendall(b"GET / HTTP/1.1\r\n\r\n")
                server.sendall(b"x" * 10)
                queued = [each for each in connections_to(port) or [] if not each.is_accepted]
                assert is_in_use(queued)
                assert not is_busy(queued), "no program has it yet"
        assert is_in_use(connections_to(port) or []), "its request may still have work done"
