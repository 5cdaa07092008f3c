"""The programs that one Worker's `workerd` starts in containers, from the request to the raw stream."""

from __future__ import annotations

import asyncio
import json
import os
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pywrangler.engine.calls import EngineCalls
from pywrangler.engine.failures import EngineRefusedError
from pywrangler.engine.streams import open_connection
from pywrangler.local.gateway.containers.container import TrackedContainer
from pywrangler.local.gateway.docker_api.wire import (
    CHUNK_BYTES,
    RequestHead,
    Streams,
    relay,
    request_with,
    respond,
)
from pywrangler.local.gateway.exec.commands import KillCommand, read_kill, read_size, read_wrapped, with_size
from pywrangler.local.gateway.exec.failures import read_failure
from pywrangler.local.gateway.exec.processes import inner_pid, is_visible, send_signal

UPGRADED = 101
KEPT_EXECS = 1000
"""How many of the latest execs can be killed."""
LOOK_AGAIN_SECONDS = 0.01
SPAWN_SECONDS = 10.0
"""How long the engine may take to start a process; after that the stream begins all the same."""
REASON_SECONDS = 1.0
NOT_STARTED = frozenset((126, 127, 128))
"""Exit statuses that an engine gives a program that it could not start. A program may end with one, too."""
GONE = frozenset((404, 409))
"""What an engine answers about an exec of a container that was removed."""
KILLED = 137
LOOKS_FOR_ID = 5
"""How often such a program's process id is asked for before the program counts as not started."""
SIZE_TRIES = 20
SIZE_API = (1, 42)
"""Since this version of its API an engine (23) takes the terminal's size with the start."""


@dataclass
class _Exec:
    container: TrackedContainer
    file: str = ""
    kill: KillCommand | None = None
    exit_code: int = 0
    """Of a kill."""
    inner_pid: int | None = None
    """The process id inside the container; None if that is unknown."""


class Execs:
    """Starts programs, and knows those that it started."""

    def __init__(self, engine: EngineCalls) -> None:
        self._engine = engine
        self._execs: OrderedDict[str, _Exec] = OrderedDict()
        self._by_file: dict[str, str] = {}
        self._takes_size: bool | None = None

    async def create(
        self, container: TrackedContainer, inspected: dict[str, Any], body: dict[str, Any]
    ) -> bytes:
        """The response to `POST /containers/NAME/exec`. Raises EngineRefusedError."""
        kill = read_kill(body)
        if kill is not None and kill.file in self._by_file:
            return self._created(os.urandom(32).hex(), _Exec(container, kill=kill))
        wrapped, file = read_wrapped(body), ""
        if wrapped is not None and is_visible(int(inspected["State"].get("Pid") or 0), container.id):
            body, file = {**body, "Cmd": list(wrapped.command)}, wrapped.file
        return self._created(await self._engine.create_exec(container.id, body), _Exec(container, file))

    async def start(self, exec_id: str, head: RequestHead, content: bytes, streams: Streams) -> bytes | None:
        """The response to `POST /exec/ID/start`; None if the connection became the program's stream.

        A program that the engine cannot start gets a response with the reason. The engine itself has opened
        the stream by then, and writes the reason into it as if it were the program's output.
        """
        found = self._execs.get(exec_id)
        if found is not None and found.kill is not None:
            found.exit_code = await self._signal(found.container, found.kill)
            return respond(200)
        try:
            body = with_size(_read(content))
        except ValueError:
            return respond(400, "the body is not JSON")
        engine = await open_connection(self._engine.address)
        engine[1].write(request_with(head, json.dumps(body).encode()))
        try:
            response = await engine[0].readuntil(b"\r\n\r\n")
            if int(response.split(b" ", 2)[1]) == UPGRADED:
                reason, output = await self._begin(exec_id, body, engine)
                if reason is not None:
                    engine[1].close()
                    return respond(400, reason)
                response += output
        except BaseException:
            engine[1].transport.abort()
            raise
        streams[1].write(response)
        await relay(streams, engine, is_typed=bool(body.get("Tty")))
        return None

    async def inspect(self, exec_id: str) -> bytes:
        """The response to `GET /exec/ID/json`. The process id is the one inside the container."""
        found = self._execs.get(exec_id)
        if found is not None and found.kill is not None:
            return respond(200, {"ID": exec_id, "Running": False, "ExitCode": found.exit_code, "Pid": 0})
        try:
            state = await self._engine.exec_state(exec_id)
        except EngineRefusedError as error:
            if found is None or error.status not in GONE:
                raise
            # The container was removed with its programs, and the engine forgot both.
            return respond(200, {"ID": exec_id, "Running": False, "ExitCode": KILLED, "Pid": 0})
        if found is not None and found.inner_pid:
            state["Pid"] = found.inner_pid
        return respond(200, state)

    def _created(self, exec_id: str, made: _Exec) -> bytes:
        self._execs[exec_id] = made
        if made.file:
            self._by_file[made.file] = exec_id
        while len(self._execs) > KEPT_EXECS:
            _, old = self._execs.popitem(last=False)
            self._by_file.pop(old.file, None)
        return respond(201, {"Id": exec_id})

    async def _begin(self, exec_id: str, body: dict[str, Any], engine: Streams) -> tuple[str | None, bytes]:
        """Returns when the process runs or has run: the reason if it could not be started, and what was read
        of its output.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(SPAWN_SECONDS):
                looks = 0
                while (started := has_started(state := await self._engine.exec_state(exec_id))) is not True:
                    looks += started is False
                    if looks == LOOKS_FOR_ID:
                        return await self._what_it_left(engine)
                    await asyncio.sleep(LOOK_AGAIN_SECONDS)
                if state["Pid"] and (found := self._execs.get(exec_id)) is not None:
                    found.inner_pid = inner_pid(int(state["Pid"]), found.container.id)
        if (size := read_size(body)) is not None and not await self._starts_with_size():
            await self._resize(exec_id, *size)
        return None, b""

    async def _what_it_left(self, engine: Streams) -> tuple[str | None, bytes]:
        output = await _rest(engine)
        reason = read_failure(output, is_podman=await self._engine.podman_network() is not None)
        return reason, b"" if reason else output

    async def _starts_with_size(self) -> bool:
        if self._takes_size is None:
            version = str((await self._engine.version()).get("ApiVersion", "0"))
            self._takes_size = tuple(int(part) for part in version.split(".")) >= SIZE_API
        return self._takes_size

    async def _resize(self, exec_id: str, rows: int, columns: int) -> None:
        for _ in range(SIZE_TRIES):
            try:
                await self._engine.resize_exec(exec_id, rows, columns)
            except EngineRefusedError:
                # Right after the start an engine may not have the terminal yet, or the program has ended.
                if not (await self._engine.exec_state(exec_id))["Running"]:
                    return
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
            else:
                return

    async def _signal(self, container: TrackedContainer, kill: KillCommand) -> int:
        """Send it; the exit status that `kill` would have."""
        state = await self._engine.exec_state(self._by_file[kill.file])
        pid = int(state["Pid"])
        if not state["Running"]:
            return 0  # A signal for a program that has ended has no effect.
        if (inside := inner_pid(pid, container.id)) is None:
            return 1
        if send_signal(pid, kill.signal):
            return 0
        # Processes of a container often belong to root, and the platform need not. Images have a shell or the
        # program, seldom neither.
        words = ["kill", f"-{kill.signal}", str(inside)]
        for command in (["/bin/sh", "-c", " ".join(words)], words):
            if await self._engine.has_run(container.id, command):
                return 0
        return 1


def has_started(state: Mapping[str, Any]) -> bool | None:
    """Whether an exec's state shows a program that runs or has run; None if it does not show it yet.

    The engine writes a program's end and its process id down independently of each other: of a program that
    ended at once, the state may have the end alone. It opens the stream before the state says anything.
    """
    if state["Pid"]:
        return True
    if state["Running"] or state["ExitCode"] is None:
        return None
    return state["ExitCode"] not in NOT_STARTED


async def _rest(engine: Streams) -> bytes:
    text = b""
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(REASON_SECONDS):
            while data := await engine[0].read(CHUNK_BYTES):
                text += data
    return text


def _read(content: bytes) -> dict[str, Any]:
    body = json.loads(content or b"{}")
    return body if isinstance(body, dict) else {}
