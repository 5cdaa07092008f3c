"""The real engine on another socket, which can go away and come back."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from pywrangler.engine.address import EngineAddress, find_engine
from pywrangler.engine.streams import open_connection
from pywrangler.local.gateway.docker_api.wire import relay


@asynccontextmanager
async def front_of_engine(socket: Path, engine: EngineAddress | None = None) -> AsyncIterator[None]:
    """Serve the engine (else the environment's) on `socket`; the end breaks all connections, as an engine's
    end does.
    """
    engine = engine or find_engine(os.environ)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await relay((reader, writer), await open_connection(engine))
        except asyncio.CancelledError:
            pass
        finally:
            tasks.discard(task)

    server = await asyncio.start_unix_server(serve, socket)
    try:
        yield
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def engine_running(socket: Path, engine: EngineAddress) -> Iterator[None]:
    """The same from a thread of its own, for tests that do not run in an event loop."""
    ready, enough = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with front_of_engine(socket, engine):
            ready.set()
            await enough.wait()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.close()

    socket.unlink(missing_ok=True)
    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(10)
        yield
    finally:
        loop.call_soon_threadsafe(enough.set)
        thread.join()
