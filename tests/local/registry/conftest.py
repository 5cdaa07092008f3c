"""A registry on loopback and the docker command, with a configuration of its own."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pywrangler.local.registry.server import RegistryServer
from tests.support.containers import remove_images

ACCOUNT = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Served:
    """A registry that runs, and its directory."""

    registry: RegistryServer
    directory: Path
    needed: set[tuple[str, str]]
    """Repositories with the digests that they have to keep."""

    @property
    def url(self) -> str:
        """Its address."""
        return f"https://{self.registry.host}"

    def image(self, name: str) -> str:
        """The full name of an image in it."""
        return f"{self.registry.host}/{ACCOUNT}/{name}"

    def size_bytes(self) -> int:
        """What its blobs and uploads take."""
        return sum(
            file.stat().st_size for part in ("blobs", "uploads") for file in (self.directory / part).iterdir()
        )


@dataclass(frozen=True)
class Docker:
    """The docker command."""

    environment: dict[str, str]

    async def __call__(self, *arguments: str, stdin: str = "", status: int = 0) -> str:
        """What a command writes, both streams; it has to end with `status`."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            "docker",
            *arguments,
            env=self.environment,
            stdin=pipe,
            stdout=pipe,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate(stdin.encode())
        assert process.returncode == status, f"docker {' '.join(arguments)}: {output.decode()}"
        return output.decode().strip()

    async def login(self, served: Served, *permissions: str) -> None:
        """Log in with fresh credentials."""
        password = served.registry.issue_password(permissions, 5).reveal()
        await self("login", "--username", "v1", "--password-stdin", served.registry.host, stdin=password)


@pytest.fixture
async def served(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    """A registry; the images that an engine pushed to it go from the engine, too."""
    listening = socket.create_server(("127.0.0.1", 0))
    host = f"127.0.0.1:{listening.getsockname()[1]}"
    needed: set[tuple[str, str]] = set()
    registry = RegistryServer(
        tmp_path / "registry",
        host,
        ACCOUNT,
        lambda name: {digest for place, digest in needed if place == name},
    )
    async with registry.serving(listening):
        yield Served(registry, tmp_path / "registry", needed)
    if request.node.get_closest_marker("docker"):
        await asyncio.to_thread(remove_images, f"{host}/*/*")


@pytest.fixture
def docker(tmp_path: Path) -> Docker:
    """The docker command, which keeps logins in this test's directory."""
    return Docker({**os.environ, "DOCKER_CONFIG": str(tmp_path / "docker")})
