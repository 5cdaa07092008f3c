"""Ends the platform, and what a killed one left."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pywrangler.errors import PywranglerError
from pywrangler.local import processes
from pywrangler.local.client.finding import platform_of
from pywrangler.local.client.once import run_once
from pywrangler.local.protocol import (
    CLEAN_UP_ARGUMENT,
    UNFINISHED_NAME,
    Status,
    home_directory,
)

STOP_TIMEOUT_SECONDS = 30.0
KILL_TIMEOUT_SECONDS = 5.0
CLEAN_UP_TIMEOUT_SECONDS = 60.0
STOP_ATTEMPTS = 3
END_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Stopped:
    """The result of `stop`."""

    was_running: bool
    was_killed: bool = False
    """It did not end by itself."""
    processes: int = 0
    """Runtimes of Workers and of KV that a killed platform left."""
    containers: int = 0
    """Containers that it left."""
    complaint: str | None = None
    """Why the engine could not be asked for such containers."""


def stop(environment: Mapping[str, str]) -> Stopped | None:
    """End the platform, or what a killed one left, and return when it is gone; None if there was nothing.

    Only processes that verifiably belong to this directory are ended. Raises `PywranglerError`.
    """
    home = home_directory(environment)
    was_running = was_killed = False
    for _ in range(STOP_ATTEMPTS):
        if (pid := platform_of(home)) is not None:
            was_running, was_killed = True, was_killed or _end(pid)
            if not (home / UNFINISHED_NAME).exists():
                return Stopped(was_running)
        if not _has_left(home):
            return Stopped(was_running, was_killed) if was_running else None
        try:
            left = clean_up(environment)
        except PywranglerError as error:
            if not was_running:
                raise
            return Stopped(was_running, was_killed, complaint=error.message)
        if left is not None:
            found = Stopped(was_running, was_killed, **left)
            has_found = was_running or found.processes or found.containers or found.complaint
            return found if has_found else None
        time.sleep(1)  # a platform holds the directory: it writes its status file again
    raise PywranglerError(
        f"A local platform uses the directory `{home}`, and its process cannot be found.",
        hint="It probably runs in another container or as another user. Stop it there.",
        code="platform-stop",
    )


def wait_for_end(pid: int, seconds: float) -> bool:
    """Whether a platform ends by itself within this time."""
    end = time.monotonic() + seconds
    while processes.is_alive(pid):
        if time.monotonic() > end:
            return False
        time.sleep(END_POLL_SECONDS)
    return True


def _has_left(home: Path) -> bool:
    """Whether a former platform of this directory may have left running processes or containers."""
    if any((home / name).exists() for name in (UNFINISHED_NAME, Status.file(home).name)):
        return True
    return any(processes.configuration_below(pid, home) for pid in processes.own_processes())


def _end(pid: int) -> bool:
    """End a platform. Whether it had to be killed. Raises `PywranglerError` if it cannot be ended."""
    began = processes.begun(pid)
    if began is None:
        return False
    try:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        # A stopped process (SIGSTOP) gets SIGTERM only when it continues.
        if processes.end(pid, began, [(signal.SIGCONT, STOP_TIMEOUT_SECONDS)]):
            return False
        if processes.end(pid, began, [(signal.SIGKILL, KILL_TIMEOUT_SECONDS)]):
            return True
    except PermissionError as error:
        raise PywranglerError(
            f"The local platform (process {pid}) belongs to another user.",
            hint="Stop it as that user.",
            code="platform-stop",
        ) from error
    raise PywranglerError(
        f"The local platform (process {pid}) does not end, not even killed.",
        hint="The system waits for a device or a network file system. Look at the system's log.",
        code="platform-stop",
    )


def clean_up(environment: Mapping[str, str]) -> dict[str, Any] | None:
    """End what a killed platform left: `processes`, `containers`, and a `complaint` if the engine could not
    be asked. None while a platform runs. Raises `PywranglerError`.
    """
    late = PywranglerError(
        f"What a killed platform left could not be ended in {CLEAN_UP_TIMEOUT_SECONDS:.0f} s.",
        hint="Run `pywrangler local stop` again.",
        code="platform-stop",
    )
    return run_once(
        environment,
        CLEAN_UP_ARGUMENT,
        timeout_seconds=CLEAN_UP_TIMEOUT_SECONDS,
        late=late,
        failure="What a killed platform left could not be ended",
    )
