"""Records of the toolchain and of the progress of its installation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


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
