"""Platforms whose folder was removed while they ran, and that have not ended by themselves."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pywrangler.local import processes
from pywrangler.local.protocol import DATABASE_NAME, HOME_VARIABLE

ENDING = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 3.0))
"""After SIGTERM a platform ends its Workers and containers."""


@dataclass(frozen=True)
class FormerPlatform:
    """A platform without a folder, and the folder that it had."""

    pid: int
    begun: str
    home: Path


def is_gone(home: Path, deleted: Iterable[str]) -> bool:
    """Whether a platform has lost this folder, from the paths of open files that were removed.

    The path may lead to a new folder by now, which is nobody's or another platform's.
    """
    return not {str(home), str(home / DATABASE_NAME)}.isdisjoint(deleted)


def find_former(home: Path | None = None) -> list[FormerPlatform]:
    """This user's platforms whose folder was removed; only those of the path `home` where one is given."""
    found = []
    for pid in processes.platforms():
        text, began = processes.variable(pid, HOME_VARIABLE), processes.begun(pid)
        if text and began and (home is None or Path(text) == home):
            folder = Path(os.path.realpath(text))
            if is_gone(folder, processes.deleted_files(pid)):
                found.append(FormerPlatform(pid, began, Path(text)))
    return found


def end_former(found: Iterable[FormerPlatform]) -> None:
    """End them; with time to end what is theirs."""
    for each in found:
        processes.end(each.pid, each.begun, ENDING)
