"""Durable Objects that move to another Worker, in real workerd processes: what is stored stays stored."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import pytest

from tests.local.daemon.uploads import Account
from tests.support.hammer import Hammer
from tests.support.http import request
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

COUNTER = """
import { DurableObject } from "cloudflare:workers";
START
export class NAME extends DurableObject {
  async fetch() {
    const count = (await this.ctx.storage.get("count") ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return new Response(`WORKER ${count}`);
  }
}
export default { fetch: (request, env) => env.COUNT.getByName("a").fetch(request) };
"""
CALLER = 'export default { fetch: (request, env) => env.COUNT.getByName("a").fetch(request) };'
SLOW_START = "for (let i = 0; i < 3e9; i++);"
SQLITE = {"type": "durable-object", "storage": "sqlite"}


def counter(worker: str, name: str, start: str = "") -> str:
    return COUNTER.replace("WORKER", worker).replace("NAME", name).replace("START", start)


def bound(class_name: str, **fields: str) -> list[dict[str, str]]:
    return [{"type": "durable_object_namespace", "name": "COUNT", "class_name": class_name, **fields}]


def create(name: str) -> dict[str, Any]:
    return {"migrations": {"new_tag": "v1", "new_sqlite_classes": [name]}, "bindings": bound(name)}


def take(former: str, source: str, name: str) -> dict[str, Any]:
    step = {"transferred_classes": [{"from": former, "from_script": source, "to": name}]}
    return {"migrations": {"new_tag": "v1", "steps": [step]}, "bindings": bound(name)}


def test_a_deleted_class_leaves_nothing_on_disk(account: Account) -> None:
    url = account.deploy("deleting", counter("deleting", "Counter"), **create("Counter"))
    assert request(url).text == "deleting 1"
    storage = account.platform.home / "durable-objects"
    before = {directory.name for directory in storage.iterdir()}
    step = {"deleted_classes": ["Counter"]}
    migrations = {"old_tag": "v1", "new_tag": "v2", "steps": [step]}
    account.migrated.discard("deleting")
    account.deploy("deleting", "export default { fetch: () => new Response() };", migrations=migrations)
    (gone,) = before - {directory.name for directory in storage.iterdir()}
    assert len(gone) == 32


def test_a_stored_counter_continues_in_the_worker_that_takes_it(account: Account) -> None:
    old = account.deploy("old", counter("old", "Counter"), **create("Counter"))
    guest = account.deploy("guest", CALLER, bindings=bound("Counter", script_name="old"))
    assert [request(old).text, request(guest).text] == ["old 1", "old 2"]
    with Hammer(old, clients=1) as hammer:
        new = account.deploy("new", counter("new", "Tally"), **take("Counter", "old", "Tally"))
        eventually(lambda: any(text.startswith("new ") for text in hammer.bodies()))
    assert hammer.failures == []
    assert hammer.statuses() == {200}, "requests to the source wait, and are answered by the target"
    counts = sorted(int(text.rpartition(" ")[2]) for text in hammer.bodies())
    assert counts == list(range(3, len(counts) + 3))
    last = counts[-1]
    assert [request(url).text for url in (new, old, guest)] == [f"new {last + n}" for n in (1, 2, 3)]


def test_exports_hand_a_stored_counter_over(account: Account) -> None:
    live = {"exports": {"Counter": SQLITE}, "bindings": bound("Counter")}
    source = account.deploy("source", counter("source", "Counter"), **live)
    assert request(source).text == "source 1"
    awaited = {**SQLITE, "state": "expecting-transfer", "transfer_from": "source"}
    waiting = {"exports": {"Counter": awaited}, "bindings": bound("Counter")}
    target = account.deploy("target", counter("target", "Counter"), **waiting)
    assert request(target).status == 500, "the class has yet to come"
    assert request(source).text == "source 2"
    given = {"type": "durable-object", "state": "transferred", "transferred_to": "target"}
    account.deploy(
        "source", 'export default { fetch: () => new Response("no class") };', exports={"Counter": given}
    )
    assert [request(target).text, request(source).text] == ["target 3", "no class"]
    account.deploy("target", counter("target", "Counter"), **live)
    assert request(target).text == "target 4"


def test_a_target_that_does_not_start_gets_nothing(account: Account) -> None:
    old = account.deploy("kept", counter("kept", "Counter"), **create("Counter"))
    assert request(old).text == "kept 1"
    answer = account.upload("broken", counter("broken", "Tally", "{{"), **take("Counter", "kept", "Tally"))
    assert answer.status == 400
    assert "SyntaxError" in answer.text
    assert request(old).text == "kept 2"


def test_a_kill_in_the_middle_leaves_the_class_where_it_was(account: Account) -> None:
    old = account.deploy("before", counter("before", "Counter"), **create("Counter"))
    assert request(old).text == "before 1"

    def deploy() -> None:
        with contextlib.suppress(OSError):  # its connection breaks
            account.upload(
                "after", counter("after", "Tally", SLOW_START), **take("Counter", "before", "Tally")
            )

    uploading = threading.Thread(target=deploy)
    uploading.start()
    home = account.platform.home
    eventually((home / "workers" / "after" / "workerd.pid").exists, what="the target's start")
    account.platform.kill()
    uploading.join()
    account.platform.start()
    assert request(account.platform.worker_url("before")).text == "before 2"
    owners = {each["script"] for each in account.platform.call("workers/durable_objects/namespaces")}
    assert "after" not in owners
    new = account.deploy("after", counter("after", "Tally"), **take("Counter", "before", "Tally"))
    account.platform.kill()
    account.platform.start()
    assert request(new).text == "after 3"
