"""Ports for tests that run side by side."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from tests.support.ports import BLOCK, free_port


def test_processes_that_run_at_once_get_different_ports() -> None:
    source = "from tests.support.ports import free_port; print([free_port() for _ in range(20)]); input()"
    command = [sys.executable, "-c", source]
    root = Path(__file__).parents[3]
    running = [
        subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    found = [
        port for each in running if each.stdout for port in each.stdout.readline().strip("[]\n").split(", ")
    ]
    for each in running:
        each.communicate("\n")
    assert len(set(found)) == len(found) == 60


def test_a_port_where_something_listens_is_left_out() -> None:
    first = free_port()
    with socket.create_server(("127.0.0.1", first + BLOCK + 3)):
        assert free_port() != first + BLOCK
