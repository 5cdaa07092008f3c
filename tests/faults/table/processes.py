"""Processes that are killed, stopped and suspended, at rest and at work."""

from __future__ import annotations

from signal import SIGHUP, SIGINT, SIGKILL, SIGSTOP, SIGTERM, Signals

from tests.faults.breakages.signals import Signal, Victim
from tests.faults.checks import Answers, Runs
from tests.faults.records import During, Fault, Stage
from tests.faults.scene import SECRET

STATUS = ("local", "status")
AT_REST = (
    Fault("the platform is killed", (Signal(SIGKILL, Victim.PLATFORM),), is_quick=True),
    Fault("the Worker's runtime is killed", (Signal(SIGKILL, Victim.WORKER),), afterwards=(Answers(),)),
    Fault("the runtime of KV is killed", (Signal(SIGKILL, Victim.KV),), is_quick=True),
    Fault("the runtime of R2 is killed", (Signal(SIGKILL, Victim.R2),)),
    Fault("the runtime of D1 is killed", (Signal(SIGKILL, Victim.D1),)),
    Fault("the machine is switched off", (Signal(SIGKILL, Victim.ALL),), is_quick=True),
    Fault("the platform ends by SIGTERM", (Signal(SIGTERM, Victim.PLATFORM),)),
    Fault("all processes get SIGTERM, as when a session ends", (Signal(SIGTERM, Victim.ALL),)),
    Fault("the terminal of the platform closes", (Signal(SIGHUP, Victim.PLATFORM),), meanwhile=(Answers(),)),
    Fault("the Worker's runtime gets SIGTERM", (Signal(SIGTERM, Victim.WORKER),), meanwhile=(Answers(),)),
    Fault(
        "the platform is killed, and then stopped",
        (Signal(SIGKILL, Victim.PLATFORM),),
        command=("local", "stop"),
    ),
    Fault(
        "the platform is suspended",
        (Signal(SIGSTOP, Victim.PLATFORM),),
        meanwhile=(Runs(STATUS, None, "suspended", within_seconds=30),),
        is_quick=True,
    ),
    Fault(
        "a suspended platform is stopped",
        (Signal(SIGSTOP, Victim.PLATFORM),),
        meanwhile=(Runs(("local", "stop"), within_seconds=60),),
    ),
    Fault(
        "the runtime of KV is suspended",
        (Signal(SIGSTOP, Victim.KV),),
        meanwhile=(Runs(("kv", "key", "put", "k", "v", "--binding", "KV"), None, within_seconds=90),),
    ),
    Fault(
        "the Worker's runtime is suspended",
        (Signal(SIGSTOP, Victim.WORKER),),
        meanwhile=(Runs(STATUS, None, within_seconds=30),),
    ),
    Fault(
        "the Worker's runtime is killed ten times",
        tuple(Signal(SIGKILL, Victim.WORKER, pause_seconds=0.3) for _ in range(10)),
        afterwards=(Answers(),),
    ),
)


def at_work(number: Signals, victim: Victim, seconds: float, is_quick: bool = False) -> Fault:
    """A signal so many seconds after a deploy began."""
    return Fault(
        f"{number.name} to {victim.name}, {seconds} s into a deploy",
        (Signal(number, victim),),
        during=During(after_seconds=seconds),
        is_quick=is_quick,
    )


MOMENTS = (0.2, 0.6, 1.0, 1.5)
AT_WORK = (
    *(at_work(SIGKILL, Victim.COMMAND, seconds, seconds == 1.0) for seconds in MOMENTS),
    *(at_work(SIGKILL, Victim.PLATFORM, seconds, seconds == 1.5) for seconds in MOMENTS),
    *(at_work(SIGKILL, Victim.WORKER, seconds) for seconds in MOMENTS[2:]),
    *(at_work(number, Victim.COMMAND, 1.0) for number in (SIGINT, SIGTERM, SIGHUP)),
    at_work(SIGTERM, Victim.PLATFORM, 1.0),
    at_work(SIGKILL, Victim.KV, 1.0),
    at_work(SIGKILL, Victim.ALL, 1.2),
    Fault(
        "the platform is killed while a secret is put",
        (Signal(SIGKILL, Victim.PLATFORM),),
        during=During(("secret", "put", "SECRET"), after_seconds=0.7, stdin=SECRET),
        command=("secret", "put", "SECRET"),
        stdin=SECRET,
    ),
    Fault(
        "the platform is killed while it starts",
        (Signal(SIGKILL, Victim.PLATFORM),),
        stage=Stage.STOPPED,
        during=During(after_seconds=0.8),
    ),
    Fault(
        "the first deploy is killed",
        (Signal(SIGKILL, Victim.ALL),),
        stage=Stage.EMPTY,
        during=During(after_seconds=1.5),
    ),
    Fault(
        "a second deploy begins while one runs",
        during=During(),
        meanwhile=(Runs(("deploy",), None),),
    ),
    Fault(
        "the platform is stopped while a deploy runs",
        during=During(after_seconds=0.5),
        meanwhile=(Runs(("local", "stop")),),
    ),
)
ROWS = AT_REST + AT_WORK
