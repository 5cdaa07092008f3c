"""The command line's part of the local platform's process: find, start and stop it.

It imports the standard library only, and none of the platform's own modules, which the started process
imports.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pywrangler.errors import PywranglerError
from pywrangler.local import processes
from pywrangler.local.processes import PLATFORM_MODULE
from pywrangler.local.protocol import (
    ALREADY_RUNNING_STATUS,
    CLEAN_UP_ARGUMENT,
    HOME_VARIABLE,
    UNFINISHED_NAME,
    Status,
    directory_id,
    home_directory,
    marks_of,
)

START_TIMEOUT_SECONDS = 60.0
"""Longer than the limits of the platform's own steps, so that the platform itself reports which one took too
long.
"""
RIVAL_SECONDS = 10.0
"""How long to look for the platform after another process was reported to be it."""
RIVAL_POLL_SECONDS = 0.1
MENDING_SECONDS = 2.0
DISMISSAL_SECONDS = 5.0
STOP_TIMEOUT_SECONDS = 30.0
KILL_TIMEOUT_SECONDS = 5.0
CLEAN_UP_TIMEOUT_SECONDS = 60.0
STOP_ATTEMPTS = 3
PING_TIMEOUT_SECONDS = 5.0
POLL_SECONDS = 0.02
START_LOG = "start.log"
FULL_BYTES = 256 * 1024
"""With less free space the platform cannot create its database."""
LOG_TAIL_LINES = 20

_KEPT_VARIABLES = frozenset(
    (
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH"),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
        *(
            "SSL_CERT_FILE",
            "SSL_CERT_DIR",
            "NODE_EXTRA_CA_CERTS",
            "DBUS_SESSION_BUS_ADDRESS",
            "PYTHON_KEYRING_BACKEND",
        ),
        *(
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_ECR",
            "AWS_CA_BUNDLE",
        ),  # the address of Amazon ECR, without keys
        "WRANGLER_DOCKER_HOST",
    )
)
_KEPT_PREFIXES = ("LC_", "XDG_", "DOCKER_", "PYWRANGLER_")


@dataclass(frozen=True)
class Stopped:
    """What `stop` found and ended."""

    was_running: bool
    was_killed: bool = False
    """It did not end by itself."""
    processes: int = 0
    """Runtimes of Workers and of KV that a killed platform left."""
    containers: int = 0
    """Containers that it left."""
    complaint: str | None = None
    """Why the engine could not be asked for such containers."""


def find(environment: Mapping[str, str]) -> Status | None:
    """The running platform of this environment's home directory, or None.

    If its status file was lost, the platform writes it again within a second.
    """
    if status := _find_now(environment):
        return status
    home = home_directory(environment)
    end = time.monotonic() + MENDING_SECONDS
    while (home / UNFINISHED_NAME).exists() and time.monotonic() < end and _is_unannounced(home):
        time.sleep(RIVAL_POLL_SECONDS)
        if status := _find_now(environment):
            return status
    return None


def _is_unannounced(home: Path) -> bool:
    """Whether a platform runs that no status file leads to."""
    status = Status.read(home)
    return (status is None or not _claims(status, home)) and _platform_of(home) is not None


def _find_now(environment: Mapping[str, str]) -> Status | None:
    home = home_directory(environment)
    status = Status.read(home)
    return status if status is not None and _claims(status, home) and _answers(status) else None


def find_or_start(environment: Mapping[str, str]) -> Status:
    """The running platform; it is started first if necessary.

    Raises `PywranglerError` with its message if it does not start.
    """
    return find(environment) or _start(environment)


def stop(environment: Mapping[str, str]) -> Stopped | None:
    """End the platform, or what a killed one left, and return when it is gone; None if there was nothing.

    Only processes that verifiably belong to this directory are ended. Raises `PywranglerError`.
    """
    home = home_directory(environment)
    was_running = was_killed = False
    for _ in range(STOP_ATTEMPTS):
        if (pid := _platform_of(home)) is not None:
            was_running, was_killed = True, was_killed or _end(pid)
            if not (home / UNFINISHED_NAME).exists():
                return Stopped(was_running)
        if not _has_left(home):
            return Stopped(was_running, was_killed) if was_running else None
        try:
            left = _clean_up(environment)
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


def is_proved(status: Status, directory: str | None, began: str | None, has_home_open: bool | None) -> bool:
    """Whether the process that a status file names is the platform of this directory.

    `directory` is the directory's `directory_id`, `began` when the process of that id began (None: there is
    none), `has_home_open` whether the system shows that it uses the directory (None: unknown). A status file
    of an older version says less, so that the system has to show it.
    """
    if began is None or has_home_open is False:
        return False
    if status.begun and status.folder:
        return status.begun == began and status.folder == directory
    return has_home_open is True


def daemon_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of the process: what it needs to find Docker, npm and the keyring; no credentials."""
    kept = {
        name: value
        for name, value in environment.items()
        if name in _KEPT_VARIABLES
        or name.startswith(_KEPT_PREFIXES)
        or name.lower().startswith("npm_config_")  # npm reads it in any case
    }
    return kept | {HOME_VARIABLE: str(home_directory(environment))}


def _start(environment: Mapping[str, str]) -> Status:
    home = home_directory(environment)
    begin = time.monotonic()
    process = _spawn(environment, home)
    while time.monotonic() < begin + START_TIMEOUT_SECONDS:
        if status := _find_now(environment):
            if process.pid != status.pid:
                _dismiss(process)
            # It continues without us. This keeps Python from warning that the process was not waited for.
            process.returncode = process.returncode or 0
            return status
        exit_status = process.poll()
        # Another process may have started first; then wait for that one.
        if exit_status not in (None, ALREADY_RUNNING_STATUS):
            raise _start_error(home, f"ended with status {exit_status}")
        if exit_status is not None and _platform_of(home) is None:
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
    if hung := _platform_of(home):
        raise PywranglerError(
            f"The local platform (process {hung}) runs and does not answer.",
            hint="Run `pywrangler local stop`, which ends it, then the command again.",
            code="platform-hung",
        )
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
            # A session of its own, so that neither Ctrl-C nor the end of the terminal reaches it.
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


def _claims(status: Status, home: Path) -> bool:
    """Whether the status file belongs to the platform of this directory, as far as can be known."""
    if not processes.is_alive(status.pid):
        return False
    has_home_open = None
    if not (status.begun and status.folder):
        has_home_open = processes.has_open(status.pid, marks_of(home))
    return is_proved(status, directory_id(home), processes.begun(status.pid), has_home_open)


def _platform_of(home: Path) -> int | None:
    """The process that verifiably is the platform of this directory, whether or not it answers."""
    status = Status.read(home)
    if status is not None and _claims(status, home) and processes.is_platform(status.pid):
        return status.pid
    marks = marks_of(home)
    return next((pid for pid in processes.platforms() if processes.has_open(pid, marks)), None)


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


def _clean_up(environment: Mapping[str, str]) -> dict[str, Any] | None:
    """End what a killed platform left; None while a platform runs. Raises `PywranglerError`."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", PLATFORM_MODULE, CLEAN_UP_ARGUMENT],
            env=daemon_environment(environment),
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=CLEAN_UP_TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise PywranglerError(
            f"What a killed platform left could not be ended in {CLEAN_UP_TIMEOUT_SECONDS:.0f} s.",
            hint="Run `pywrangler local stop` again.",
            code="platform-stop",
        ) from error
    if done.returncode == ALREADY_RUNNING_STATUS:
        return None
    try:
        if done.returncode == 0:
            found: dict[str, Any] = json.loads(done.stdout)
            return found
        told = json.loads(done.stderr.strip().splitlines()[-1])
        raise PywranglerError(told["message"], hint=told.get("hint"), code=told["code"])
    except (IndexError, ValueError, KeyError, TypeError) as error:
        raise PywranglerError(
            f"What a killed platform left could not be ended (status {done.returncode}).",
            detail="\n".join(done.stderr.splitlines()[-LOG_TAIL_LINES:]) or None,
            code="platform-stop",
        ) from error


def _answers(status: Status) -> bool:
    """Whether the platform answers at its address and knows its token."""
    import http.client

    address = urlsplit(status.url)
    connection = http.client.HTTPConnection(
        address.hostname or "", address.port, timeout=PING_TIMEOUT_SECONDS
    )
    try:
        headers = {"Authorization": f"Bearer {status.token}"}
        connection.request("GET", f"{address.path}/user/tokens/verify", headers=headers)
        return connection.getresponse().status == 200
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()
