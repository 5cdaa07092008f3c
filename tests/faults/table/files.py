"""Files of the platform: removed, damaged, of another kind, and from another version."""

from __future__ import annotations

from tests.faults.breakages.files import Damaged, Locked, NewerSchema, Removed, Replaced, Written
from tests.faults.checks import FAILS, Answers, Eventually, Passes, Runs
from tests.faults.records import Fault, Stage
from tests.faults.scene import SECRET

STATUS_FILE = "home/platform.json"
WORDS = frozenset({0, *FAILS})
SAYS_STATUS = Runs(("local", "status"), WORDS)
SAYS_LOST = Eventually(Runs(("local", "status"), says="(?i)key was lost"))
ODD = b'{"pid": "1", "url": [], "token": {}, "account_id": 5, "version": null}'
STRANGER = (
    b'{"pid": 1, "url": "http://127.0.0.1:1/client/v4", "token": "t", "account_id": "a", "version": "0",'
    b' "begun": "1", "folder": "1:1"}'
)
AWAY = b'{"pid": 1, "url": "http://203.0.113.9:1/client/v4", "token": "t", "account_id": "a", "version": "0"}'

STATUS_ROWS = (
    Fault("the status file is removed", (Removed(STATUS_FILE),), meanwhile=(Answers(),), is_quick=True),
    Fault("the status file is no JSON", (Written(STATUS_FILE, b'{"pid": 12'),), meanwhile=(SAYS_STATUS,)),
    Fault("the status file has odd types", (Written(STATUS_FILE, ODD),), meanwhile=(SAYS_STATUS,)),
    Fault("the status file names another process", (Written(STATUS_FILE, STRANGER),), is_quick=True),
    Fault("the status file names another machine", (Written(STATUS_FILE, AWAY),), meanwhile=(SAYS_STATUS,)),
    Fault(
        "the status file is deeply nested", (Written(STATUS_FILE, b"[" * 50_000),), meanwhile=(SAYS_STATUS,)
    ),
    Fault("the status file is a directory", (Replaced(STATUS_FILE),)),
    Fault("the status file is a pipe", (Replaced(STATUS_FILE, "pipe"),), meanwhile=(SAYS_STATUS,)),
)
PLATFORM_ROWS = (
    Fault("the lock's file is removed", (Removed("home/platform.lock"),)),
    Fault("the sockets are removed", (Removed("home/run"),), meanwhile=(Passes(4),)),
    Fault("the directory of uploads is removed", (Removed("home/uploads"),)),
    Fault("the API's token is removed", (Removed("home/api.json"),), stage=Stage.STOPPED),
    Fault("the log is a directory", (Replaced("home/platform.log"),), stage=Stage.STOPPED),
    Fault("the registry's files are removed", (Removed("home/registry"),), stage=Stage.STOPPED),
    Fault(
        "the Worker's configuration file is removed",
        (Removed("home/workers/*/workerd.capnp"),),
        stage=Stage.STOPPED,
    ),
    Fault("the Worker's code is removed", (Removed("home/workers/*/versions"),), stage=Stage.STOPPED),
    Fault("the platform's directory is removed", (Removed("home/"),), ruins=True, is_quick=True),
    Fault(
        "the directory of a stopped platform is removed", (Removed("home/"),), stage=Stage.STOPPED, ruins=True
    ),
    Fault(
        "the key of the platform is lost",
        (Removed("home/platform-key.json"),),
        stage=Stage.STOPPED,
        meanwhile=(SAYS_LOST,),
        command=("secret", "put", "SECRET"),
        stdin=SECRET,
    ),
    Fault(
        "the key of the platform is lost, and the secret is deleted",
        (Removed("home/platform-key.json"),),
        stage=Stage.STOPPED,
        command=("secret", "delete", "SECRET"),
        stdin="y\n",
        ruins=True,
    ),
)
DATABASE_ROWS = (
    Fault("the database is locked by another program", (Locked("home/platform.sqlite"),),
          meanwhile=(Runs(("secret", "put", "SECRET"), WORDS, stdin=SECRET),)),
    Fault("the database is of a newer version", (NewerSchema(),), stage=Stage.STOPPED,
          meanwhile=(Runs(("deploy",), FAILS, "supports up to"),)),
    *(
        Fault(
            f"{name} is overwritten",
            (Damaged(pattern, page, pages),),
            stage=Stage.STOPPED,
            meanwhile=(Runs(("deploy",), FAILS, "damaged"), SAYS_STATUS, Runs(("local", "stop"), WORDS)),
        )
        for name, pattern, page, pages in (
            ("the database's first page", "home/platform.sqlite", 0, 1),
            ("the database's middle", "home/platform.sqlite", 3, 12),
            ("each database of Durable Objects", "home/durable-objects/**/*.sqlite", 0, 2),
            ("each database of KV", "home/key-values/**/*.sqlite", 0, 2),
            ("each database of D1", "home/d1/**/*.sqlite", 0, 2),
        )
    ),
)  # fmt: skip
ROWS = STATUS_ROWS + PLATFORM_ROWS + DATABASE_ROWS
