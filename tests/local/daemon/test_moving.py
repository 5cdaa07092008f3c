"""Exports of a platform that works, and their import elsewhere, with real runtimes."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from pywrangler.local import processes
from pywrangler.local.client.stopping import stop
from pywrangler.local.workerd.leftovers import runtimes_below
from tests.local.daemon.uploads import Account
from tests.support.command import Cli
from tests.support.http import request
from tests.support.platform import Platform

pytestmark = pytest.mark.workerd
NAMESPACE = "1" * 32
# Each number goes to an object, to KV and to R2, one after the other.
WORKER = """
import { DurableObject } from "cloudflare:workers";
export class Notes extends DurableObject {
  add(n) { this.ctx.storage.kv.put(`n${n}`, n); }
  all() { return [...this.ctx.storage.kv.list()].map(([, n]) => n); }
}
const numbers = (names) => names.map((name) => Number(name.slice(1)));
export default { async fetch(request, env) {
  const url = new URL(request.url), notes = env.NOTES.getByName("all");
  if (url.pathname === "/secret") return new Response(env.SECRET);
  if (url.pathname === "/all") return Response.json([
    await notes.all(),
    numbers((await env.KV.list()).keys.map(({ name }) => name)),
    numbers((await env.R2.list()).objects.map(({ key }) => key)),
  ]);
  const n = Number(url.pathname.slice(1));
  await notes.add(n);
  await env.KV.put(`n${n}`, "x");
  await env.R2.put(`n${n}`, "x".repeat(5000));
  return new Response("written");
} };
"""


def deploy(account: Account) -> str:
    """The Worker; its address."""
    account.platform.start()
    account.platform.call(f"local/kv/namespaces/{NAMESPACE}", method="PUT")
    account.platform.call("local/r2/buckets/bucket", method="PUT")
    return account.deploy(
        "notes",
        WORKER,
        bindings=[
            {"type": "durable_object_namespace", "name": "NOTES", "class_name": "Notes"},
            {"type": "kv_namespace", "name": "KV", "namespace_id": NAMESPACE},
            {"type": "r2_bucket", "name": "R2", "bucket_name": "bucket"},
            {"type": "secret_text", "name": "SECRET", "text": "planted-secret"},
        ],
        migrations={"new_tag": "v1", "steps": [{"new_sqlite_classes": ["Notes"]}]},
    )


def test_an_export_while_a_worker_writes_is_of_one_moment(account: Account, tmp_path: Path) -> None:
    url, answered, ended = deploy(account), 0, threading.Event()

    def write() -> None:
        nonlocal answered
        while not ended.is_set():
            assert request(f"{url}/{answered + 1}").text == "written"
            answered += 1

    writing = threading.Thread(target=write)
    writing.start()
    before = []
    cli = Cli(tmp_path)
    try:
        for name in ("a.tar", "b.tar"):
            before.append(answered)
            cli.run("local", "export", name, stdin="a passphrase\n").check()
    finally:
        ended.set()
        writing.join()
    assert answered > before[1] > 0
    assert b"planted-secret" not in (tmp_path / "b.tar").read_bytes()
    assert (tmp_path / "b.tar").stat().st_mode & 0o077 == 0
    stop(os.environ)
    other = Platform(tmp_path / "other")
    moved = Cli(tmp_path, {"PYWRANGLER_HOME": str(other.home)})
    moved.run("local", "import", "b.tar", stdin="a passphrase").check()
    moved.run("local", "start").check()
    try:
        url = other.worker_url("notes")
        assert request(f"{url}/secret").text == "planted-secret"
        in_object, in_kv, in_r2 = (set(numbers) for numbers in request(f"{url}/all").json)
    finally:
        moved.run("local", "stop").check()
    assert in_object == set(range(1, max(in_object) + 1))
    assert max(in_object) >= before[1]
    # No store is more than the one write ahead that was under way.
    assert in_object >= in_kv >= in_r2
    assert len(in_object) - len(in_r2) <= 1


def test_an_export_that_cannot_be_written_leaves_everything_running(account: Account, tmp_path: Path) -> None:
    url = deploy(account)
    assert request(f"{url}/1").text == "written"
    os.mkfifo(tmp_path / "pipe")
    for file in ("none/a.tar", ".", "pipe"):
        result = Cli(tmp_path).run("local", "export", file, stdin="p")
        assert (result.status, f"Error: `{file}` is " in result.stderr) == (2, True), result
    assert (tmp_path / "pipe").is_fifo()
    assert sorted(file.name for file in tmp_path.iterdir() if file.suffix == ".tar") == []
    assert list((account.platform.home / "uploads").iterdir()) == []
    assert not any(processes.is_suspended(each.pid) for each in runtimes_below(account.platform.home))
    assert request(f"{url}/2").text == "written"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="other systems do not show who is suspended")
def test_status_names_what_is_suspended(account: Account, tmp_path: Path) -> None:
    deploy(account)
    cli = Cli(tmp_path)
    assert "suspended" not in cli.run("local", "status").check().stderr
    runtimes = runtimes_below(account.platform.home)
    for each in runtimes:
        os.kill(each.pid, signal.SIGSTOP)
    try:
        said = cli.run("local", "status").check().stderr
    finally:
        for each in runtimes:
            os.kill(each.pid, signal.SIGCONT)
    for what, each in (("the Worker notes", "notes"), ("KV namespaces", "key-values"), ("R2 buckets", "r2")):
        pid = next(found.pid for found in runtimes if found.config_file.parent.name == each)
        assert f"The runtime of {what} (process {pid}) is suspended. `kill -CONT {pid}` continues it." in said


ENDLESS = "export default { fetch() { for (;;); } };"


def test_status_names_what_hangs(account: Account, tmp_path: Path) -> None:
    account.platform.start()
    url = account.deploy("busy", ENDLESS)
    with pytest.raises((OSError, AssertionError)):
        request(url, timeout_seconds=0.5)
    found = Cli(tmp_path).run("local", "status").check()
    assert "The runtime of the Worker busy (process " in found.stderr
    assert "gives no response: it is busy, or hangs." in found.stderr
