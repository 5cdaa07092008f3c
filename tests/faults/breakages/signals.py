"""Signals to the processes of a platform, and of its commands."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum

from tests.faults.leftovers import processes_of
from tests.faults.scene import Scene


class Victim(StrEnum):
    """A process, by a text in its command line; `{home}` is the platform's directory."""

    PLATFORM = "pywrangler.local.daemon"
    IMPORT = "pywrangler.local.daemon --import"
    COMMAND = "pywrangler_containers"
    WORKER = "workerd serve {home}/workers/"
    KV = "workerd serve {home}/key-values/"
    R2 = "workerd serve {home}/r2/"
    D1 = "workerd serve {home}/d1/"
    BUILDX = "docker buildx build"
    ALL = ""


def pids_of(scene: Scene, victim: Victim) -> list[int]:
    """The processes that a victim is."""
    text = victim.value.format(home=scene.home)
    return [pid for pid, line in processes_of(scene.home) if text in line]


@dataclass(frozen=True)
class Signal:
    """One signal to a victim; the end of the context continues what was stopped."""

    number: signal.Signals
    victim: Victim
    pause_seconds: float = 0.0
    """How long to wait before it."""

    @contextmanager
    def broken(self, scene: Scene) -> Iterator[None]:
        time.sleep(self.pause_seconds)  # the moment of the fault
        hit = pids_of(scene, self.victim)
        self._send(hit, self.number)
        try:
            yield
        finally:
            if self.number is signal.SIGSTOP:
                self._send(hit, signal.SIGCONT)

    @staticmethod
    def _send(pids: list[int], number: signal.Signals) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
