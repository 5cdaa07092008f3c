"""Containers, images and rollouts, and the engine below them."""

from __future__ import annotations

from signal import SIGINT, SIGKILL, SIGSTOP, SIGTERM

from tests.faults.breakages.engine import (
    Docker,
    EngineHangs,
    EngineKilled,
    EngineRestarted,
    ImagesRemoved,
    NetworksRemoved,
)
from tests.faults.breakages.files import Written
from tests.faults.breakages.signals import Signal, Victim
from tests.faults.checks import FAILS, Answers, Runs
from tests.faults.records import During, Fault, Kind, Stage

BOX = "/box/revision"
SLOW_IMAGE = b'FROM busybox:1.35\nCOPY revision /www/revision\nRUN sleep 30\nCMD ["sleep", "1"]\n'
BROKEN_IMAGE = b'FROM busybox:1.35\nCMD ["sh", "-c", "echo it does not start; exit 3"]\n'


def contained(name: str, *breaks: object, **more: object) -> Fault:
    """A fault of a project with a container."""
    return Fault(name, breaks, kind=Kind.CONTAINER, **more)  # type: ignore[arg-type]


ROWS = (
    contained("the platform with a container is killed", Signal(SIGKILL, Victim.PLATFORM)),
    contained("everything but the container is killed", Signal(SIGKILL, Victim.ALL)),
    contained("the runtime with a container is killed", Signal(SIGKILL, Victim.WORKER)),
    contained(
        "a platform with a container is killed, and then stopped",
        Signal(SIGKILL, Victim.PLATFORM),
        command=("local", "stop"),
    ),
    *(
        contained(
            f"a deploy is killed {seconds} s into build and rollout",
            Signal(SIGKILL, Victim.COMMAND),
            during=During(after_seconds=seconds),
        )
        for seconds in (0.8, 1.6, 2.4, 3.2)
    ),
    *(
        contained(
            f"the platform is killed {seconds} s into build and rollout",
            Signal(SIGKILL, Victim.PLATFORM),
            during=During(after_seconds=seconds),
        )
        for seconds in (1.6, 2.4)
    ),
    *(
        contained(
            f"{number.name} ends a deploy in its build",
            Signal(number, Victim.COMMAND),
            before=(Written("project/Dockerfile", SLOW_IMAGE, is_mended=True),),
            during=During(says="sleep 30"),
        )
        for number in (SIGTERM, SIGINT)
    ),
    contained(
        "the image of a deploy does not start",
        before=(Written("project/Dockerfile", BROKEN_IMAGE, is_mended=True),),
        during=During(statuses=FAILS),
        meanwhile=(Answers(BOX),),
    ),
    contained("the container is killed", Docker(("kill",)), meanwhile=(Answers(BOX),)),
    contained("the container is removed", Docker(("rm", "--force")), meanwhile=(Answers(BOX),)),
    contained("the container is restarted", Docker(("restart", "--time", "1")), meanwhile=(Answers(BOX),)),
    contained("the container is suspended", Docker(("pause",), mended_by=("unpause",))),
    contained("the container's network is removed", NetworksRemoved()),
    contained("the runtime with a container is suspended", Signal(SIGSTOP, Victim.WORKER)),
    contained(
        "the runtime with a container is suspended in a deploy",
        Signal(SIGSTOP, Victim.WORKER),
        during=During(after_seconds=1.0),
    ),
    contained(
        "everything that runs is suspended, and the platform is stopped",
        Signal(SIGSTOP, Victim.WORKER),
        Docker(("pause",)),
        meanwhile=(Runs(("local", "stop"), within_seconds=60),),
    ),
    contained("the images are removed by force", ImagesRemoved()),
    contained("images and containers are removed", Docker(("rm", "--force")), ImagesRemoved()),
    contained("the engine is killed and comes back", EngineKilled(comes_back_at_once=True)),
    contained("the engine restarts", EngineRestarted()),
    contained(
        "the engine is away",
        EngineKilled(),
        meanwhile=(
            Runs(("local", "status"), None, within_seconds=30),
            Runs(("deploy",), FAILS, "Docker", within_seconds=60),
            Answers("/version"),
        ),
    ),
    contained(
        "the engine is away when the platform starts",
        EngineKilled(),
        stage=Stage.STOPPED,
        meanwhile=(Runs(("local", "start"), within_seconds=60), Answers("/version")),
    ),
    contained(
        "the engine hangs",
        EngineHangs(),
        meanwhile=(
            Runs(("local", "status"), None, within_seconds=30),
            Runs(("deploy",), FAILS, "Docker", within_seconds=60),
            Answers("/version"),
        ),
    ),
    contained(
        "the engine hangs when the platform is stopped",
        EngineHangs(),
        meanwhile=(Runs(("local", "stop"), None, within_seconds=60),),
    ),
    contained(
        "the engine hangs when the platform starts",
        EngineHangs(),
        stage=Stage.STOPPED,
        meanwhile=(Runs(("local", "start"), None, within_seconds=60),),
    ),
    contained(
        "the engine hangs for five seconds in a deploy", EngineHangs(5.0), during=During(after_seconds=1.5)
    ),
    contained("the engine is killed in a deploy", EngineKilled(), during=During(after_seconds=1.5)),
)
