"""What a platform uses at one moment: memory, descriptors, threads, disk, and what is on the engine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.support.containers import PLATFORM_LABEL

MIB = 1024 * 1024


def measure_processes(pid: int) -> dict[str, float]:
    """The platform's process, and all that it started."""
    own = _process(pid)
    started = [_process(child) for child in descendants(pid)]
    found = {f"platform: {name}": value for name, value in own.items()}
    found |= {f"its processes: {name}": sum(each.get(name, 0) for each in started) for name in own}
    return {**found, "its processes: number": len(started)}


def descendants(pid: int) -> Iterator[int]:
    """Ids of the processes that a process started, and of theirs. Those that end meanwhile are left out."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield child
        yield from descendants(child)


def _process(pid: int) -> dict[str, float]:
    directory = Path(f"/proc/{pid}")
    try:
        fields = dict(line.split(":", 1) for line in (directory / "status").read_text().splitlines())
        return {
            "memory, MiB": int(fields.get("VmRSS", "0 kB").split()[0]) / 1024,
            "threads": int(fields["Threads"]),
            "descriptors": len(list((directory / "fd").iterdir())),
        }
    except OSError:
        return {}


def measure_disk(home: Path) -> dict[str, float]:
    """The platform's directory: all of it, the database, logs, what Durable Objects stored."""
    return {
        "disk, MiB": _size(home) / MIB,
        "database, MiB": sum(_size(file) for file in home.glob("platform.sqlite*")) / MIB,
        "logs, MiB": sum(
            _size(file) for file in (*home.glob("*.log*"), home / "container-logs", home / "workers")
        )
        / MIB,
        "Durable Objects, MiB": _size(home / "durable-objects") / MIB,
    }


def _size(path: Path) -> int:
    """Bytes that a file or a directory takes on the disk."""
    try:
        own = path.lstat().st_blocks * 512
        if path.is_dir() and not path.is_symlink():
            with os.scandir(path) as entries:
                own += sum(_size(Path(entry.path)) for entry in entries)
    except OSError:
        return 0  # it has gone meanwhile
    return own


def measure_engine(account_id: str, image_prefix: str) -> dict[str, float]:
    """What the platform has on the engine."""
    label = f"label={PLATFORM_LABEL}={account_id}"
    return {
        "containers": _count("ps", "--all", "--quiet", "--filter", label),
        "networks": _count("network", "ls", "--quiet", "--filter", label),
        "images": _count("image", "ls", "--quiet", f"{image_prefix}*"),
    }


def _count(*words: str) -> int:
    done = subprocess.run(["docker", *words], capture_output=True, text=True)
    return len(done.stdout.split())
