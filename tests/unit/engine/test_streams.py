"""The raw connection to an engine: the error where there is none."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from pywrangler.engine.address import EngineAddress
from pywrangler.engine.failures import explain_connection_failure
from pywrangler.engine.streams import open_connection
from pywrangler.errors import MissingError


async def test_a_missing_socket_says_that_the_engine_is_not_running(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"not running.*the socket does not exist") as caught:
        await open_connection(EngineAddress(f"unix://{tmp_path}/d.sock", "DOCKER_HOST"))
    assert caught.value.code == "engine-not-running"


async def test_a_closed_port_says_that_nothing_answers() -> None:
    with socket.socket() as placeholder:
        placeholder.bind(("127.0.0.1", 0))
        port = placeholder.getsockname()[1]
    with pytest.raises(MissingError, match="no program listens there"):
        await open_connection(EngineAddress(f"tcp://127.0.0.1:{port}", "DOCKER_HOST"))


def test_a_refused_permission_names_the_docker_group() -> None:
    address = EngineAddress("unix:///var/run/docker.sock", "the default")
    wrapped = RuntimeError("request failed")
    wrapped.__cause__ = PermissionError(13, "Permission denied")
    explained = explain_connection_failure(address, wrapped)
    assert explained.code == "engine-not-allowed"
    assert "docker group" in (explained.hint or "")
