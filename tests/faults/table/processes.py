"""Processes that are killed, stopped and suspended, at rest and at work."""

from __future__ import annotations

from signal import SIGHUP, SIGINT, SIGKILL, SIGSTOP, SIGTERM, Signals

from tests.faults.breakages.files import PASSPHRASE, Exported
from tests.faults.breakages.signals import Signal, Victim
from tests.faults.checks import FAILS, Answers, Runs
from tests.faults.records import During, Fault, Stage
from tests.faults.scene import SECRET

STATUS = ("local", "status")
EXPORT = ("local", "export", "state.tar", "--without-secrets")
PUT_KEY = ("kv", "key", "put", "k", "v", "--binding", "KV")
PUT_OBJECT = ("r2", "object", "put", "scene-spare/k", "--pipe")
QUERY = ("d1", "execute", "D1", "--command", "SELECT 1")
IMPORT = ("local", "import", "state.tar", "--replace")
LATE = 90.0
AT_REST = (
    Fault("the platform is killed", (Signal(SIGKILL, Victim.PLATFORM),), is_quick=True),
    Fault(
        "the Worker's runtime is killed",
        (Signal(SIGKILL, Victim.WORKER),),
        afterwards=(Answers(),),
        is_quick=True,
    ),
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
    *(
        Fault(
            f"the runtime of {product} is suspended",
            (Signal(SIGSTOP, victim),),
            meanwhile=(
                Runs(STATUS, says=f"runtime of {title} .* is suspended", within_seconds=30),
                Runs(command, FAILS, "runtime of .* did not answer", within_seconds=LATE, stdin="x"),
            ),
        )
        for product, title, victim, command in (
            ("KV", "KV namespaces", Victim.KV, PUT_KEY),
            ("R2", "R2 buckets", Victim.R2, PUT_OBJECT),
            ("D1", "D1 databases", Victim.D1, QUERY),
        )
    ),
    Fault(
        "the Worker's runtime is suspended",
        (Signal(SIGSTOP, Victim.WORKER),),
        meanwhile=(Runs(STATUS, says="runtime of the Worker .* is suspended", within_seconds=30),),
    ),
    Fault(
        "all runtimes are suspended, and the platform is stopped",
        (Signal(SIGSTOP, Victim.WORKER), Signal(SIGSTOP, Victim.KV), Signal(SIGSTOP, Victim.R2)),
        meanwhile=(Runs(("local", "stop"), within_seconds=60),),
    ),
    Fault(
        "all runtimes are suspended, and the platform is killed",
        (
            Signal(SIGSTOP, Victim.WORKER),
            Signal(SIGSTOP, Victim.D1),
            Signal(SIGKILL, Victim.PLATFORM),
        ),
    ),
    *(
        Fault(
            f"the runtime of {victim.name} is killed ten times",
            tuple(Signal(SIGKILL, victim, pause_seconds=0.3) for _ in range(10)),
        )
        for victim in (Victim.KV, Victim.R2)
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
    *(
        Fault(
            f"{victim.name} is killed {seconds} s into an export",
            (Signal(SIGKILL, victim),),
            during=During(EXPORT, after_seconds=seconds),
            command=EXPORT,
        )
        for victim, seconds in (
            (Victim.PLATFORM, 0.2),
            (Victim.PLATFORM, 0.3),
            (Victim.COMMAND, 0.3),
            (Victim.WORKER, 0.25),
        )
    ),
    *(
        Fault(
            f"{victim.name} is killed {seconds} s into an import",
            (Signal(SIGKILL, victim),),
            before=(Exported(),),
            stage=Stage.STOPPED,
            during=During(IMPORT, after_seconds=seconds, stdin=PASSPHRASE),
            command=IMPORT,
            stdin=PASSPHRASE,
        )
        for victim, seconds in (
            *((Victim.IMPORT, seconds) for seconds in (0.4, 0.6, 0.8)),
            (Victim.COMMAND, 0.5),
        )
    ),
    Fault(
        "an import meets a damaged file and a wrong passphrase",
        before=(Exported(),),
        stage=Stage.STOPPED,
        meanwhile=(
            Runs(IMPORT, FAILS, "passphrase does not open", stdin="another"),
            Runs(("local", "import", "Dockerfile", "--replace"), FAILS, "not a whole export", stdin="x"),
            Runs(("local", "import", "state.tar"), FAILS, "has a state already", stdin=PASSPHRASE),
        ),
        command=IMPORT,
        stdin=PASSPHRASE,
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
