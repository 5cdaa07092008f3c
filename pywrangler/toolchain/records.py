"""Records of the toolchain and of the progress of its installation."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from pywrangler.dataclass import dataclass


@dataclass(frozen=True)
class Toolchain:
    """The two programs that pywrangler runs, as files that exist and can be executed."""

    workerd: Path
    esbuild: Path


class InstallProgress(Protocol):
    """Reports the steps of an installation; called from the thread that installs."""

    def started(self, title: str, total_bytes: int) -> None:
        """An installation begins; `total_bytes` is an estimate of what will be on disk."""

    def advanced(self, done_bytes: int) -> None:
        """So many bytes are on disk now. May fall when a broken download is repeated."""

    def noted(self, text: str) -> None:
        """Something worth a line: a wait for another process, a repeated download."""

    def finished(self) -> None:
        """The programs are in place."""


class SilentInstall:
    """Reports nothing."""

    def started(self, title: str, total_bytes: int) -> None:
        """Report nothing."""

    def advanced(self, done_bytes: int) -> None:
        """Report nothing."""

    def noted(self, text: str) -> None:
        """Report nothing."""

    def finished(self) -> None:
        """Report nothing."""


SIZES_FILE = "sizes.json"
"""In each installation: the sizes of the files that are used."""


def is_intact(directory: Path, files: Iterable[Path]) -> bool:
    """Whether the files of an installation exist and have their sizes. A machine that was switched off after
    a download, or a full disk, leaves them empty or cut off. Any obstacle means no.
    """
    try:
        sizes = json.loads((directory / SIZES_FILE).read_text())
    except (OSError, ValueError):
        sizes = {}  # installed by an older version
    try:
        found = {str(file): (directory / file).stat().st_size for file in files}
    except OSError:
        return False
    return all(size and size == sizes.get(name, size) for name, size in found.items())
