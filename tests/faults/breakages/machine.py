"""A machine without space, without file descriptors, or with another clock."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.faults.breakages.signals import Victim, pids_of
from tests.faults.scene import Scene


@dataclass(frozen=True)
class FullDisk:
    """The disk with the platform's directory has no space left, or no inodes."""

    inodes: bool = False

    @contextmanager
    def broken(self, scene: Scene) -> Iterator[None]:
        found = os.statvfs(scene.disk)
        used = (found.f_blocks - found.f_bfree) * found.f_frsize // 1024
        full = f"nr_inodes={found.f_files - found.f_ffree}" if self.inodes else f"size={used}k"
        remount(scene, full)
        try:
            yield
        finally:
            remount(scene, "nr_inodes=0" if self.inodes else f"size={scene.DISK_SIZE}")


@dataclass(frozen=True)
class ReadOnlyDisk:
    """The disk with the platform's directory can be read only. Nothing may have a file open for writing."""

    @contextmanager
    def broken(self, scene: Scene) -> Iterator[None]:
        remount(scene, "ro")
        try:
            yield
        finally:
            remount(scene, "rw")


@dataclass(frozen=True)
class FewDescriptors:
    """A process may open a few more files than it has open."""

    more: int
    victim: Victim = Victim.PLATFORM

    @contextmanager
    def broken(self, scene: Scene) -> Iterator[None]:
        former = {}
        for pid in pids_of(scene, self.victim):
            opened = len(os.listdir(f"/proc/{pid}/fd"))
            former[pid] = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (opened + self.more, former[pid][1]))
        try:
            yield
        finally:
            for pid, limits in former.items():
                if os.path.exists(f"/proc/{pid}"):
                    resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)


def remount(scene: Scene, options: str) -> None:
    """Change the options of the scene's disk."""
    subprocess.run(["mount", "-o", f"remount,{options}", str(scene.disk)], check=True)
