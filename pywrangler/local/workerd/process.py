"""One run of `workerd`: start it, detect when it accepts requests, read its output, end it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pywrangler.local.processes import cpu_seconds, is_suspended
from pywrangler.local.workerd.bindings.links import OWN_IMPORT_PATH
from pywrangler.local.workerd.cluster.membership import cluster_arguments
from pywrangler.local.workerd.config import CONTROL_SOCKET, RuntimeConfig
from pywrangler.local.workerd.failures import WorkerdStartError, damaged_database
from pywrangler.local.workerd.logs import LogBook, parse_runtime_line
from pywrangler.local.workerd.records import Sockets
from pywrangler.local.workerd.source_maps import SourceMaps
from pywrangler.private_files import write_private

READY_TIMEOUT_SECONDS = 60.0
START_CPU_SECONDS = 6.0
"""How much processor time a start may take. Cloudflare allows 1 s. Code that never ends its start takes all
that it gets, and the version before is away meanwhile. On a busy machine a start takes longer, but computes
no more.
"""
LOOK_SECONDS = 0.25
STOP_TIMEOUT_SECONDS = 3.0
"""How long requests in flight may take when workerd has to end."""
AWAITED_SECONDS = 30.0
"""The same for requests that wait for something outside it: as long as Cloudflare gives them."""
EARLY_SECONDS = 0.05
"""How often to ask whether workerd has to be waited for any longer."""
SUSPENDED_LOOK_SECONDS = 0.001
ERROR_LINES = 20
LONGEST_LINE_BYTES = 8 * 1024 * 1024
"""Of the output; a Worker may log a text of any size."""
DEBUG_PORT = "debug-port"
"""What `workerd` calls its debug port among its sockets."""


class _EndlessStartError(Exception):
    """The code computes and computes before it handles any request."""


@dataclass(frozen=True)
class Launch:
    """One way to start `workerd`."""

    what: str
    """A description of what it runs, for messages, such as `version 1f0c of Worker "shop"`."""
    binary: Path
    config: RuntimeConfig
    config_file: Path
    pid_file: Path
    sockets: Sockets
    listeners: Mapping[str, int]
    """Descriptors of open listening sockets, by the socket's name in the configuration."""
    source_maps: SourceMaps = field(default_factory=lambda: SourceMaps({}))
    """With them, places in its output are shown as places in the sources."""
    around: Callable[[], AbstractAsyncContextManager[None]] = contextlib.nullcontext
    """What to be inside while it starts, each time that it does."""

    @property
    def stop_seconds(self) -> float:
        """How long it may take to end after SIGTERM."""
        membership = self.config.membership
        return membership.stop_seconds if membership else STOP_TIMEOUT_SECONDS


def workerd_args(launch: Launch, control_descriptor: int) -> list[str]:
    """The command line. `workerd` looks in the import paths for files that the configuration embeds."""
    return [
        str(launch.binary),
        "serve",
        str(launch.config_file),
        "--experimental",
        f"--import-path={OWN_IMPORT_PATH}",
        "--import-path=/",
        *(f"--socket-fd={name}={descriptor}" for name, descriptor in launch.listeners.items()),
        f"--control-fd={control_descriptor}",
        f"--debug-port=unix:{launch.sockets.peers}",
        *(cluster_arguments(launch.config.membership) if launch.config.membership else ()),
    ]


class WorkerdProcess:
    """A running `workerd`. Its output goes to the Worker's log."""

    def __init__(self, launch: Launch, process: Process, log: LogBook) -> None:
        self.launch = launch
        self._process = process
        self._log = log
        self._is_ending = False
        self._errors: deque[str] = deque(maxlen=ERROR_LINES)
        self._readers = [
            asyncio.create_task(self._read(stream)) for stream in (process.stdout, process.stderr) if stream
        ]

    @classmethod
    async def start(cls, launch: Launch, log: LogBook) -> WorkerdProcess:
        """A `workerd` that accepts requests. Raises `WorkerdStartError` with its output."""
        try:
            async with launch.around():
                return await cls._start(launch, log)
        except OSError as error:
            where = f"`{error.filename}`: " if error.filename else ""
            raise WorkerdStartError(
                f"{launch.what} cannot be started: {where}{error.strerror or error}.",
                hint="Give the platform's directory space, and the platform files that it may open.",
            ) from error

    @classmethod
    async def _start(cls, launch: Launch, log: LogBook) -> WorkerdProcess:
        _prepare_files(launch)
        # Not a pipe: uvloop (0.23) closes a pipe's descriptor twice, and in between a thread may have opened
        # another file with the same number. That file is then closed, and its readers hang.
        reading, writing = socket.socketpair()
        try:
            process = await _spawn(launch, writing.fileno())
        except OSError as error:
            reading.close()
            raise WorkerdStartError(f"`{launch.binary}` cannot be run: {error.strerror}.") from error
        finally:
            writing.close()
        started = cls(launch, process, log)
        try:
            # By this file the next platform finds it, if this one is killed.
            launch.pid_file.write_text(str(process.pid))
            async with asyncio.timeout(READY_TIMEOUT_SECONDS):
                is_ready = await started._ends_start(_is_serving(reading))
        except _EndlessStartError:
            await started.kill()
            used = f"its code computed for {START_CPU_SECONDS:.0f} s and had not ended its start"
            raise started.start_error(f"did not start: {used} (Cloudflare allows 1 s)") from None
        except BaseException as error:
            reading.close()
            await started.kill()
            if isinstance(error, TimeoutError):
                raise started.start_error(f"was not ready after {READY_TIMEOUT_SECONDS:.0f} s") from error
            raise
        if not is_ready:
            await started.kill()
            raise started.start_error("did not start")
        return started

    async def _ends_start(self, serving: Coroutine[Any, Any, bool]) -> bool:
        """The result of `serving`. Raises `_EndlessStartError` if the code computes for too long before."""
        waiting = asyncio.create_task(serving)
        try:
            while not (await asyncio.wait({waiting}, timeout=LOOK_SECONDS))[0]:
                if cpu_seconds(self.pid) > START_CPU_SECONDS:
                    raise _EndlessStartError
            return await waiting
        finally:
            waiting.cancel()

    def start_error(self, what: str) -> WorkerdStartError:
        """An error with the runtime's own words."""
        if damaged := damaged_database(self.launch.what, "\n".join(self._errors)):
            return damaged
        return WorkerdStartError(
            f"{self.launch.what} {what}.",
            detail="\n".join(self._errors) or None,
        )

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    async def wait(self) -> int:
        """The exit status, negative for a signal. Returns when its whole output has been read."""
        status = await self._process.wait()
        await asyncio.gather(*self._readers)
        return status

    async def stop(
        self,
        timeout_seconds: float | None = None,
        may_end_early: Callable[[], bool] = lambda: False,
        needs_longer: Callable[[], bool] = lambda: False,
    ) -> None:
        """End it: SIGTERM lets requests in flight finish, SIGKILL comes after the timeout, or earlier.
        Without a timeout it is the launch's. It begins again while `needs_longer`, for at most 30 s.
        """
        self._is_ending = True
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        clock = asyncio.get_running_loop().time
        seconds = self.launch.stop_seconds if timeout_seconds is None else timeout_seconds
        begun = clock()
        end = begun + seconds
        ended = asyncio.ensure_future(self._process.wait())
        while not (await asyncio.wait([ended], timeout=min(EARLY_SECONDS, max(end - clock(), 0))))[0]:
            if needs_longer():
                end = max(end, min(clock() + seconds, begun + AWAITED_SECONDS))
            if may_end_early() or clock() >= end:
                break
        await self.kill()

    async def suspend(self) -> bool:
        """Let it do nothing until `resume` or its end. Whether that is so now; False if it has ended, and if
        an export suspends it already.
        """
        if is_suspended(self.pid):
            return False
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGSTOP)
        while self._process.returncode is None:
            if is_suspended(self.pid):
                return True
            await asyncio.sleep(SUSPENDED_LOOK_SECONDS)
        return False

    def resume(self) -> None:
        """Let it continue."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self.wait()
        _forget(self.launch.pid_file, self.pid)

    async def _read(self, stream: asyncio.StreamReader) -> None:
        async for raw in read_lines(stream):
            line = parse_runtime_line(raw)
            if line.is_missing_class and any(text.startswith("Uncaught") for text in self._errors):
                continue  # the classes of code that threw while it was loaded are unknown
            line = line._replace(text=self.launch.source_maps.translate(line.text))
            if line.stream == "stderr":
                self._errors.append(line.text)
            # While it ends, workerd complains about everything that it cuts off, which is intended.
            if not line.is_internal and not (line.is_own and self._is_ending):
                self._log.add(line.stream, line.text)


def _prepare_files(launch: Launch) -> None:
    """Write the configuration, readable by its owner only, and remove sockets of a former run, on which
    bind() would fail.
    """
    write_private(launch.config_file, launch.config.text)
    for file in (launch.sockets.control, launch.sockets.peers, launch.sockets.front):
        file.unlink(missing_ok=True)


def _forget(pid_file: Path, pid: int) -> None:
    """Remove the file, unless the directory, and so the file, belongs to another platform now."""
    with contextlib.suppress(OSError):
        if pid_file.read_text() == str(pid):
            pid_file.unlink()


async def _spawn(launch: Launch, control_descriptor: int) -> Process:
    membership = launch.config.membership
    given = {**(membership.credentials if membership else {}), **launch.config.environment}
    secrets = {name: value.reveal() for name, value in given.items()}
    return await asyncio.create_subprocess_exec(
        *workerd_args(launch, control_descriptor),
        pass_fds=(*launch.listeners.values(), control_descriptor),
        # The platform's own environment is left out, because a Worker must not see it. Workers' time is UTC.
        env={"TZ": "UTC"} | secrets,
        cwd="/",
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )


async def _is_serving(reading: socket.socket) -> bool:
    """Whether `workerd` listens on all its sockets; False if it ended before. Closes the socket.

    workerd (2026-11-17) writes `{"event": "listen", "socket": NAME, "port": N}` per socket, after the
    Worker's code has been loaded: first in the order of the configuration, where the control socket is the
    last one, and then for its debug port.
    """
    awaited = {CONTROL_SOCKET, DEBUG_PORT}
    reader, writer = await asyncio.open_unix_connection(sock=reading)
    try:
        async for line in reader:
            event = json.loads(line)
            if event.get("event") == "listen":
                awaited.discard(event.get("socket"))
            if not awaited:
                return True
        return False
    finally:
        writer.close()


async def read_lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Lines, without their ends. The rest of one that is too long becomes another line."""
    begun = bytearray()
    while chunk := await stream.read(65536):
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            yield (begun + end).decode("utf-8", "replace")
            begun.clear()
        begun += rest
        if len(begun) > LONGEST_LINE_BYTES:
            yield begun.decode("utf-8", "replace")
            begun.clear()
    if begun:
        yield begun.decode("utf-8", "replace")
