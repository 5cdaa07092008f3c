"""The two tools, each with an account, a registry and projects of its own, and what their commands cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.account import PASSWORD, USER, PeerAccount
from tests.support.api import Api, serve
from tests.support.containers import remove_images
from tests.support.ports import free_port
from tests.support.servers.docker_registry import serve_registry
from tests.support.servers.tls import self_signed
from tests.support.wrangler import installed_wrangler, node

LAUNCHER = """
import json, os, sys, time
begin = time.perf_counter()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_, status, used = os.wait4(pid, 0)
wall = time.perf_counter() - begin
cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss * 1024
print(json.dumps([wall, cpu, peak, os.waitstatus_to_exitcode(status)]))
"""
"""Starts a command and measures it. It is a small process of its own, because Linux counts the memory of the
process that starts a program as the program's.
"""
KEPT = ("PATH", "HOME", "LANG", "DOCKER_HOST")


@dataclass(frozen=True)
class Cost:
    """What one command took, with all processes that it waited for."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    """Memory of the largest process."""
    sent_bytes: int
    """In bodies of requests to the account, and in what the registry had not before."""
    requests: int
    """To the account."""


@dataclass(frozen=True)
class Tool:
    """A command line and the surroundings it runs in."""

    name: str
    argv: tuple[str, ...]
    directory: Path
    environment: dict[str, str]
    account: PeerAccount
    images: Path
    """Where the registry keeps what is pushed."""

    def run(self, words: Sequence[str], directory: Path) -> Cost:
        """Run a command that has to succeed."""
        stored, sent, requests = _size_of(self.images), self.account.sent_bytes, self.account.requests
        with tempfile.TemporaryFile() as output:
            launched = subprocess.run(
                [sys.executable, "-I", "-S", "-c", LAUNCHER, *self.argv, *words],
                cwd=directory,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=output,
                check=True,
            )
            wall, cpu, peak, status = json.loads(launched.stdout)
            if status:
                output.seek(0)
                text = output.read().decode(errors="replace")
                raise SystemExit(f"{self.name} {' '.join(words)} ended with {status}:\n{text}")
        return Cost(
            wall_seconds=wall,
            cpu_seconds=cpu,
            peak_bytes=peak,
            sent_bytes=self.account.sent_bytes - sent + _size_of(self.images) - stored,
            requests=self.account.requests - requests,
        )


@contextmanager
def both_tools(directory: Path) -> Iterator[tuple[Tool, Tool]]:
    """pywrangler and Wrangler, for as long as the context is open."""
    ours = (str(Path(sys.executable).with_name("pywrangler")),)
    theirs = (str(node()), str(installed_wrangler()))
    with ExitStack() as stack:
        yield (
            stack.enter_context(_tool("pywrangler", ours, directory / "ours")),
            stack.enter_context(_tool("wrangler", theirs, directory / "theirs")),
        )


@contextmanager
def _tool(name: str, argv: tuple[str, ...], directory: Path) -> Iterator[Tool]:
    directory.mkdir()
    certificate = self_signed(directory, "localhost")
    host = f"localhost:{free_port()}"
    account = PeerAccount(registry=host)
    with (
        serve_registry(directory, host, USER, PASSWORD, certificate),
        serve(account.answer) as api,
    ):
        environment = _environment(directory, api, host, certificate)
        try:
            yield Tool(name, argv, directory, environment, account, directory / "images")
        finally:
            remove_images(f"{host}/*/*")
            remove_images("layered")


def _environment(directory: Path, api: Api, host: str, certificate: Path) -> dict[str, str]:
    docker = directory / "docker"
    docker.mkdir()
    if (plugins := Path.home() / ".docker" / "cli-plugins").is_dir():
        (docker / "cli-plugins").symlink_to(plugins)
    return {
        **{key: value for key, value in os.environ.items() if key in KEPT},
        **api.environment,
        "CI": "true",
        "NO_COLOR": "1",
        "DOCKER_CONFIG": str(docker),
        "XDG_CONFIG_HOME": str(directory / "config"),
        "PYWRANGLER_HOME": str(directory / "home"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "WRANGLER_SEND_METRICS": "false",
        "CLOUDFLARE_CONTAINER_REGISTRY": host,
        "NODE_EXTRA_CA_CERTS": str(certificate),
        "SSL_CERT_FILE": str(certificate),
    }


def _size_of(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.rglob("data") if file.is_file())
