"""The `workerd` of one product: started at first use, and called by the platform."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.directories import Directories
from pywrangler.local.daemon.products.calls_listener import CallsListener
from pywrangler.local.daemon.workers.readiness import call_when_ready
from pywrangler.local.workerd.config import RuntimeConfig
from pywrangler.local.workerd.logs import LogBook
from pywrangler.local.workerd.process import Launch
from pywrangler.local.workerd.records import Sockets
from pywrangler.local.workerd.supervisor import RuntimeSupervisor

Plan = Callable[[Path, Sockets], Awaitable[RuntimeConfig]]
"""What to start: the directory for the product's data and its sockets; the configuration."""
Around = Callable[[], AbstractAsyncContextManager[None]]
"""What to be inside while the process starts, each time that it does."""
Ended = Callable[[], Awaitable[None]]
"""What to do after the end of a process, before the next one starts."""
CALL_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=45)
"""Bodies may be large, but a process that sends nothing for so long hangs."""
"""For bodies of any size."""


class ProductError(PywranglerError):
    """The product's runtime did not answer."""

    code = "product-runtime"


class ProductRuntime:
    """Owns the process."""

    def __init__(
        self,
        name: str,
        directories: Directories,
        find_workerd: Callable[[], Awaitable[Path]],
        plan: Plan,
        log: LogBook,
        around: Around = contextlib.nullcontext,
        listeners: Callable[[], Mapping[str, int]] = dict,
        *,
        takes_calls: bool = False,
        title: str | None = None,
        ended: Ended | None = None,
    ) -> None:
        self._what = f"The runtime of {title or name}"
        self._listeners = listeners
        self._calls = CallsListener(directories.product_calls(name)) if takes_calls else None
        self.name = name
        """Of the product, such as `r2`."""
        self._around = around
        self._directories = directories
        self._find_workerd = find_workerd
        self._plan = plan
        self._supervisor = RuntimeSupervisor(log)
        self._ended = ended
        """Awaited before each start, in case that a process has ended."""
        if ended is not None:
            self._supervisor.ended = ended
        self._lock = asyncio.Lock()
        self._session: aiohttp.ClientSession | None = None

    async def ensure_running(self) -> None:
        """Start the process, unless it runs; returns when it accepts calls. Raises `WorkerdStartError`."""
        async with self._lock:
            if not self._supervisor.is_alive:
                if self._ended is not None:
                    await self._ended()
                await self._supervisor.replace(await self._launch(), contextlib.nullcontext)
        await self._supervisor.ready()

    @property
    def is_alive(self) -> bool:
        """Whether the process runs, or is being started again after a crash."""
        return self._supervisor.is_alive

    @property
    def problem(self) -> str | None:
        """Why the process does not run although it is needed, as a sentence."""
        if self._supervisor.state != "failed":
            return None
        return f"{self._what} does not run: {self._supervisor.error}"

    async def replace(self, ending: Around) -> None:
        """Restart the process, as it is planned now; `ending` is active in the meantime."""
        async with self._lock:
            await self._supervisor.replace(await self._launch(), ending)

    async def end(self) -> None:
        """End the process until it is used again."""
        async with self._lock:
            await self._supervisor.stop()

    async def close(self) -> None:
        """End the process for good."""
        if self._session is not None:
            await self._session.close()
        await self._supervisor.stop()
        if self._calls is not None:
            self._calls.close()

    @asynccontextmanager
    async def request(
        self, method: str, url: URL, headers: dict[str, str], body: Any = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The response of the process's control Worker, before its body is read. Raises `ProductError`."""

        async def call() -> aiohttp.ClientResponse:
            return await self._client().request(method, url, data=body, headers=headers, timeout=CALL_TIMEOUT)

        try:
            response = await call_when_ready(self._what, self.ensure_running, call)
        except aiohttp.ClientError as error:
            raise ProductError(f"{self._what} did not answer: {error}.") from error
        async with response:
            yield response

    async def _launch(self) -> Launch:
        directory, sockets = (
            self._directories.product(self.name),
            self._directories.product_sockets(self.name),
        )
        data = directory / "data"
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Launch(
            what=self._what,
            binary=await self._find_workerd(),
            config=await self._plan(data, sockets),
            config_file=self._directories.product_config_file(self.name),
            pid_file=self._directories.product_pid_file(self.name),
            sockets=sockets,
            listeners={**self._listeners(), **({} if self._calls is None else self._calls.open())},
            around=self._around,
        )

    async def call(self, route: str, body: Any, timeout_seconds: float) -> Any:
        """The response of the control Worker, whether or not the process is known to be ready. Raises
        `ProductError`.
        """
        timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        try:
            async with self._client().post(f"http://control/{route}", json=body, timeout=timeout) as response:
                answer = json.loads(await response.read())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ProductError(f"{self._what} did not answer: {error}.") from error
        if "error" in answer:
            raise ProductError(f"{self._what} failed: {answer['error']}")
        return answer["result"]

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.UnixConnector(str(self._directories.product_sockets(self.name).control))
            self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        return self._session
