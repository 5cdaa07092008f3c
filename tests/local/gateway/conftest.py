"""A running Worker with two container applications behind a gateway, for every test that asks for a
`world`.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import uvloop

from pywrangler.engine.address import find_engine
from pywrangler.local.gateway import GatewaySettings, sweep
from pywrangler.toolchain import Toolchain
from tests.local.gateway.world import HERE, World, open_world
from tests.support.containers import remove_images

MakeWorld = Callable[..., AbstractAsyncContextManager[World]]


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The event loop that the platform's process has."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def image() -> Iterator[str]:
    """The test server's image, under a name of this run's own."""
    tag = f"pywrangler-gateway-test:{os.getpid()}"
    build = ["docker", "buildx", "build", "--load", "--quiet", "--provenance=false", "--tag", tag]
    done = subprocess.run([*build, str(HERE / "image")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    yield tag
    remove_images(tag)


@pytest.fixture(scope="session")
def script(node_modules: Path, toolchain: Toolchain) -> bytes:
    """The test Worker with the unmodified npm package, as one module."""
    done = subprocess.run(
        [
            str(toolchain.esbuild),
            str(HERE / "worker" / "index.js"),
            *("--bundle", "--format=esm", "--external:cloudflare:*", "--target=es2024"),
        ],
        capture_output=True,
        env={"NODE_PATH": str(node_modules)},
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture(scope="session")
def platform_id() -> Iterator[str]:
    """The platform of all worlds, so that its networks, which cost more than a container, are made once."""
    platform_id = os.urandom(16).hex()
    yield platform_id
    asyncio.run(sweep(find_engine(os.environ), platform_id))


@pytest.fixture
def make_world(
    short_directory: Path, home: Path, toolchain: Toolchain, script: bytes, image: str, platform_id: str
) -> MakeWorld:
    """Opens a world with settings of the test's own."""

    def make(**settings: object) -> AbstractAsyncContextManager[World]:
        return open_world(
            home,
            toolchain.workerd,
            script,
            image,
            GatewaySettings(**settings),  # type: ignore[arg-type]
            platform_id,
        )

    return make


@pytest.fixture
async def world(make_world: MakeWorld) -> AsyncIterator[World]:
    """A world with default settings."""
    async with make_world() as world:
        yield world
