"""A REST API over a real store, on a loopback port of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from pywrangler.local.cluster.state.tables import is_shared, written_table
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
    require_changes(store, app)
    async with TestClient(TestServer(app)) as client:
        yield Api(client, store, operations, values)
    store.close()


IN_HANDLER: ContextVar[bool] = ContextVar("in_handler", default=False)


def require_changes(store: Store, app: web.Application) -> None:
    """Let handlers change what nodes of a cluster share only by `store.change`, as `SharedDatabase` does."""
    database = store._database
    execute, change = database.execute, database.change

    def checked(statement: str, parameters: Sequence[Any] = ()) -> int:
        if IN_HANDLER.get() and is_shared(statement):
            raise AssertionError(f"{written_table(statement)} is shared: change it with `change`")
        return execute(statement, parameters)

    async def changing(work: Callable[[], Any]) -> Any:
        def allowed() -> Any:
            token = IN_HANDLER.set(False)
            try:
                return work()
            finally:
                IN_HANDLER.reset(token)

        return await change(allowed)

    @web.middleware
    async def note(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        token = IN_HANDLER.set(True)
        try:
            return await handler(request)
        finally:
            IN_HANDLER.reset(token)

    database.execute, database.change = checked, changing  # type: ignore[method-assign]
    app.middlewares.insert(0, note)
