"""Calls to the control Worker inside a `workerd` (see `pywrangler/local/workerd/scripts/control.js`)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.workers.readiness import Ready, RuntimeNotReadyError, call_when_ready
from pywrangler.local.workerd.failures import WorkerdStartError

CALL_TIMEOUT_SECONDS = 10.0
WORKFLOW_TIMEOUT_SECONDS = 60.0
"""A list of thousands of instances asks each of them."""

CUT_SECONDS = 20.0
"""How long the code may go on with a start after the call for it was broken off: as long as
`@cloudflare/containers` 0.3 waits for ports.
"""


class ControlError(PywranglerError):
    """The call failed inside the Worker; the message is the exception's."""

    code = "control"


@dataclass(frozen=True)
class BringUpCall:
    """The Durable Object that has to start its container."""

    class_name: str
    durable_object_id: str
    timeout_seconds: float
    may_fetch: bool = True
    """Whether to send a request to a class without `startAndWaitForPorts`."""


@dataclass(frozen=True)
class BringUpResponse:
    """The response of a Durable Object to a request to start its container."""

    method: str | None
    """The method that was called; None if the class has none of the known methods."""
    error: str | None = None
    """The message that its `fetch()` threw."""

    @property
    def has_waited(self) -> bool:
        """Whether the class itself reports that its ports are open."""
        return self.method == "startAndWaitForPorts"

    @property
    def may_be_asked_again(self) -> bool:
        """Whether another call may have another result."""
        return self.method == "fetch"


class Control:
    """One Worker's control socket. Calls wait until the runtime that serves it is `ready`."""

    def __init__(self, socket: Path, ready: Ready) -> None:
        self._socket = socket
        self._ready = ready
        self._scheduled = 0
        self._calls = 0
        self._is_closed = False
        self._starts: set[asyncio.Task[dict[str, Any]]] = set()
        self._cut_at: float | None = None
        self._may_start = asyncio.Event()
        self._may_start.set()

    async def durable_object_id(self, class_name: str, name: str) -> str:
        """The id (64 hex digits) of the object with that name."""
        answer = await self._call("durable-object-id", {"class_name": class_name, "name": name})
        return str(answer["id"])

    async def bring_up(self, call: BringUpCall) -> BringUpResponse:
        """Let an object start its container. The response says whether it did.

        Raises `ControlError` with what the object threw, and TimeoutError without a response.
        """
        body = {
            "class_name": call.class_name,
            "id": call.durable_object_id,
            "may_fetch": call.may_fetch,
        }
        while not self._is_closed:
            if not self._may_start.is_set():
                await self._may_start.wait()
                continue
            asking = asyncio.create_task(self._call("bring-up", body, call.timeout_seconds))
            self._starts.add(asking)
            try:
                await asyncio.wait([asking])
            finally:
                self._starts.discard(asking)
                if asking.cancel() or asking.cancelled():
                    self._cut_at = time.monotonic()
            if not asking.cancelled():
                answer = asking.result()
                return BringUpResponse(answer.get("method"), answer.get("error"))
        raise ControlError("the Worker was stopped")

    @property
    def is_closed(self) -> bool:
        """Whether there is no next runtime."""
        return self._is_closed

    def close(self) -> None:
        """Give up the starts in progress: there is no next runtime."""
        self._is_closed = True
        self._may_start.set()
        for asking in self._starts:
            asking.cancel()

    @contextmanager
    def starts_held(self) -> Iterator[bool]:
        """While this is open, a runtime is replaced: the next one starts the containers that it is asked to
        start. Gives whether this one may still be busy with starts that no one waits for any more.
        """
        is_starting = bool(self._starts) or self._has_cut_start
        self._may_start.clear()
        for asking in self._starts:
            asking.cancel()
        try:
            yield is_starting
        finally:
            self._cut_at = None
            self._may_start.set()

    @property
    def _has_cut_start(self) -> bool:
        return self._cut_at is not None and time.monotonic() - self._cut_at < CUT_SECONDS

    async def run_scheduled(self, cron: str, scheduled_time_ms: int) -> str:
        """Call `scheduled()` of the Worker; its outcome, `ok` or `exception`."""
        body = {"cron": cron, "scheduled_time_ms": scheduled_time_ms}
        self._scheduled += 1
        try:
            return str((await self._call("scheduled", body, 900.0))["outcome"])
        finally:
            self._scheduled -= 1

    async def workflow(self, call: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Ask about instances of a Workflow: one of the calls of scripts/flows.js, such as `create`."""
        return await self._call(f"workflow/{call}", dict(request), WORKFLOW_TIMEOUT_SECONDS)

    @property
    def is_running_scheduled(self) -> bool:
        """Whether a `run_scheduled` call is in progress."""
        return self._scheduled > 0

    @property
    def is_calling(self) -> bool:
        """Whether the platform waits for the response to a call."""
        return self._calls > 0

    async def calls(self) -> int:
        """The number of calls from other processes that the runtime handles now."""
        return int((await self._post("calls", {}, CALL_TIMEOUT_SECONDS))["calls"])

    async def drain(self, timeout_seconds: float) -> int:
        """Refuse calls from other processes, and wait for the current ones; how many are left."""
        call = {"timeout_ms": round(timeout_seconds * 1000)}
        return int((await self._post("drain", call, timeout_seconds + 1.0))["calls"])

    async def _call(
        self, route: str, body: dict[str, Any], timeout_seconds: float = CALL_TIMEOUT_SECONDS
    ) -> dict[str, Any]:
        """Raises `ControlError` with the exception's message, and TimeoutError without a response in time."""
        call = partial(self._post, route, body, timeout_seconds)
        self._calls += 1
        try:
            return await call_when_ready("the Worker's runtime", self._ready, call)
        except (RuntimeNotReadyError, WorkerdStartError) as error:
            raise ControlError(error.message, detail=error.detail) from error
        finally:
            self._calls -= 1

    async def _post(self, route: str, body: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:
        timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        connector = aiohttp.UnixConnector(str(self._socket))
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
                session.post(f"http://control/{route}", json=body) as response,
            ):
                answer = await response.json(content_type=None)
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ClientError, ValueError) as error:
            raise ControlError(f"the Worker's runtime did not answer: {error}") from error
        if "error" in answer:
            raise ControlError(str(answer["error"]))
        result: dict[str, Any] = answer["result"]
        return result
