"""A disk without space: nothing of what fails is kept, and nothing of what was answered is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pywrangler.toolchain import Toolchain
from tests.local.daemon.uploads import Account
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.ports import free_port

pytestmark = [
    pytest.mark.workerd,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts a small disk"),
]

WORKER = """
const big = "x".repeat(200_000);
const ways = {
  "/make": ({ DB }) => DB.exec("CREATE TABLE t (a, b)"),
  "/insert": ({ DB }) => {
    const insert = DB.prepare("INSERT INTO t (b) VALUES (?)");
    return DB.batch([insert.bind(big), insert.bind("pair")]);
  },
  "/count": ({ DB }) => DB.prepare("SELECT count(*) AS n FROM t").first("n"),
  "/put": ({ KV }) => KV.put("key", big),
  "/keys": async ({ KV }) => (await KV.list()).keys.map(({ name }) => name),
  "/send": ({ JOBS }) => JOBS.send("x".repeat(100_000), { contentType: "text" }),
};
export default { async fetch(request, env) {
  try {
    return Response.json({ done: await ways[new URL(request.url).pathname](env) });
  } catch (error) { return Response.json({ error: error.message }, { status: 500 }); }
} };
"""
BINDINGS = [
    {"type": "d1", "name": "DB", "id": "d"},
    {"type": "kv_namespace", "name": "KV", "namespace_id": "k"},
    {"type": "queue", "name": "JOBS", "queue_name": "jobs"},
]


@pytest.fixture
def disk(short_directory: Path) -> Iterator[Path]:
    """A disk of 16 MB."""
    directory = short_directory / os.urandom(3).hex()
    directory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "pywrangler-test", directory], check=True)
    yield directory
    subprocess.run(["umount", "--lazy", directory], check=True)


@pytest.fixture
def account(disk: Path, toolchain: Toolchain, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """The account of a platform on this disk."""
    home = disk / "home"
    for name, value in (
        ("PYWRANGLER_HOME", str(home)),
        ("PYWRANGLER_WORKERD", str(toolchain.workerd)),
        ("PYWRANGLER_ESBUILD", str(toolchain.esbuild)),
        ("PYWRANGLER_WORKER_PORT", str(free_port())),
    ):
        monkeypatch.setenv(name, value)
    platform = Platform(home)
    platform.start()
    yield Account(platform, set())
    platform.end()


def test_what_fails_on_a_full_disk_leaves_nothing_and_what_was_answered_stays(
    account: Account, disk: Path
) -> None:
    account.platform.call("queues", method="POST", body={"queue_name": "jobs"})
    account.platform.call("local/kv/namespaces/k", method="PUT", body={"title": "k"})
    account.platform.call("local/d1/databases/d", method="PUT", body={"name": "d"})
    url = account.deploy("full", WORKER, bindings=BINDINGS)

    def ask(way: str) -> tuple[int, Any]:
        answer = request(f"{url}/{way}")
        return answer.status, answer.json

    assert ask("make")[0] == 200
    assert ask("send")[0] == 200
    answered = 0
    while (answer := ask("insert"))[0] == 200:
        answered += 1
    assert answer == (500, {"error": "D1_ERROR: database or disk is full: SQLITE_FULL"})
    filler = disk / "filler"
    subprocess.run(["sh", "-c", f"cat /dev/zero >{filler} 2>/dev/null || true"], check=True)
    for way in ("put", "send"):
        status, said = ask(way)
        assert (status, "the local platform could not read or write" in said["error"]) == (500, True), said
    assert ask("count") == (200, {"done": answered * 2})
    filler.unlink()
    subprocess.run(["mount", "-o", "remount,size=32m", disk], check=True)
    assert ask("keys") == (200, {"done": []})
    assert (ask("put")[0], ask("keys")) == (200, (200, {"done": ["key"]}))
    assert ask("send")[1]["done"]["metadata"]["metrics"]["backlogCount"] == 2
    assert (ask("insert")[0], ask("count")) == (200, (200, {"done": answered * 2 + 2}))
