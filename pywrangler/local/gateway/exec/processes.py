"""Processes of containers as this machine's kernel shows them, if the engine runs here."""

from __future__ import annotations

import os
import re
from pathlib import Path

PROC = Path("/proc")


def is_visible(pid: int, container_id: str, proc: Path = PROC) -> bool:
    """Whether the process `pid` is of the container. An engine on another machine also reports ids."""
    try:
        return pid > 0 and container_id in (proc / str(pid) / "cgroup").read_text()
    except OSError:
        return False


def inner_pid(pid: int, container_id: str, proc: Path = PROC) -> int | None:
    """The id of the process inside its container; None if that is unknown."""
    if not is_visible(pid, container_id, proc):
        return None
    try:
        found = re.search(r"^NSpid:.*?(\d+)$", (proc / str(pid) / "status").read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) if found else None


def send_signal(pid: int, signal: int) -> bool:
    """Send a signal; False if this user may not. A process that is gone is no error."""
    try:
        os.kill(pid, signal)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return True
