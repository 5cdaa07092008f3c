"""Where a Worker listens, with real sockets."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pywrangler.local.daemon.workers.moves import Move
from pywrangler.local.daemon.workers.port_holders import describe_holder, listening_inodes
from pywrangler.local.daemon.workers.ports import Listeners, PortError, listen_on, open_listeners
from tests.support.ports import free_port


@contextmanager
def listening(ip: str | None = None) -> Iterator[Listeners]:
    """A Worker's sockets, somewhere."""
    opened = open_listeners(None, free_port(), reserved=(), ip=ip)
    try:
        yield opened
    finally:
        opened.close()


def clients(opened: Listeners) -> list[str | None]:
    return [each.client for each in opened.public]


@pytest.mark.parametrize(
    ("ip", "addresses", "known"),
    [
        (None, {"127.0.0.1", "::1"}, True),
        ("127.0.0.1", {"127.0.0.1"}, True),
        ("::1", {"::1"}, True),
        ("127.0.0.2", {"127.0.0.2"}, False),
        ("0.0.0.0", {"0.0.0.0"}, False),
        ("*", {"0.0.0.0", "::"}, False),
        ("::", {"0.0.0.0", "::"}, False),
    ],
)
def test_what_an_ip_stands_for(ip: str | None, addresses: set[str], known: bool) -> None:
    with listening(ip) as opened:
        assert {each.socket.getsockname()[0] for each in opened.opened} == addresses
        assert {each.socket.getsockname()[1] for each in opened.opened} == {opened.port}
        assert all((client is not None) == known for client in clients(opened))
        assert len(opened.descriptors) == len(addresses)


@pytest.mark.parametrize("ip", ["192.0.2.77", "no such host", "999.1.1.1", "a" * 300, "ü.invalid"])
def test_an_address_that_this_machine_lacks(ip: str) -> None:
    with pytest.raises(PortError, match=r"does not have the address|neither an IP address") as refused:
        listen_on(ip, free_port())
    assert not refused.value.is_taken


def test_another_port_is_opened_beside_the_one_before() -> None:
    with listening() as before:
        move = Move(before, {}, free_port())
        wanted = free_port()
        assert move.open_beside(wanted, None)
        assert (move.after.port, move.problem) == (wanted, None)
        move.after.close()


def test_a_port_of_another_worker_or_program_is_reported_and_the_one_before_stays() -> None:
    with listening() as before, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        move = Move(before, {}, free_port())
        assert move.open_beside(port, None)
        assert move.after is before
        assert move.problem == f"port {port} is used by {describe_holder(port)}"
        move = Move(before, {port: "one"}, free_port())
        assert move.open_beside(port, None)
        assert move.problem == f"port {port} is that of the Worker `one`"


def test_another_address_with_the_same_port_takes_its_place() -> None:
    with listening() as before:
        move = Move(before, {}, free_port())
        assert not move.open_beside(None, "0.0.0.0")
        before.close()
        move.open_in_place()
        assert (move.after.ip, move.after.port, move.problem) == ("0.0.0.0", before.port, None)
        move.after.close()


def test_a_worker_goes_back_to_loopback_even_where_its_port_is_taken_there() -> None:
    """Never does it stay on an address that the configuration does not have any more."""
    with listening("127.0.0.2") as before, socket.create_server(("127.0.0.1", before.port)):
        move = Move(before, {}, free_port())
        assert not move.open_beside(None, None)
        before.close()
        move.open_in_place()
        assert move.after.ip is None
        assert move.after.port != before.port
        assert f"port {before.port} is used by" in (move.problem or "")
        move.after.close()


def test_an_unusable_address_becomes_loopback_with_the_port_that_was_asked_for() -> None:
    with listening("127.0.0.2") as before:
        wanted = free_port()
        move = Move(before, {}, free_port())
        assert move.open_beside(wanted, "192.0.2.77")
        assert (move.after.ip, move.after.port) == (None, wanted)
        assert move.problem == "this machine does not have the address `192.0.2.77`"
        move.after.close()


def test_the_program_that_has_a_port_is_named() -> None:
    if not os.path.exists("/proc/net/tcp"):
        pytest.skip("the system does not tell")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert f"(process {os.getpid()})" in describe_holder(taken.getsockname()[1])
    assert describe_holder(free_port()) == "another program"
    table = (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1\n"
        "   1: 0100007F:1F90 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0        0 4712 1\n"
    )
    assert listening_inodes(table, 8080) == {"4711"}
    assert listening_inodes(table, 80) == set()
