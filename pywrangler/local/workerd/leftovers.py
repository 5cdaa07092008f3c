"""Ends `workerd` processes of a former life of the platform, which a SIGKILL of the platform leaves behind.

Such a process believes that its containers are gone, since its gateway is: it must not live on beside a new
one.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

DEADLINE_SECONDS = 5.0
CONFIGURATION = "workerd.capnp"
PLATFORM_MODULE = "pywrangler.local.daemon"


def end_leftover(pid_file: Path, config_file: Path) -> bool:
    """End the process that `pid_file` names, if it runs with this configuration; whether there was one.

    The configuration file stands in its command line, so that a process id used again is not mistaken for it.
    """
    pid = _read_pid(pid_file)
    is_ours = pid is not None and str(config_file) in _command_line(pid)
    if pid is not None and is_ours:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        _wait_until_gone(pid, config_file)
    pid_file.unlink(missing_ok=True)
    return is_ours


def find_orphans() -> list[tuple[int, Path]]:
    """This user's `workerd` processes of platforms whose folder is gone: process id and configuration file.

    Only where there is a /proc; elsewhere none is found.
    """
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        words = list(_command_line(int(folder.name)))
        if len(words) > 3 and words[1] == "serve" and words[2].endswith(f"/{CONFIGURATION}"):
            file = Path(words[2])
            if not file.exists() and _is_own(folder) and not _has_platform(folder):
                found.append((int(folder.name), file))
    return found


def _is_own(process: Path) -> bool:
    try:
        return process.stat().st_uid == os.getuid()
    except OSError:
        return False


def _has_platform(process: Path) -> bool:
    """Whether the platform that started it still runs."""
    try:
        parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
        return PLATFORM_MODULE in (Path("/proc") / parent / "cmdline").read_text(errors="replace")
    except (OSError, IndexError):
        return False


def _read_pid(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text())
    except (OSError, ValueError):
        return None


def _command_line(pid: int) -> Iterable[str]:
    """Arguments of a process; empty when it does not run."""
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_text(errors="replace").split("\0")
    except OSError:
        pass
    if Path("/proc/self").exists():
        return []
    # macOS has no /proc, and `ps` does not tell arguments apart: callers look in the whole text.
    listed = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout


def _wait_until_gone(pid: int, config_file: Path) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while str(config_file) in _command_line(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
