"""Full and read-only disks, few file descriptors."""

from __future__ import annotations

from tests.faults.breakages.machine import FewDescriptors, FullDisk, ReadOnlyDisk
from tests.faults.breakages.signals import Victim
from tests.faults.checks import FAILS, Answers, Runs
from tests.faults.records import Fault, Stage

NO_SPACE = "(?i)no space left on device|is full"
PUT = ("secret", "put", "SECRET")

ROWS = (
    Fault(
        "the disk is full",
        (FullDisk(),),
        meanwhile=(
            Runs(PUT, FAILS, NO_SPACE, stdin="x" * 100_000),
            Runs(("deploy",), FAILS, NO_SPACE),
            Answers("/version"),
        ),
        is_linux=True,
    ),
    Fault(
        "the disk is full when the platform starts",
        (FullDisk(),),
        stage=Stage.STOPPED,
        meanwhile=(Runs(("deploy",), FAILS, NO_SPACE),),
        is_linux=True,
    ),
    Fault(
        "the disk has no inodes",
        (FullDisk(inodes=True),),
        meanwhile=(Runs(("deploy",), FAILS, NO_SPACE),),
        is_linux=True,
    ),
    Fault(
        "the disk is read-only when the platform starts",
        (ReadOnlyDisk(),),
        stage=Stage.STOPPED,
        meanwhile=(Runs(("deploy",), FAILS, "(?i)read-only file system"),),
        is_linux=True,
    ),
    *(
        Fault(
            f"{victim.name} may open {more} more files",
            (FewDescriptors(more, victim),),
            meanwhile=(Runs(("deploy",), None, within_seconds=120),),
            is_linux=True,
        )
        for victim, more in ((Victim.PLATFORM, 0), (Victim.PLATFORM, 5), (Victim.WORKER, 2), (Victim.KV, 0))
    ),
)
