"""What the engine's thin class says where there is no engine."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from pywrangler.engine import calls, client
from pywrangler.engine.address import EngineAddress
from pywrangler.engine.calls import EngineCalls
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
            server.accept()[0].close()

        thread = threading.Thread(target=hang_up, daemon=True)
        thread.start()
        with pytest.raises(MissingError) as caught:
            connect(EngineAddress(f"tcp://127.0.0.1:{server.getsockname()[1]}", "DOCKER_HOST"))
        thread.join()
    assert caught.value.code == "engine-not-running"


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[EngineAddress]:
    """An engine that accepts connections and never answers, as one that is suspended."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "d.sock"))
        server.listen()
        yield EngineAddress(f"unix://{tmp_path}/d.sock", "DOCKER_HOST")


def test_an_engine_that_hangs_is_reported(silent: EngineAddress, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_CALL_SECONDS", 0.2)
    with pytest.raises(MissingError, match="did not answer within") as caught:
        connect(silent)
    assert caught.value.code == "engine-not-answering"


async def test_a_call_to_an_engine_that_hangs_ends(
    silent: EngineAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(calls, "PING_TIMEOUT", aiohttp.ClientTimeout(total=0.1))
    engine = EngineCalls(silent)
    with pytest.raises(MissingError, match="did not answer within"):
        await engine.create("a", {})
    await engine.close()


async def test_a_call_to_a_slow_engine_gets_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "PATIENCE_SECONDS", 0.02)
    asked = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        if request.path != "/_ping":
            await asyncio.sleep(0.2)  # longer than the patience, several times
        return web.json_response({"Id": "c1"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.UnixSite(runner, str(tmp_path / "d.sock")).start()
    engine = EngineCalls(EngineAddress(f"unix://{tmp_path}/d.sock", "DOCKER_HOST"))
    assert await engine.create("a", {}) == "c1"
    assert asked > 2, "it was asked whether it answers"
    await engine.close()
    await runner.cleanup()
