"""Whether a container's first process can be asked to stop.

Linux delivers SIGTERM to the first process of a container only if it has a handler (pid_namespaces(7)). So a
grace period for a program without one is only a pause.
"""

from __future__ import annotations

import re
from pathlib import Path
from signal import Signals

PROC = Path("/proc")


def has_handler(pid: int, container_id: str, proc: Path = PROC) -> bool | None:
    """Whether the process has a handler for SIGTERM; None if that is unknown.

    An engine on another machine also reports a process id. So the process must be in the container's control
    group.
    """
    if pid <= 0:
        return None
    try:
        if container_id not in (proc / str(pid) / "cgroup").read_text():
            return None
        return catches_sigterm((proc / str(pid) / "status").read_text())
    except OSError:
        return None


def catches_sigterm(status: str) -> bool | None:
    """The same, from the text of `/proc/PID/status`."""
    found = re.search(r"^SigCgt:\s*([0-9a-fA-F]+)$", status, re.MULTILINE)
    return bool(int(found[1], 16) >> (Signals.SIGTERM - 1) & 1) if found else None
