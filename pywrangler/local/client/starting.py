"""Starts the platform, and explains why it did not start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from pywrangler.errors import PywranglerError
from pywrangler.local import processes
from pywrangler.local.client.environment import daemon_environment
from pywrangler.local.client.finding import RIVAL_POLL_SECONDS, find, find_now, hung, platform_of
from pywrangler.local.processes import PLATFORM_MODULE
from pywrangler.local.protocol import (
    ALREADY_RUNNING_STATUS,
    HOME_VARIABLE,
    Status,
    home_directory,
)

START_TIMEOUT_SECONDS = 60.0
"""Longer than the limits of the platform's own steps, so that the platform itself reports which one took too
long.
"""
RIVAL_SECONDS = 10.0
"""How long to look for the platform after another process was reported to be it."""
DISMISSAL_SECONDS = 5.0
POLL_SECONDS = 0.02
START_LOG = "start.log"
FULL_BYTES = 256 * 1024
"""With less free space the platform cannot create its database."""
LOG_TAIL_LINES = 20


def find_or_start(environment: Mapping[str, str]) -> Status:
    """The running platform; it is started first if necessary.

    Raises `PywranglerError` with its message if it does not start.
    """
    return find(environment) or _start(environment)


def _start(environment: Mapping[str, str]) -> Status:
    home = home_directory(environment)
    begin = time.monotonic()
    process = _spawn(environment, home)
    while time.monotonic() < begin + START_TIMEOUT_SECONDS:
        if status := find_now(environment):
            if process.pid != status.pid:
                _dismiss(process)
            # It continues without us. This keeps Python from warning that the process was not waited for.
            process.returncode = process.returncode or 0
            return status
        exit_status = process.poll()
        # Another process may have started first; then wait for that one.
        if exit_status not in (None, ALREADY_RUNNING_STATUS):
            raise _start_error(home, f"ended with status {exit_status}")
        rival = platform_of(home) if exit_status is not None else None
        if rival is not None and processes.is_suspended(rival):
            raise hung(rival)
        if exit_status is not None and rival is None:
            if time.monotonic() > begin + RIVAL_SECONDS:
                raise PywranglerError(
                    f"A local platform uses the directory `{home}`, and it cannot be found from here.",
                    hint=f"It probably runs in another container. Stop it there, or set {HOME_VARIABLE} to"
                    " another directory.",
                    code="platform-elsewhere",
                )
            process = _spawn(environment, home)  # the other one was about to end
            continue
        time.sleep(POLL_SECONDS if exit_status is None else RIVAL_POLL_SECONDS)
    if pid := platform_of(home):
        raise hung(pid)
    raise _start_error(home, f"was not there after {START_TIMEOUT_SECONDS:.0f} s")


def _spawn(environment: Mapping[str, str], home: Path) -> subprocess.Popen[bytes]:
    output = _open_start_log(home)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", PLATFORM_MODULE],
            env=daemon_environment(environment),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # A separate session, so that neither Ctrl-C nor the end of the terminal reaches it.
            start_new_session=True,
        )
    finally:
        os.close(output)


def _dismiss(process: subprocess.Popen[bytes]) -> None:
    """End a process of ours that has found, or is about to find, that another one is the platform."""
    process.terminate()
    try:
        process.wait(DISMISSAL_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _open_start_log(home: Path) -> int:
    """The file for the process's output until its log is open. Opening it also shows that the directory is
    writable.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(home / START_LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    except OSError as error:
        is_no_directory = isinstance(error, FileExistsError | NotADirectoryError)
        reason = "there is a file in its place" if is_no_directory else error.strerror
        raise PywranglerError(
            f"The local platform's directory `{home}` cannot be written: {reason}.",
            hint=f"Make the directory writable, or set {HOME_VARIABLE} to another one.",
            code="state-not-writable",
        ) from error


def _start_error(home: Path, what: str) -> PywranglerError:
    """The process's message: an error of ours unchanged, anything else as detail."""
    lines = _tail(home / START_LOG)
    try:
        told = json.loads(lines[-1])
        return PywranglerError(
            told["message"], hint=told.get("hint"), detail=told.get("detail"), code=told["code"]
        )
    except (IndexError, ValueError, KeyError, TypeError):
        if (free := _free_bytes(home)) < FULL_BYTES:
            return PywranglerError(
                f"The local platform cannot start: the disk of `{home}` is full ({free} bytes are free).",
                hint=f"Make room there, or set {HOME_VARIABLE} to a directory on another disk.",
                code="disk-full",
            )
        return PywranglerError(
            f"The local platform {what}.",
            hint=f"Its log is `{home / 'platform.log'}`.",
            detail="\n".join(lines) or None,
            code="platform-start",
        )


def _free_bytes(directory: Path) -> float:
    """The free space on the directory's disk; infinite if unknown."""
    try:
        found = os.statvfs(directory)
    except (OSError, AttributeError):  # no directory; no such call on Windows
        return float("inf")
    return found.f_bavail * found.f_frsize


def _tail(file: Path) -> list[str]:
    try:
        return file.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
    except OSError:
        return []
