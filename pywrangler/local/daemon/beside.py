"""The runtime of a version that shares the requests of a Worker with its main version."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

from pywrangler.local.daemon.directories import Directories
from pywrangler.local.workerd.logs import LogBook
from pywrangler.local.workerd.process import Launch
from pywrangler.local.workerd.records import WorkerSpec
from pywrangler.local.workerd.supervisor import RuntimeSupervisor

Start = Callable[[WorkerSpec, Callable[[Launch], Awaitable[None]]], Awaitable[WorkerSpec]]
"""Starts a spec by a function that runs a launch; the spec that ran."""


class Beside:
    """A new one starts next to the former one, which ends when the main version uses the new one.

    Do not call its methods at the same time.
    """

    def __init__(self, name: str, directories: Directories, log: LogBook) -> None:
        self._name = name
        self._directories = directories
        self._log = log
        self._turn = 0
        self._now: RuntimeSupervisor | None = None
        self._next: RuntimeSupervisor | None = None

    async def begin(self, spec: WorkerSpec, start: Start) -> WorkerSpec:
        """Start what `spec.split` says, if anything; the spec with the sockets of what runs now.

        Raises `WorkerdStartError`; the former one then continues.
        """
        if spec.split is None:
            return spec
        self._turn = 1 - self._turn
        sockets = self._directories.sockets(directory_of(self._name, self._turn))
        supervisor = RuntimeSupervisor(self._log)

        async def run(launch: Launch) -> None:
            own = self._directories.worker(directory_of(self._name, self._turn))
            own.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside = replace(
                launch,
                sockets=sockets,
                listeners={},
                config_file=own / launch.config_file.name,
                pid_file=own / launch.pid_file.name,
            )
            await supervisor.replace(beside, contextlib.nullcontext)

        other = await start(replace(spec.split.other, sockets=sockets), run)
        self._next = supervisor
        return replace(spec, split=replace(spec.split, other=other))

    async def commit(self) -> None:
        """The main version uses what began, and nothing if nothing did: end the former one."""
        former, self._now, self._next = self._now, self._next, None
        if former is not None:
            await former.stop()

    async def abandon(self) -> None:
        """The main version did not start: end what began."""
        begun, self._next = self._next, None
        if begun is not None:
            await begun.stop()

    async def stop(self) -> None:
        """End it, together with the main version."""
        await self.abandon()
        await self.commit()


def directory_of(name: str, turn: int) -> str:
    """The directory of its files among those of Workers, and the name of its sockets. A Worker has another
    name.
    """
    return f"{name}.beside{turn}"
