"""Finding the engine: by value, with a home directory made for the test."""

from __future__ import annotations

import hashlib
import json
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pywrangler.engine import address as subject
from pywrangler.engine.address import EngineAddress, TlsFiles, cli_environment, find_engine
from pywrangler.errors import MissingError


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short directory (unix socket paths are limited), on a machine without a system-wide engine."""
    with tempfile.TemporaryDirectory(prefix="pwr-", dir="/tmp") as directory:
        monkeypatch.setattr(subject, "DEFAULT_SOCKET", Path(directory, "none.sock"))
        yield Path(directory)


def environment(home: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run"), **more}


def listen(path: Path) -> socket.socket:
    path.parent.mkdir(parents=True, exist_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    return listener


def write_context(home: Path, name: str, host: str, *, skip_verify: bool = False) -> Path:
    digest = hashlib.sha256(name.encode()).hexdigest()
    meta = home / ".docker/contexts/meta" / digest / "meta.json"
    meta.parent.mkdir(parents=True)
    endpoint = {"Host": host, "SkipTLSVerify": skip_verify}
    meta.write_text(json.dumps({"Name": name, "Endpoints": {"docker": endpoint}}))
    (home / ".docker/config.json").write_text(json.dumps({"currentContext": name}))
    return home / ".docker/contexts/tls" / digest / "docker"


def test_wranglers_variable_wins_over_dockers(home: Path) -> None:
    found = find_engine(
        environment(home, WRANGLER_DOCKER_HOST="unix:///a.sock", DOCKER_HOST="unix:///b.sock")
    )
    assert found == EngineAddress("unix:///a.sock", "WRANGLER_DOCKER_HOST")
    assert found.socket_path == Path("/a.sock")


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("/x/docker.sock", "unix:///x/docker.sock"),
        ("tcp://10.0.0.1:2375", "tcp://10.0.0.1:2375"),
        ("10.0.0.1:2375", "tcp://10.0.0.1:2375"),
        ("http://10.0.0.1:2375/", "tcp://10.0.0.1:2375"),
    ],
)
def test_an_address_may_be_written_in_short(home: Path, written: str, url: str) -> None:
    assert find_engine(environment(home, DOCKER_HOST=written)).url == url


def test_a_tcp_address_without_a_port_has_dockers_default() -> None:
    assert EngineAddress("tcp://engine", "test").host_and_port == ("engine", 2375)
    assert EngineAddress("tcp://engine", "test", TlsFiles(None, None, None)).host_and_port == ("engine", 2376)


def test_ssh_is_refused_with_a_way_out(home: Path) -> None:
    with pytest.raises(MissingError, match=r"ssh:// is not supported") as caught:
        find_engine(environment(home, DOCKER_HOST="ssh://me@host"))
    assert caught.value.code == "engine-address"
    assert "DOCKER_HOST" in (caught.value.hint or "")


def test_certificates_come_from_the_environment(home: Path) -> None:
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (home / name).touch()
    chosen = environment(home, DOCKER_HOST="tcp://h:2376", DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH=str(home))
    expected = TlsFiles(home / "ca.pem", home / "cert.pem", home / "key.pem")
    assert find_engine(chosen).tls == expected


def test_the_current_context_is_used_with_its_certificates(home: Path) -> None:
    tls = write_context(home, "colima", "tcp://c:2376", skip_verify=True)
    tls.mkdir(parents=True)
    (tls / "ca.pem").touch()
    found = find_engine(environment(home))
    assert found.url == "tcp://c:2376"
    assert found.origin == "the Docker context `colima`"
    assert found.tls == TlsFiles(tls / "ca.pem", None, None, is_verified=False)


def test_a_context_that_does_not_exist_is_named(home: Path) -> None:
    with pytest.raises(MissingError, match="context `gone` does not exist"):
        find_engine(environment(home, DOCKER_CONTEXT="gone"))


def test_a_known_socket_is_found(home: Path) -> None:
    with listen(home / ".colima/default/docker.sock") as listener:
        found = find_engine(environment(home))
        assert found.url == f"unix://{listener.getsockname()}"


def test_a_plain_file_is_not_taken_for_a_socket(home: Path) -> None:
    (home / ".orbstack/run").mkdir(parents=True)
    (home / ".orbstack/run/docker.sock").touch()
    assert ".orbstack" not in find_engine(environment(home)).url


def test_the_docker_cli_is_pointed_at_the_same_engine(home: Path) -> None:
    tls = TlsFiles(home / "ca.pem", None, None)
    changed = cli_environment(
        {"DOCKER_CONTEXT": "other", "PATH": "/bin"}, EngineAddress("tcp://h:2376", "x", tls)
    )
    assert changed == {
        "PATH": "/bin",
        "DOCKER_HOST": "tcp://h:2376",
        "DOCKER_CERT_PATH": str(home),
        "DOCKER_TLS_VERIFY": "1",
    }
