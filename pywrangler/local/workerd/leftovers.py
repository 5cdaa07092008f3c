"""Ends `workerd` processes of a former run of the platform, which a SIGKILL of the platform leaves behind.

Such a process assumes that its containers are gone, because its gateway is: it must not run beside a new one.
Its command line contains its configuration file, which identifies the owner.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pywrangler.local import processes
from pywrangler.local.processes import CONFIGURATION, config_file_of, is_below

DEADLINE_SECONDS = 5.0
SECONDS_TO_WRITE = 60.0
CLOCK_SECONDS = 2.0
"""The precision of times of processes and files."""
PID_FILE = "workerd.pid"


@dataclass(frozen=True)
class Runtime:
    """A `workerd` that runs."""

    pid: int
    begun: str
    config_file: Path


def parse_pid(text: str) -> int | None:
    """The process id in a file, or None."""
    word = text.strip()[:12]
    return int(word) if word.isascii() and word.isdecimal() and 0 < int(word) <= 2**31 - 1 else None


def is_written_for(began: float, written: float) -> bool:
    """Whether a process with this start time may be the one whose id was written at that time, right after
    its start.

    Times are seconds since the epoch. A process that began later got the id after the end of the former one.
    """
    return written - SECONDS_TO_WRITE <= began <= written + CLOCK_SECONDS


def end_leftovers(home: Path) -> list[Path]:
    """End every `workerd` of this directory; their configuration files. Call it only with the directory's
    lock held.
    """
    found = runtimes_below(home)
    for runtime in found:
        processes.end(runtime.pid, runtime.begun, [(signal.SIGKILL, DEADLINE_SECONDS)])
    for pid_file in _pid_files(home):
        with contextlib.suppress(OSError):
            pid_file.unlink()
    return [runtime.config_file for runtime in found]


def runtimes_below(home: Path) -> list[Runtime]:
    """Every `workerd` of this directory."""
    found = find_runtimes(lambda file: is_below(file, home))
    return found if (processes.PROC / "self").exists() else found + _named_by_pid_files(home)


def find_runtimes(is_wanted: Callable[[Path], bool]) -> list[Runtime]:
    """This user's `workerd` processes whose configuration file is wanted; none without /proc."""
    found = []
    for pid in processes.own_processes():
        file = config_file_of(processes.command_line(pid))
        if file is not None and is_wanted(file) and (began := processes.begun(pid)):
            found.append(Runtime(pid, began, file))
    return found


def find_orphans() -> list[tuple[int, Path]]:
    """This user's `workerd` processes of platforms whose directory is gone: process id and configuration
    file.

    Only with a /proc; elsewhere none is found.
    """
    gone = find_runtimes(lambda file: not file.exists())
    return [(each.pid, each.config_file) for each in gone if not _has_platform(each.pid)]


def _has_platform(pid: int) -> bool:
    """Whether the platform that started it still runs."""
    found = processes.stat_of(pid)
    return found is not None and processes.is_platform(found.parent)


def _named_by_pid_files(home: Path) -> list[Runtime]:
    """The same from the files that the platform wrote, for systems that do not list command lines."""
    found = []
    for pid_file in _pid_files(home):
        try:
            pid, written = parse_pid(pid_file.read_text(errors="replace")), pid_file.stat().st_mtime
        except OSError:
            continue
        began = processes.begun(pid) if pid else None
        if pid is None or began is None or not is_written_for(processes.seconds_of(began), written):
            continue
        config_file = pid_file.with_name(CONFIGURATION)
        if str(config_file) in " ".join(processes.command_line(pid)):
            found.append(Runtime(pid, began, config_file))
    return found


def _pid_files(home: Path) -> list[Path]:
    return [*home.glob(f"workers/*/{PID_FILE}"), *home.glob(f"*/{PID_FILE}")]
