"""Events of a Worker at Cloudflare: the REST API creates a tail, which is read from a WebSocket.

The protocol is Wrangler's (4.164, `src/tail/createTail.ts`): the subprotocol `trace-v1`, a first message
`{"debug": false}`, then one message of JSON for each event.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pywrangler.cloudflare.client import Client, segment
from pywrangler.dataclass import dataclass
from pywrangler.errors import ApiError

if TYPE_CHECKING:
    import aiohttp

SUBPROTOCOL = "trace-v1"
NORMAL_CLOSURE = 1000
PING_SECONDS = 10.0
"""How often it is looked whether the connection still exists."""
OPEN_SECONDS = 30.0
WAITS_SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Before each new attempt, when a connection breaks."""
ERROR_OUTCOMES = ("exception", "exceededCpu", "exceededMemory", "unknown")
"""What Wrangler (4.164) means by the status `error`."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class TailFilters:
    """Which events Cloudflare sends; what is empty lets all pass."""

    statuses: Sequence[str] = ()
    """`ok`, `error`, `canceled`."""
    methods: Sequence[str] = ()
    search: str | None = None
    header: tuple[str, str] | None = None
    """The name of a field of the request, and a text in its value, or an empty one."""
    addresses: Sequence[str] = ()
    sampling_rate: float | None = None
    version: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The request's body, in Wrangler's (4.164) order."""
        found: list[dict[str, Any]] = []
        if self.sampling_rate is not None:
            found.append({"sampling_rate": self.sampling_rate})
        if self.statuses:
            outcomes = [ERROR_OUTCOMES if status == "error" else (status,) for status in self.statuses]
            found.append({"outcome": list(dict.fromkeys(each for group in outcomes for each in group))})
        if self.methods:
            found.append({"method": list(self.methods)})
        if self.header:
            key, query = self.header
            found.append({"header": {"key": key, **({"query": query} if query else {})}})
        if self.addresses:
            found.append({"client_ip": list(self.addresses)})
        if self.search:
            found.append({"query": self.search})
        if self.version:
            found.append({"scriptVersion": self.version})
        return {"filters": found}


def tail_events(client: Client, worker: str, filters: TailFilters, say: Say) -> Iterator[dict[str, Any]]:
    """The events of the Worker from now on, until Cloudflare ends the tail. `say` gets what happens besides.

    A connection that breaks is opened again, up to five times one after the other. Raises `ApiError`.
    """
    failures = 0
    while True:
        try:
            for event in _one_tail(client, worker, filters, say, is_first=failures == 0):
                failures = 0
                yield event
        except (ConnectionError, TimeoutError) as error:
            if failures == len(WAITS_SECONDS):
                raise ApiError(
                    f"The connection to the events of `{worker}` cannot be opened again:"
                    f" {error or 'no response'}.",
                    hint="Run the command again.",
                ) from error
            wait = WAITS_SECONDS[failures]
            failures += 1
            say(f"The connection is lost. Attempt {failures} of {len(WAITS_SECONDS)} in {wait:.0f} s.")
            time.sleep(wait)
        else:
            return


def _one_tail(
    client: Client, worker: str, filters: TailFilters, say: Say, *, is_first: bool
) -> Iterator[dict[str, Any]]:
    path = f"workers/scripts/{segment(worker)}/tails"
    tail = client.call("POST", path, json=filters.as_json()).fields
    try:
        with asyncio.Runner() as runner:
            reading = _Reading(str(tail["url"]), client.environment)
            try:
                runner.run(reading.open())
                say(
                    f"Connected to {worker}, waiting for events."
                    if is_first
                    else f"Connected to {worker} again."
                )
                while (message := runner.run(reading.next())) is not None:
                    yield message
            finally:
                runner.run(reading.close())
    finally:
        # It expires by itself as well; an account has a limit of open tails.
        client.call("DELETE", f"{path}/{segment(str(tail['id']))}")


def read_event(message: str | bytes) -> dict[str, Any] | None:
    """The event in a message; None for a message that holds none."""
    try:
        event = json.loads(message)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


class _Reading:
    """One connection. Errors are ConnectionError and TimeoutError."""

    def __init__(self, url: str, environment: Mapping[str, str]) -> None:
        self._url = url
        self._environment = environment
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse

    async def open(self) -> None:
        import aiohttp

        from pywrangler.cloudflare.wire.certificates import tls_context
        from pywrangler.cloudflare.wire.proxies import proxy_for

        # Proxies and certificates of a WebSocket are those of the address with https.
        address = self._url.replace("ws", "http", 1)
        self._session = aiohttp.ClientSession()
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                self._socket = await self._session.ws_connect(
                    self._url,
                    protocols=(SUBPROTOCOL,),
                    heartbeat=PING_SECONDS,
                    max_msg_size=0,
                    proxy=proxy_for(address, self._environment),
                    ssl=tls_context(self._environment) if address.startswith("https") else True,
                )
                await self._socket.send_json({"debug": False})
        except aiohttp.ClientError as error:
            raise ConnectionError(str(error)) from error

    async def next(self) -> dict[str, Any] | None:
        """The next event; None when Cloudflare has ended the tail."""
        import aiohttp

        while True:
            message = await self._socket.receive()
            if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                if (event := read_event(message.data)) is not None:
                    return event
            elif self._socket.close_code == NORMAL_CLOSURE:
                return None
            else:
                raise ConnectionError(f"it was closed with the code {self._socket.close_code}")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
