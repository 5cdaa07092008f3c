"""Keeps one Worker's `workerd` running: replaces it by another version, starts it again when it dies, lets it
sleep while no one needs it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pywrangler.local.workerd.failures import WorkerdStartError
from pywrangler.local.workerd.logs import LogBook
from pywrangler.local.workerd.process import Launch, WorkerdProcess
from pywrangler.local.workerd.stand_in import standing_in

State: TypeAlias = Literal["starting", "running", "failed", "sleeping"]
PlannedRestart: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]
"""The context that is open while one `workerd` replaces another, so that containers survive the change."""
Examine: TypeAlias = Callable[[int], Awaitable["Rest | None"]]
"""What decides whether a suspended `workerd`, by its process id, may end; None: it may not."""

FIRST_DELAY_SECONDS = 0.1
LAST_DELAY_SECONDS = 10.0
STAND_IN_CRASHES = 3
"""From so many crashes in a row on, clients get the reason. Before, they wait: the next start is soon."""
CLOCK_SECONDS = 60.0
STEADY_SECONDS = 30.0
"""After this time without a crash the next one counts as the first."""


def restart_delay_seconds(crashes: int) -> float:
    """The wait before the start after this many crashes in a row: none, then 0.1 s, doubled up to 10 s."""
    return min(FIRST_DELAY_SECONDS * 2.0 ** (crashes - 1), LAST_DELAY_SECONDS) if crashes else 0.0


@dataclass(frozen=True)
class Rest:
    """A sleep. `until`: when its own next work is due, in seconds since the epoch; None if it has none."""

    until: float | None


class RuntimeSupervisor:
    """One Worker's runtime. `state` and `error` describe it."""

    def __init__(self, log: LogBook) -> None:
        self.state: State = "starting"
        self.error: str | None = None
        self._log = log
        self._lock = asyncio.Lock()
        self._process: WorkerdProcess | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._retried: Launch | None = None
        """What is started now without a caller who waits: it ran before. Again and again until it starts."""
        self._asleep: Launch | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._changed = asyncio.Event()
        self.may_end_early: Callable[[], bool] = lambda: False
        """Asked again and again while the runtime ends: whether it may be killed before its time is over."""
        self.needs_longer: Callable[[], bool] = lambda: False
        """The same for whether its time should begin again."""
        self.ended: Callable[[], Awaitable[None]] = _nothing
        """Awaited whenever a runtime has ended, by itself or not, before the next one starts."""

    @property
    def pid(self) -> int | None:
        """Process id of the running `workerd`."""
        return self._process.pid if self._process else None

    @property
    def is_alive(self) -> bool:
        """Whether it runs, sleeps, or is started again and again."""
        return any((self._process, self._retried, self._asleep))

    async def ready(self) -> None:
        """Returns when it accepts requests, which may never happen; wakes it if it sleeps. Raises
        `WorkerdStartError`.
        """
        self.wake()
        while self.state != "failed" and (self.state != "running" or not self.is_alive):
            await self._changed.wait()
            self.wake()
        if self.state == "failed":
            raise WorkerdStartError(self.error or "The runtime does not run.")

    async def replace(self, launch: Launch, planned_restart: PlannedRestart) -> None:
        """Run `launch` instead of the current one. If that fails, the current one is started again.

        Raises `WorkerdStartError`. Connections in between wait in the listening sockets, which stay open.
        """
        async with self._lock:
            previous = self._process.launch if self._process else self._retried or self._asleep
            async with planned_restart():
                await self._end()
                try:
                    await self._begin(launch)
                except BaseException:
                    if previous is not None:
                        await self._resume(previous)
                    raise

    async def stop(self, timeout_seconds: float | None = None) -> None:
        """End it for good. Without a timeout it has the time of its launch."""
        async with self._lock:
            await self._end(timeout_seconds)

    async def sleep(self, examine: Examine, is_needed: Callable[[], bool]) -> bool:
        """End it until it is needed: by a connection, by `ready` or `wake`, or when its rest is over. Whether
        it sleeps now.

        It is suspended while `examine` looks, so nothing can begin meanwhile. `is_needed` is asked last.
        """
        async with self._lock:
            process = self._process
            if process is None or self.state != "running" or not await process.suspend():
                return False
            rest: Rest | None = None
            try:
                rest = await examine(process.pid)
            finally:
                if rest is None or is_needed() or self._process is not process:
                    rest = None
                    process.resume()
            if rest is not None:
                self._now("starting")  # calls wait from now on
                await self._end(0)
                self._fall_asleep(process.launch, rest)
            return rest is not None

    def wake(self) -> None:
        """Start it if it sleeps; returns before it accepts requests."""
        if self._asleep is not None:
            self._retried = launch = self._asleep
            self._stop_listening()
            self._now("starting")
            self._watcher = asyncio.create_task(self._retry(launch, crashes=0))

    def _fall_asleep(self, launch: Launch, rest: Rest) -> None:
        self._asleep = launch
        loop = asyncio.get_running_loop()
        for descriptor in launch.listeners.values():
            # The connection stays in the queue of the socket, where the next workerd takes it.
            loop.add_reader(descriptor, self.wake)
        self._now("sleeping")
        if rest.until is not None:
            self._wake_at(rest.until)

    def _wake_at(self, moment: float) -> None:
        """Look at the clock once a minute, because timers stand still while the machine is suspended."""
        remaining = moment - time.time()
        if remaining <= 0:
            self.wake()
        else:
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_later(min(remaining, CLOCK_SECONDS), self._wake_at, moment)

    def _stop_listening(self) -> None:
        launch, self._asleep = self._asleep, None
        if launch is not None:
            loop = asyncio.get_running_loop()
            for descriptor in launch.listeners.values():
                loop.remove_reader(descriptor)
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    async def _begin(self, launch: Launch) -> None:
        self._now("starting")
        try:
            process = await WorkerdProcess.start(launch, self._log)
        except WorkerdStartError as error:
            self._now("failed", error.message)
            await self.ended()
            raise
        self._process = process
        self._now("running")
        self._watcher = asyncio.create_task(self._watch(process))

    async def _resume(self, launch: Launch) -> None:
        try:
            await self._begin(launch)
        except WorkerdStartError as error:
            self._log.add("platform", f"The version before no longer starts either: {error.message}")
            self._retried = launch
            self._watcher = asyncio.create_task(self._retry(launch, crashes=1))

    async def _end(self, timeout_seconds: float | None = None) -> None:
        self._stop_listening()
        watcher, process = self._watcher, self._process
        self._watcher = self._process = self._retried = None
        if watcher is not None:
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)
        if process is not None:
            await process.stop(timeout_seconds, self.may_end_early, self.needs_longer)
            await self.ended()

    async def _watch(self, process: WorkerdProcess) -> None:
        """Restart it whenever it ends by itself. The next one adopts its containers."""
        clock = asyncio.get_running_loop().time
        crashes = 0
        while True:
            begun = clock()
            status = await process.wait()
            crashes = 1 if clock() - begun > STEADY_SECONDS else crashes + 1
            # The state is not "failed": calls of other Workers wait for it, as connections do.
            self._now("starting", f"workerd ended with status {status}.")
            self._log.add("platform", f"workerd ended with status {status}. It is started again.")
            await self.ended()
            process = await self._start_until_it_holds(process.launch, crashes)
            self._process = process
            self._now("running")

    async def _retry(self, launch: Launch, crashes: int) -> None:
        self._process = process = await self._start_until_it_holds(launch, crashes)
        self._retried = None
        self._now("running")
        await self._watch(process)

    async def _start_until_it_holds(self, launch: Launch, crashes: int) -> WorkerdProcess:
        while True:
            if self.state == "failed" and crashes >= STAND_IN_CRASHES:
                reason = f"{self.error or 'The Worker does not run.'} It is started again."
                async with standing_in(launch.listeners.values(), reason):
                    await asyncio.sleep(restart_delay_seconds(crashes))
            else:
                await asyncio.sleep(restart_delay_seconds(crashes))
            try:
                return await WorkerdProcess.start(launch, self._log)
            except WorkerdStartError as error:
                crashes += 1
                self._now("failed", error.message)
                self._log.add("platform", f"{error.message} Trying again.")
                await self.ended()

    def _now(self, state: State, error: str | None = None) -> None:
        """Change the state, and wake the waiting tasks."""
        self.state, self.error = state, error
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


async def _nothing() -> None:
    """Nothing depends on the end of the runtime."""
