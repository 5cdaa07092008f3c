"""Real S3 servers for the tests of this directory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from pywrangler.local.cluster.bucket import Bucket, BucketAddress
from tests.support.servers.buckets import BucketServer, moto, seaweed

Note = Callable[[str, object], None]
NOTES = Path(__file__).resolve().parents[3] / "build" / "cluster.txt"
"""Where tests leave what they measured."""


@pytest.fixture
def note() -> Note:
    """Keeps a figure."""

    def keep(name: str, value: object) -> None:
        NOTES.parent.mkdir(exist_ok=True)
        with NOTES.open("a") as file:
            file.write(f"{name}: {value:.2f}\n" if isinstance(value, float) else f"{name}: {value}\n")

    return keep


@pytest.fixture(scope="session")
def moto_server() -> Iterator[BucketServer]:
    """moto, for all tests of this process."""
    with moto() as server:
        yield server


@pytest.fixture(scope="session")
def seaweed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BucketServer]:
    """SeaweedFS, for all tests of this process."""
    with seaweed(tmp_path_factory.mktemp("seaweed")) as server:
        yield server


@pytest.fixture(params=["moto", "seaweed"])
def server(request: pytest.FixtureRequest) -> BucketServer:
    """Each of the servers in turn."""
    found: BucketServer = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture
def address(server: BucketServer, request: pytest.FixtureRequest) -> BucketAddress:
    """A part of the bucket that this test has for itself."""
    return server.address(f"{abs(hash(request.node.name))}/it")


@pytest.fixture
async def bucket(address: BucketAddress) -> AsyncIterator[Bucket]:
    """A client for `address`."""
    async with Bucket(address) as client:
        yield client
