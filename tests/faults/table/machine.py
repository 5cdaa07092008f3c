"""Full and read-only disks, few file descriptors."""

from __future__ import annotations

from signal import SIGKILL

from tests.faults.breakages.machine import FewDescriptors, FullDisk, ReadOnlyDisk
from tests.faults.breakages.signals import Signal, Victim
from tests.faults.checks import FAILS, Answers, Passes, Runs
from tests.faults.records import Fault, Stage

NO_SPACE = "(?i)no space left on device|is full"
EXPORT = ("local", "export", "state.tar", "--without-secrets")
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
            f"the disk is full when {victim.name} ends",
            (FullDisk(), Signal(SIGKILL, victim)),
            meanwhile=(Passes(3), Runs(("local", "status"), within_seconds=30)),
            afterwards=(Answers(),),
            is_linux=True,
        )
        for victim in (Victim.WORKER, Victim.KV)
    ),
    Fault(
        "the disk is full when the platform exports",
        (FullDisk(),),
        meanwhile=(Runs(EXPORT, FAILS, NO_SPACE), Answers()),
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
