"""Programs and archives through a real engine: at its socket, and behind TLS as a remote one."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pywrangler.engine.address import EngineAddress, TlsFiles, find_engine
from pywrangler.engine.failures import EngineRefusedError
from pywrangler.engine.session import EngineSession
from pywrangler.errors import MissingError
from pywrangler.inside.programs import ContainerProgram
from pywrangler.inside.sessions import ProgramNotStartedError, ProgramStreams, run_program
from tests.support.containers import docker
from tests.support.servers.tls import self_signed, server_context

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def container() -> Iterator[str]:
    name = f"pywrangler-test-{secrets.token_hex(4)}"
    docker("run", "-d", "--name", name, "busybox:1.35", "sleep", "600")
    yield name
    docker("rm", "-f", name)


def carry(plain: socket.socket, inner: socket.socket, context: ssl.SSLContext) -> None:
    """Take TLS away, in one thread. The end of one direction is passed on as that of this direction."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    sources, is_agreed = [plain, inner], False
    with plain, inner, contextlib.suppress(OSError):
        while True:
            readable = select.select(sources, [], [])[0]
            if inner in readable:
                piece = inner.recv(65536)
                if not piece:
                    return
                tls.write(piece)
            if plain in readable:
                piece = plain.recv(65536)
                if not piece:
                    return
                incoming.write(piece)
                try:
                    if not is_agreed:
                        tls.do_handshake()
                        is_agreed = True
                    while content := tls.read(65536):
                        inner.sendall(content)
                    raise ssl.SSLZeroReturnError
                except ssl.SSLWantReadError:
                    pass
                except ssl.SSLZeroReturnError:
                    inner.shutdown(socket.SHUT_WR)
                    sources.remove(plain)
            plain.sendall(outgoing.read())


@pytest.fixture(params=["socket", "tls"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EngineSession]:
    """The engine, and the same behind TLS."""
    address = find_engine(os.environ)
    if request.param == "socket":
        yield EngineSession(address)
        return
    certificate = self_signed(tmp_path)
    context = server_context(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, inner = listener.accept()[0], socket.socket(socket.AF_UNIX)
                inner.connect(str(address.socket_path))
                threading.Thread(target=carry, args=(plain, inner, context), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    url = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    yield EngineSession(EngineAddress(url, "the test", TlsFiles(certificate, None, None)))
    listener.close()


def test_input_ends_and_output_follows(engine: EngineSession, container: str, tmp_path: Path) -> None:
    content = os.urandom(100_000)
    (tmp_path / "input").write_bytes(content)
    written: dict[int, bytes] = {1: b"", 2: b""}

    def write(number: int, piece: bytes) -> None:
        written[number] += piece

    words = ("sh", "-c", "cat; echo done >&2; exit 3")
    with (tmp_path / "input").open("rb") as stdin:
        streams = ProgramStreams(stdin.fileno(), write)
        status = run_program(engine, container, ContainerProgram(words, has_input=True), streams)
    assert status == 3
    assert written == {1: content, 2: b"done\n"}
    with pytest.raises(ProgramNotStartedError, match="has no program `nosuch`"):
        run_program(engine, container, ContainerProgram(("nosuch",)), ProgramStreams(None, write))


def test_a_program_that_writes_like_the_engine(container: str) -> None:
    """The engine writes its refusals into the output; a program that ran may write the same."""
    engine, shown = EngineSession(find_engine(os.environ)), []
    program = ContainerProgram(("sh", "-c", "echo OCI runtime exec failed: not at all; exit 127"))
    streams = ProgramStreams(None, lambda _, piece: shown.append(piece))
    assert run_program(engine, container, program, streams) == 127
    assert b"".join(shown) == b"OCI runtime exec failed: not at all\n"


def send(engine: EngineSession, path: str) -> None:
    """Send more than a connection holds."""
    with engine.upload(path, query={"path": "/"}) as body:
        for _ in range(100):
            body.write(b"x" * 100_000)


def test_refusals(engine: EngineSession, tmp_path: Path) -> None:
    with pytest.raises(EngineRefusedError, match="No such container"):
        engine.json("GET", "/containers/no-such-container/json")
    with pytest.raises(EngineRefusedError, match="No such exec"):
        engine.take_over("/exec/nosuch/start", {"Detach": False, "Tty": False})
    with pytest.raises(EngineRefusedError, match="No such container"):
        send(engine, "/containers/no-such-container/archive")
    nowhere = EngineSession(EngineAddress(f"unix://{tmp_path}/none.sock", "the test"))
    with pytest.raises(MissingError, match="is not running"):
        nowhere.json("GET", "/info")
