"""Finds the running platform of a directory, and distinguishes it from other processes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pywrangler.errors import PywranglerError
from pywrangler.local import processes
from pywrangler.local.protocol import (
    UNFINISHED_NAME,
    Status,
    directory_id,
    home_directory,
    marks_of,
)

RIVAL_POLL_SECONDS = 0.1
MENDING_SECONDS = 2.0
PING_TIMEOUT_SECONDS = 5.0
SUSPENDED_SECONDS = 1.0
"""For a platform that is suspended, which may be continued at once."""


def find(environment: Mapping[str, str]) -> Status | None:
    """The running platform of this environment's home directory, or None.

    If its status file was lost, the platform writes it again within a second.
    """
    if status := find_now(environment):
        return status
    home = home_directory(environment)
    end = time.monotonic() + MENDING_SECONDS
    while (home / UNFINISHED_NAME).exists() and time.monotonic() < end and _is_unannounced(home):
        time.sleep(RIVAL_POLL_SECONDS)
        if status := find_now(environment):
            return status
    return None


def find_now(environment: Mapping[str, str]) -> Status | None:
    home = home_directory(environment)
    status = Status.read(home)
    return status if status is not None and claims(status, home) and _answers(status) else None


def _is_unannounced(home: Path) -> bool:
    """Whether a platform runs that no status file leads to."""
    status = Status.read(home)
    return (status is None or not claims(status, home)) and platform_of(home) is not None


def hung(pid: int) -> PywranglerError:
    """The error for a platform that is this directory's and does not answer."""
    is_suspended = processes.is_suspended(pid)
    state = "is suspended" if is_suspended else "runs and does not answer"
    return PywranglerError(
        f"The local platform (process {pid}) {state}.",
        hint=(f"Run `kill -CONT {pid}` to continue it, or " if is_suspended else "Run ")
        + "`pywrangler local stop`, which ends it, then the command again.",
        code="platform-hung",
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


def claims(status: Status, home: Path) -> bool:
    """Whether the status file belongs to the platform of this directory, as far as can be known."""
    if not processes.is_alive(status.pid):
        return False
    has_home_open = None
    if not (status.begun and status.folder):
        has_home_open = processes.has_open(status.pid, marks_of(home))
    return is_proved(status, directory_id(home), processes.begun(status.pid), has_home_open)


def platform_of(home: Path) -> int | None:
    """The process that verifiably is the platform of this directory, whether or not it answers."""
    status = Status.read(home)
    if status is not None and claims(status, home) and processes.is_platform(status.pid):
        return status.pid
    marks = marks_of(home)
    return next((pid for pid in processes.platforms() if processes.has_open(pid, marks)), None)


def _answers(status: Status) -> bool:
    """Whether the platform answers at its address and knows its token."""
    import http.client

    address = urlsplit(status.url)
    connection = http.client.HTTPConnection(
        address.hostname or "",
        address.port,
        timeout=SUSPENDED_SECONDS if processes.is_suspended(status.pid) else PING_TIMEOUT_SECONDS,
    )
    try:
        headers = {"Authorization": f"Bearer {status.token}"}
        connection.request("GET", f"{address.path}/user/tokens/verify", headers=headers)
        return connection.getresponse().status == 200
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()
