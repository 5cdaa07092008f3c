"""Values of the environment and of the configuration that cannot be, and streams that are closed."""

from __future__ import annotations

from tests.faults.breakages.files import Written
from tests.faults.checks import FAILS, Runs
from tests.faults.records import Fault, Stage

CONFIGURATION = "project/wrangler.jsonc"
SECRET_URL = "http://user:planted-token@127.0.0.1:9/client/v4"
VARIABLES = (
    ("DOCKER_HOST", "::::", ()),
    ("PYWRANGLER_WORKER_PORT", "99999999", FAILS),
    ("PYWRANGLER_HOME", "/dev/null", FAILS),
    ("PYWRANGLER_HOME", "/proc/nowhere", FAILS),
    ("PYWRANGLER_WORKERD", "/dev/null", FAILS),
    ("PYWRANGLER_ESBUILD", "/bin/false", FAILS),
    ("PYWRANGLER_TARGET", "mars", FAILS),
    ("TMPDIR", "/nowhere/at/all", ()),
    ("HOME", "/nowhere", ()),
    ("LC_ALL", "C", ()),
    ("PYTHONIOENCODING", "ascii", ()),
    ("COLUMNS", "-1", ()),
    ("TZ", "Nowhere/At/All", ()),
)
TEXTS = {
    "is empty": b"",
    "is no text": bytes(range(128, 256)),
    "has a name that is no text": b'{"name": "\\ud800", "main": "src/index.js"}',
    "has a port that cannot be": b'{"name": "a", "main": "src/index.js", "dev": {"port": 99999999}}',
    "has numbers without end": b'{"name": "a", "main": "src/index.js", "limits": {"cpu_ms": 1e999}}',
    "is deeply nested": b"[" * 100_000,
    "has a NUL in a path": b'{"name": "a", "main": "src/\\u0000index.js"}',
}

ROWS = (
    *(
        Fault(
            f"{name} is {value}",
            stage=Stage.STOPPED,
            meanwhile=(
                Runs(("deploy",), frozenset(statuses) or None, environment={name: value}, within_seconds=90),
                Runs(("local", "stop"), None, environment={name: value} if statuses else {}),
            ),
        )
        for name, value, statuses in VARIABLES
    ),
    *(
        Fault(
            f"the configuration {what}",
            (Written(CONFIGURATION, text, is_mended=True),),
            stage=Stage.STOPPED,
            meanwhile=(Runs(("deploy",), FAILS),),
        )
        for what, text in TEXTS.items()
    ),
    Fault(
        "the address of the API has a token",
        stage=Stage.STOPPED,
        meanwhile=(
            Runs(
                ("deploy", "--remote"),
                FAILS,
                r"\A(?![\s\S]*planted-token)",
                environment={"CLOUDFLARE_API_BASE_URL": SECRET_URL, "CLOUDFLARE_API_TOKEN": "t",
                             "CLOUDFLARE_ACCOUNT_ID": "0" * 32},
            ),
        ),
    ),
)  # fmt: skip
