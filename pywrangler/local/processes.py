"""Processes of this machine: whether one lives, when it began, which files it has open.

An id alone proves nothing, because the kernel uses ids again. A process is identified by its id and its start
time. Standard library only, because the command line imports it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

PROC = Path("/proc")
PLATFORM_MODULE = "pywrangler.local.daemon"
"""In the command line of every platform."""
CONFIGURATION = "workerd.capnp"
"""In the command line of every `workerd` of a platform, by its whole path."""
DELETED = " (deleted)"
"""What Linux appends to the name of an open file that was removed."""
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Stat:
    """The fields of `/proc/PID/stat` (proc(5))."""

    state: str
    parent: int
    start_ticks: int
    """Since the machine was booted."""


def parse_stat(text: str) -> Stat | None:
    """The fields after the command's name, which is in parentheses and may contain any character."""
    words = text.rpartition(")")[2].split()
    try:
        return Stat(words[0], int(words[1]), int(words[19]))
    except (IndexError, ValueError):
        return None


def stat_of(pid: int) -> Stat | None:
    """Linux's facts about a process; None if it does not run, and on other systems."""
    try:
        return parse_stat((PROC / str(pid) / "stat").read_text(errors="replace"))
    except OSError:
        return None


def begun(pid: int) -> str | None:
    """The start time of the process, a text that no other process with this id has; None if it has ended."""
    if (PROC / "self").exists():
        found = stat_of(pid)
        return f"{_boot_id()}/{found.start_ticks}" if found and found.state not in "ZX" else None
    # macOS has no /proc. `lstart` is exact to the second.
    listed = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
    )
    return listed.stdout.strip() or None


def seconds_of(lstart: str) -> float:
    """The moment that `ps` of macOS names, in seconds since the epoch; 0 for another text."""
    import calendar

    try:
        return float(calendar.timegm(time.strptime(" ".join(lstart.split()), "%a %b %d %H:%M:%S %Y")))
    except ValueError:
        return 0.0


def is_alive(pid: int) -> bool:
    """Whether a process of this id runs. One that ended and was not waited for does not count."""
    with contextlib.suppress(ChildProcessError, OverflowError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    found = stat_of(pid)
    return found is None or found.state not in "ZX"


def cpu_seconds(pid: int) -> float:
    """The processor time that the process has used; 0 if it does not run, and on macOS."""
    try:
        words = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return 0.0


def is_suspended(pid: int) -> bool:
    """Whether the process was stopped by a signal, and can be continued. Never on macOS."""
    found = stat_of(pid)
    return found is not None and found.state in "Tt"


def is_same(pid: int, began: str) -> bool:
    """Whether the process with this id and start time still runs."""
    return is_alive(pid) and begun(pid) == began


def own_processes() -> Iterator[int]:
    """Ids of this user's processes; none without /proc."""
    for directory in PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            if directory.stat().st_uid == os.getuid():
                yield int(directory.name)


def command_line(pid: int) -> list[str]:
    """The arguments of a process; empty if it does not run. macOS gives them as one text."""
    try:
        return (PROC / str(pid) / "cmdline").read_text(errors="surrogateescape").split("\0")[:-1]
    except OSError:
        pass
    if (PROC / "self").exists():
        return []
    listed = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return [listed.stdout.strip()] if listed.stdout.strip() else []


def variable(pid: int, name: str) -> str | None:
    """A variable of the environment that a process was started with; None if that cannot be read."""
    try:
        text = (PROC / str(pid) / "environ").read_text(errors="surrogateescape")
    except OSError:
        return None
    return next((each[len(name) + 1 :] for each in text.split("\0") if each.startswith(f"{name}=")), None)


def config_file_of(words: Sequence[str]) -> Path | None:
    """The configuration of a `workerd`, from its command line; None for another program.

    The program may be a script that has not replaced itself with the real one yet.
    """
    for before, word in pairwise(words):
        if before == "serve" and word.endswith(f"/{CONFIGURATION}"):
            return Path(word)
    return None


def is_below(file: Path, home: Path) -> bool:
    """Whether the file is in the directory, also through links."""
    return file.is_relative_to(home) or Path(os.path.realpath(file)).is_relative_to(os.path.realpath(home))


def configuration_below(pid: int, home: Path) -> Path | None:
    """The configuration of a `workerd` of this home directory; None for another process."""
    file = config_file_of(command_line(pid))
    return file if file is not None and is_below(file, home) else None


def is_platform(pid: int) -> bool:
    """Whether the process is a Python that runs a platform, of any directory."""
    return any(PLATFORM_MODULE in word for word in command_line(pid))


def platforms() -> list[int]:
    """This user's other processes that run a platform, of any directory."""
    return [pid for pid in own_processes() if pid != os.getpid() and is_platform(pid)]


def has_open(pid: int, files: Collection[tuple[int, int]]) -> bool | None:
    """Whether the process has one of the files open, given as (device, inode); None where that is unknown."""
    try:
        opened = list((PROC / str(pid) / "fd").iterdir())
    except OSError:
        return None
    for link in opened:
        with contextlib.suppress(OSError):
            found = link.stat()
            if (found.st_dev, found.st_ino) in files:
                return True
    return False


def deleted_files(pid: int) -> list[str]:
    """The former paths of removed files that the process still has open."""
    found = []
    with contextlib.suppress(OSError):
        for link in (PROC / str(pid) / "fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(link.readlink())
                if target.endswith(DELETED):
                    found.append(target.removesuffix(DELETED))
    return found


def end(pid: int, began: str, signals: Sequence[tuple[signal.Signals, float]]) -> bool:
    """Send each signal in turn, and wait the given seconds after it. Whether the process has ended.

    Only the process with this start time gets them.
    """
    for number, seconds in signals:
        if not is_same(pid, began):
            return True
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while is_same(pid, began):
            if time.monotonic() > deadline:
                break
            time.sleep(POLL_SECONDS)
        else:
            return True
    return not is_same(pid, began)


def _boot_id() -> str:
    try:
        return (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
