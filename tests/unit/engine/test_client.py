"""What the engine's thin class says where there is no engine."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from pywrangler.engine.address import EngineAddress
from pywrangler.engine.client import connect
from pywrangler.errors import MissingError


def test_without_an_engine_it_is_said_to_be_not_running(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"not running: .*the socket does not exist") as caught:
        connect(EngineAddress(f"unix://{tmp_path}/d.sock", "DOCKER_HOST"))
    assert caught.value.code == "engine-not-running"


def test_a_stopped_tcp_engine_is_said_to_be_not_running() -> None:
    with socket.socket() as placeholder:
        placeholder.bind(("127.0.0.1", 0))
        port = placeholder.getsockname()[1]
    with pytest.raises(MissingError, match="no program listens there"):
        connect(EngineAddress(f"tcp://127.0.0.1:{port}", "DOCKER_HOST"))


def test_what_answers_but_is_no_engine_is_no_bug() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            for _ in range(2):
                server.accept()[0].close()

        thread = threading.Thread(target=hang_up, daemon=True)
        thread.start()
        with pytest.raises(MissingError) as caught:
            connect(EngineAddress(f"tcp://127.0.0.1:{server.getsockname()[1]}", "DOCKER_HOST"))
        thread.join()
    assert caught.value.code == "engine-not-running"
