"""What Wrangler itself and pywrangler print as JSON: the same, command by command. The platform plays the
account for both.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Cli
from tests.support.platform import Platform
from tests.support.waiting import eventually
from tests.support.wrangler import Wrangler, wrangler_for

pytestmark = [pytest.mark.workerd, pytest.mark.slow]

WORKER = """
import { WorkflowEntrypoint } from "cloudflare:workers";
export class Flow extends WorkflowEntrypoint {
  async run(event, step) {
    const first = await step.do("first", async () => ({ got: event.payload }));
    await step.sleep("a while", 10);
    if (event.payload.fails) {
      const retries = { limit: 1, delay: 10, backoff: "constant" };
      await step.do("bad", { retries }, async () => { throw new Error("bad") });
    }
    return first;
  }
}
export default { fetch: () => new Response("ok"), queue() {} };
"""
CONFIGURATION = {
    "name": "same",
    "main": "index.js",
    "compatibility_date": "2026-10-01",
    "d1_databases": [{"binding": "DB", "database_name": "shop", "database_id": "x1"}],
    "kv_namespaces": [{"binding": "KV", "id": "k1"}],
    "r2_buckets": [{"binding": "FILES", "bucket_name": "files"}],
    "queues": {
        "producers": [{"binding": "JOBS", "queue": "jobs"}],
        "consumers": [{"queue": "jobs", "max_batch_size": 5, "dead_letter_queue": "dead"}],
    },
    "workflows": [{"binding": "FLOW", "name": "flow", "class_name": "Flow"}],
}
D1 = "d1 execute DB --remote --json --command"
COMMANDS = (
    ("d1 list --json", ""),
    ("d1 info shop --json", ""),
    (D1, "CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, b); INSERT OR REPLACE INTO t VALUES (1, 'x')"),
    (D1, "SELECT a, b, NULL AS c, 1.5 AS d, x'00ff' AS e FROM t"),
    (D1, "SELECT * FROM missing"),
    ("kv namespace list", ""),
    ("kv key list --remote --binding KV", ""),
    ("kv key list --remote --namespace-id", "k1"),
    ("r2 bucket info files --json", ""),
    ("queues consumer list jobs --json", ""),
    ("queues consumer worker list jobs --json", ""),
    ("workflows list --json", ""),
    ("workflows describe flow --json", ""),
    ("workflows instances list flow --json", ""),
    ("workflows instances list flow --json --status", "errored"),
    ("workflows instances describe flow good --json", ""),
    ("workflows instances describe flow bad --json", ""),
    ("workflows instances describe flow none --json", ""),
)
"""Words, and the last one, which may have spaces."""
CHANGING = frozenset({"duration", "sql_duration_ms", "total_duration", "timings", "file_size", "size_after"})
"""Fields that differ from call to call."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    directory = tmp_path / "project"
    directory.mkdir()
    (directory / "index.js").write_text(WORKER)
    (directory / "wrangler.json").write_text(json.dumps(CONFIGURATION))
    return directory


@pytest.fixture
def wrangler(platform: Platform, project: Path, tmp_path: Path) -> Wrangler:
    platform.start()
    return wrangler_for(platform, project, tmp_path / "private")


def lasting(value: Any) -> Any:
    """JSON without what differs from call to call."""
    if isinstance(value, dict):
        return {name: lasting(each) for name, each in value.items() if name not in CHANGING}
    return [lasting(each) for each in value] if isinstance(value, list) else value


def read(text: str) -> Any:
    """The JSON of an output; its text, if it is none."""
    try:
        return lasting(json.loads(text))
    except ValueError:
        return text.strip()


def test_each_command_prints_the_same(wrangler: Wrangler, project: Path) -> None:
    ours = Cli(project)
    ours.run("deploy", "--local").check()
    for name, payload in (("good", '{"a": 1}'), ("bad", '{"fails": true}')):
        ours.run("workflows", "trigger", "flow", payload, "--id", name).check()
    metadata = ("--metadata", '{"a":1}')
    ours.run("kv", "key", "put", "--local", "--binding", "KV", "k", "v", *metadata).check()
    listed = ("workflows", "instances", "list", "flow", "--json")

    def has_ended() -> bool:
        found = ours.run(*listed).check().json
        return {entry["status"] for entry in found} == {"complete", "errored"}

    eventually(has_ended, what="the end of both instances")
    different: list[str] = []
    for words, last in COMMANDS:
        arguments = [*words.split(), *([last] if last else [])]
        theirs = wrangler.run(*arguments)
        mine = ours.run(*arguments, PYWRANGLER_TARGET="cloudflare", **wrangler.environment)
        pair = (theirs.status, read(theirs.stdout)), (mine.status, read(mine.stdout))
        if pair[0] != pair[1]:
            different.append("\n".join((" ".join(arguments), *map(repr, pair))))
    assert not different, "\n\n".join(different)
