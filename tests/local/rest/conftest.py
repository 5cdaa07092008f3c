"""A REST API over a real store, on a loopback port of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from pywrangler.local.rest.app import make_app
from pywrangler.local.rest.runtimes import Runtimes
from pywrangler.local.store import Store
from tests.local.rest.api import TOKEN, Api
from tests.local.rest.recorder import MemoryValues, Recorder


@pytest.fixture
def operations() -> Recorder:
    """What the API asks the platform for."""
    return Recorder()


@pytest.fixture
def values() -> MemoryValues:
    """The values of KV namespaces."""
    return MemoryValues()


@pytest.fixture
def runtimes(values: MemoryValues) -> Runtimes:
    """The parts that hold data beside the store."""
    return Runtimes(values)


@pytest.fixture
async def api(
    tmp_path: Path, operations: Recorder, values: MemoryValues, runtimes: Runtimes
) -> AsyncIterator[Api]:
    """A running API whose operations are recorded."""
    store = Store.open(tmp_path / "home", b"k" * 32)
    app = make_app(store, operations, TOKEN, store.account_id, runtimes)
    async with TestClient(TestServer(app)) as client:
        yield Api(client, store, operations, values)
    store.close()
