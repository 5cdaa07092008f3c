"""Contexts that Docker's own command made: their engine is found, with its certificates, or refused."""

from __future__ import annotations

import asyncio
import os
import queue
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pywrangler.engine.address import EngineAddress, cli_environment, find_engine
from pywrangler.engine.calls import EngineCalls
from pywrangler.engine.client import connect
from pywrangler.errors import MissingError
from pywrangler.local.gateway.docker_api.wire import relay
from tests.support.command import Cli
from tests.support.servers.tls import self_signed, server_context

pytestmark = pytest.mark.docker


@pytest.fixture
def directory() -> Iterator[Path]:
    """Short, because of the length of sockets' paths."""
    with tempfile.TemporaryDirectory(prefix="pw-", dir="/tmp") as directory:
        yield Path(directory)


def environment(directory: Path, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH",)}
    return {**kept, "HOME": str(directory), "DOCKER_CONFIG": str(directory / "docker"), **more}


def docker(directory: Path, *words: str, **more: str) -> str:
    """What Docker's own command prints in this environment."""
    done = subprocess.run(
        ["docker", *words], env=environment(directory, **more), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def version_by(address: EngineAddress) -> tuple[str, str]:
    """The engine's version, asked in both of our ways."""
    engine = connect(address)
    with closing(engine):
        version = engine.version().version

    async def ask() -> str:
        calls = EngineCalls(address)
        try:
            return str((await calls.version())["Version"])
        finally:
            await calls.close()

    return version, asyncio.run(ask())


def same_engine(directory: Path, **more: str) -> EngineAddress:
    """The engine that we find, which is the one that Docker's command uses."""
    server = docker(directory, "version", "--format", "{{.Server.Version}}", **more)
    found = find_engine(environment(directory, **more))
    assert version_by(found) == (server, server)
    ours = environment(directory, **more)
    pointed = cli_environment(ours, found)
    asked = ["docker", "version", "--format", "{{.Server.Version}}"]
    done = subprocess.run(asked, env=pointed, capture_output=True, text=True)
    assert done.stdout.strip() == server, done.stderr
    return found


@pytest.fixture
def socket(directory: Path) -> Path:
    """Another path of the engine's socket, as Colima and OrbStack have theirs in the user's directory."""
    real = find_engine(os.environ).socket_path
    if real is None:
        pytest.skip("the engine has no unix socket")
    linked = directory / ".colima" / "default" / "docker.sock"
    linked.parent.mkdir(parents=True)
    linked.symlink_to(real)
    return linked


def test_the_current_context_and_the_variables_that_go_before_it(directory: Path, socket: Path) -> None:
    docker(directory, "context", "create", "colima", "--docker", f"host=unix://{socket}")
    docker(directory, "context", "create", "away", "--docker", f"host=unix://{directory}/away.sock")
    docker(directory, "context", "use", "colima")
    assert same_engine(directory).origin == "the Docker context `colima`"
    docker(directory, "context", "use", "away")
    assert same_engine(directory, DOCKER_CONTEXT="colima").url == f"unix://{socket}"
    both = {"DOCKER_HOST": f"unix://{socket}", "DOCKER_CONTEXT": "away"}
    assert same_engine(directory, **both).origin == "DOCKER_HOST"
    assert find_engine(environment(directory)).url == f"unix://{directory}/away.sock"


def test_a_context_whose_engine_does_not_run_is_named_with_what_to_do(directory: Path, socket: Path) -> None:
    docker(directory, "context", "create", "desktop-linux", "--docker", f"host=unix://{directory}/no.sock")
    docker(directory, "context", "use", "desktop-linux")
    with pytest.raises(MissingError) as caught:
        connect(find_engine(environment(directory)))
    assert f"unix://{directory}/no.sock (from the Docker context `desktop-linux`)" in caught.value.message
    assert "docker context use" in (caught.value.hint or "")
    refused = Cli(directory, {"DOCKER_CONFIG": str(directory / "docker")}).run("doctor")
    assert refused.status == 1
    assert "desktop-linux" in refused.stdout + refused.stderr


def test_a_context_of_ssh_is_refused_with_a_way_out(directory: Path) -> None:
    docker(directory, "context", "create", "far", "--docker", "host=ssh://someone@far.example")
    with pytest.raises(MissingError, match="from the Docker context `far`") as caught:
        find_engine(environment(directory, DOCKER_CONTEXT="far"))
    assert "ssh -nNT -L" in (caught.value.hint or "")


def test_a_context_with_certificates(directory: Path, tls_engine: int) -> None:
    host = f"host=tcp://127.0.0.1:{tls_engine}"
    files = "".join(f",{name}={directory}/both.pem" for name in ("ca", "cert", "key"))
    docker(directory, "context", "create", "tls", "--docker", host + files)
    docker(directory, "context", "create", "blind", "--docker", f"{host},skip-tls-verify=true")
    docker(directory, "context", "use", "tls")
    found = same_engine(directory)
    assert found.tls is not None
    assert found.tls.is_verified
    # The engine asks for a certificate, and this context has none.
    with pytest.raises(MissingError, match="the Docker context `blind`"):
        connect(find_engine(environment(directory, DOCKER_CONTEXT="blind")))


@pytest.fixture
def tls_engine(directory: Path) -> Iterator[int]:
    """The port of a server behind which the engine is; it asks clients for a certificate."""
    certificate = self_signed(directory)
    context = server_context(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificate)
    real = find_engine(os.environ).socket_path
    if real is None:
        pytest.skip("the engine has no unix socket")
    ports, ended = queue.Queue[int](), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await relay((reader, writer), await asyncio.open_unix_connection(real))

    async def main() -> None:
        async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
            ports.put(server.sockets[0].getsockname()[1])
            loops.put(asyncio.get_running_loop())
            await ended.wait()

    loops = queue.Queue[asyncio.AbstractEventLoop]()
    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    try:
        yield ports.get(timeout=10)
    finally:
        loops.get(timeout=10).call_soon_threadsafe(ended.set)
        thread.join()
