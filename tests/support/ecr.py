"""An Amazon ECR of the test's own: moto's server for the API, and Debian's docker-registry for the images.

The engine finds the registry under ECR's own domain name, by a line in /etc/hosts that goes with the test; it
trusts registries on loopback addresses without TLS. That takes root and the engine on this machine.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from moto.server import ThreadedMotoServer

from tests.support.containers import docker
from tests.support.servers.docker_registry import PROGRAM, serve_registry
from tests.support.waiting import eventually

HOSTS = Path("/etc/hosts")
REGION = "us-east-1"
PASSWORD = "123456789012-auth-token"
"""What moto's GetAuthorizationToken says, for every key."""


def missing() -> str | None:
    """Why there can be no ECR here, or None."""
    if shutil.which(PROGRAM) is None:
        return f"{PROGRAM} is not installed (Debian's package of that name)"
    if os.geteuid() != 0:
        return "only root may name a registry in /etc/hosts and listen on port 80"
    return None


@dataclass(frozen=True)
class Ecr:
    """One account's registry. `api` is the address that replaces Amazon's."""

    domain: str
    api: str
    password: str
    directory: Path

    def push(self, image: str, name: str) -> str:
        """Push an image of the engine as `name`, and take the name from the engine again; the reference."""
        reference = f"{self.domain}/{name}"
        login = base64.b64encode(f"AWS:{self.password}".encode()).decode()
        (self.directory / "config.json").write_text(json.dumps({"auths": {self.domain: {"auth": login}}}))
        docker("tag", image, reference)
        try:
            eventually(lambda: self._is_pushed(reference), what="the engine finding the registry")
        finally:
            docker("image", "rm", reference)
        return reference

    def _is_pushed(self, reference: str) -> bool:
        """Push; an engine, being written in Go, reads /etc/hosts again after five seconds only."""
        command = ["docker", "--config", str(self.directory), "push", "--quiet", reference]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0 or "no such host" in done.stderr, done.stderr
        return done.returncode == 0


@contextmanager
def serve_ecr(directory: Path, account: str) -> Iterator[Ecr]:
    """Both servers, for as long as the context is open; `account` is twelve digits."""
    address = f"127.77.{os.getpid() // 250 % 250}.{os.getpid() % 250 + 1}"
    domain = f"{account}.dkr.ecr.{REGION}.amazonaws.com"
    with _moto() as api, _named(domain, address), serve_registry(directory, f"{address}:80", "AWS", PASSWORD):
        yield Ecr(domain, api, PASSWORD, directory)


@contextmanager
def _moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def _named(domain: str, address: str) -> Iterator[None]:
    line = f"{address} {domain}\n"
    with HOSTS.open("a") as hosts:
        hosts.write(line)
    try:
        yield
    finally:
        HOSTS.write_text(HOSTS.read_text().replace(line, ""))  # in place: in containers it is a mount
