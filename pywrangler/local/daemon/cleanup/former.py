"""Platforms whose directory was removed while they ran, and that did not end by themselves."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pywrangler.local import processes
from pywrangler.local.protocol import DATABASE_NAME, HOME_VARIABLE

ENDING = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 3.0))
"""A platform needs this long after SIGTERM to end its Workers and containers."""


@dataclass(frozen=True)
class FormerPlatform:
    """A platform whose directory is gone, and the path of that directory."""

    pid: int
    begun: str
    home: Path


def is_gone(home: Path, deleted: Iterable[str]) -> bool:
    """Whether a platform has lost this directory, according to the paths of its open files that were removed.

    There may be a new directory at the path, of another platform or of none.
    """
    return not {str(home), str(home / DATABASE_NAME)}.isdisjoint(deleted)


def find_former(home: Path | None = None) -> list[FormerPlatform]:
    """This user's platforms whose directory was removed; with `home`, only the ones of that path."""
    found = []
    for pid in processes.platforms():
        text, began = processes.variable(pid, HOME_VARIABLE), processes.begun(pid)
        if text and began and (home is None or Path(text) == home):
            directory = Path(os.path.realpath(text))
            if is_gone(directory, processes.deleted_files(pid)):
                found.append(FormerPlatform(pid, began, Path(text)))
    return found


def end_former(found: Iterable[FormerPlatform]) -> None:
    """End them, with time to end their Workers and containers."""
    for each in found:
        processes.end(each.pid, each.begun, ENDING)
