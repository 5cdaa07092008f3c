"""Who may use a loopback port that only a Worker's runtime is to use."""

from __future__ import annotations

import socket
import subprocess
import sys
from http.client import HTTPMessage
from pathlib import Path

import pytest

from pywrangler.local.gateway.docker_api.wire import RequestHead
from pywrangler.local.gateway.tunnels import callers
from pywrangler.local.gateway.tunnels.callers import Callers, comes_from_browser, find_in_table, find_inode

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose a connection is")

STRANGER = """
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
    connection.recv(1)
"""


@pytest.mark.parametrize(
    ("fields", "is_browser"),
    [
        ({}, False),
        ({"Host": "localhost"}, False),
        ({"Host": "127.0.0.1:8080"}, False),
        ({"X-Dst-Addr": "127.0.0.1:8080"}, False),
        ({"Host": "evil.example"}, True),
        ({"Host": "localhost.evil.example:80"}, True),
        ({"Host": "localhost@evil.example"}, True),
        ({"Host": "[::1]"}, True),
        ({"Host": "localhost", "Origin": "http://localhost:8787"}, True),
        ({"Host": "localhost", "Origin": "null"}, True),
        ({"Host": "127.0.0.1", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Host": "127.0.0.1", "Referer": "http://x/"}, True),
        ({"Host": "127.0.0.1", "Cookie": "a=b"}, True),
    ],
)
def test_requests_of_web_pages(fields: dict[str, str], is_browser: bool) -> None:
    headers = HTTPMessage()
    for name, value in fields.items():
        headers[name] = value
    assert comes_from_browser(RequestHead("PUT", "/egress", headers, b"")) is is_browser


@linux_only
def test_a_connection_is_known_by_its_process(tmp_path: Path) -> None:
    known = Callers()
    with (
        socket.socket(socket.AF_UNIX) as private,
        socket.socket(socket.AF_UNIX) as caller,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        private.bind(str(tmp_path / "s"))
        private.listen()
        address = listener.getsockname()
        with socket.create_connection(address):
            own, _ = listener.accept()
            with own:
                assert not known.is_known(own), "this process has not used the unix socket"
                caller.connect(str(tmp_path / "s"))
                accepted, _ = private.accept()
                with accepted:
                    known.learn(accepted)
                assert known.is_known(own)
        stranger = subprocess.Popen([sys.executable, "-c", STRANGER, str(address[1])])
        foreign, _ = listener.accept()
        with foreign:
            assert not known.is_known(foreign)
        stranger.wait()


@linux_only
def test_a_process_with_the_number_of_a_known_one_is_a_stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Callers()
    first, second = socket.socketpair()
    with first, second:
        known.learn(first)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()),
    ):
        own, _ = listener.accept()
        with own:
            assert known.is_known(own)
            monkeypatch.setattr(callers, "_started", lambda pid: "another time")
            assert not known.is_known(own)


@linux_only
def test_both_ways_to_find_a_socket_agree() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as caller:
            inode = find_inode(caller.getsockname(), caller.getpeername())
            table = Path("/proc/net/tcp").read_text()
            assert inode == find_in_table(table, caller.getsockname(), caller.getpeername())
            assert str(Path(f"/proc/self/fd/{caller.fileno()}").readlink()) == f"socket:[{inode}]"
        assert find_inode(("127.0.0.1", 1), ("127.0.0.1", 2)) == 0
