"""`dev` with several `-c`: Workers that call each other, each with its changes and its name in the stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_dev import Dev
from tests.support.command import Cli
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.ports import free_port
from tests.support.projects import Project
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

FRONT = """\
export default {
  async fetch(request, env) {
    const counter = env.COUNTER.get(env.COUNTER.idFromName("one"));
    console.log("front is asked");
    return new Response(`front 1 ${env.WORD}: ${await env.BACK.greet("x")}, ${await counter.next()}`);
  },
};
"""
BACK = """\
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
export class Counter extends DurableObject {
  async next() {
    const n = ((await this.ctx.storage.get("n")) ?? 0) + 1;
    await this.ctx.storage.put("n", n);
    return n;
  }
}
export default class extends WorkerEntrypoint {
  fetch() { return new Response("back itself"); }
  greet(name) {
    console.log("back greets");
    return `back 1 ${this.env.WORD} ${name}`;
  }
}
"""


@pytest.fixture
def both(tmp_path: Path) -> tuple[Project, Project]:
    """A Worker, and the one that it calls."""
    front, back = Project(tmp_path / "front", "front"), Project(tmp_path / "back", "back")
    shared = {"main": "src/index.js", "compatibility_date": "2026-11-01", "vars": {"WORD": "own"}}
    binding = {"name": "COUNTER", "class_name": "Counter", "script_name": "back"}
    front.write(
        "wrangler.jsonc",
        json.dumps(
            {
                "name": "front",
                **shared,
                "services": [{"binding": "BACK", "service": "back"}],
                "durable_objects": {"bindings": [binding]},
            }
        ),
    )
    front.write("src/index.js", FRONT)
    back.write(
        "wrangler.jsonc",
        json.dumps(
            {"name": "back", **shared, "migrations": [{"tag": "v1", "new_sqlite_classes": ["Counter"]}]}
        ),
    )
    back.write("src/index.js", BACK)
    return front, back


@pytest.fixture
def dev(both: tuple[Project, Project], platform: Platform) -> Iterator[Dev]:
    """A `dev` of both, the calling one first."""
    port = free_port()
    files = [option for each in both for option in ("-c", f"{each.name}/wrangler.jsonc")]
    options = ("--port", str(port), "--var", "WORD:said", "--json")
    running = Cli(both[0].directory.parent).start("dev", *files, *options)
    yield Dev(running, port)
    running.interrupt()
    ended = running.wait()
    assert ended.status == 130, str(ended)
    assert "Traceback" not in ended.stderr + ended.stdout


def _text(number: int, dev: Dev) -> str:
    return dev.ask().rpartition(", ")[0] if number else dev.ask()


def test_workers_call_each_other_and_changes_of_either_come_in(
    both: tuple[Project, Project], dev: Dev
) -> None:
    front, back = both
    dev.answers("front 1 said: back 1 own x, 1")
    eventually(lambda: len(dev.events("ready")) > 1, timeout_seconds=30, what="both are ready")
    ready = dev.events("ready")
    assert [each["source"] for each in ready] == ["dev/front", "dev/back"]
    assert request(ready[1]["url"]).text == "back itself"
    back.write("src/index.js", BACK.replace("back 1", "back 2"))
    eventually(lambda: "front 1 said: back 2 own x" in dev.ask(), timeout_seconds=30, what="the other's code")
    front.write("src/index.js", FRONT.replace("front 1", "front 2"))
    dev.answers("front 2 said: back 2 own x")
    back.configure(vars={"WORD": "new"})
    dev.answers("front 2 said: back 2 new x")
    changes = [(each["source"], each["text"]) for each in dev.events("change")]
    assert changes == [
        ("dev/back", "Changed: src/index.js"),
        ("dev/front", "Changed: src/index.js"),
        ("dev/back", "Changed: wrangler.jsonc"),
    ]
    logs = {(each["source"], each["text"]) for each in dev.events("log")}
    assert {("front", "front is asked"), ("back", "back greets")} <= logs


def test_a_mistake_of_one_is_named_and_leaves_the_other(both: tuple[Project, Project], dev: Dev) -> None:
    front, back = both
    dev.answers("front 1 said: back 1 own x")
    back.write("src/index.js", BACK + "const broken = {;\n")
    dev.shows(f"index.js:{BACK.count(chr(10)) + 1}:17")
    assert [each["source"] for each in dev.events("error")] == ["dev/back"]
    front.write("src/index.js", FRONT.replace("front 1", "front 2"))
    dev.answers("front 2 said: back 1 own x")
    back.configure(name="front")
    dev.shows("both are the Worker `front`")
    back.configure(name="back")
    back.write("src/index.js", BACK.replace("back 1", "back 3"))
    dev.answers("front 2 said: back 3 own x")


def test_a_worker_that_misses_a_class_of_a_later_one_is_deployed_after_it(
    both: tuple[Project, Project], platform: Platform
) -> None:
    front, back = both
    cli = Cli(back.directory)
    configuration = json.loads((back.directory / "wrangler.jsonc").read_text())
    back.write("wrangler.jsonc", json.dumps({**configuration, "migrations": []}))
    before = cli.run("deploy", "--json").check().json
    back.write("wrangler.jsonc", json.dumps(configuration))
    port = free_port()
    running = Cli(front.directory.parent).start(
        "dev", "-c", "front/wrangler.jsonc", "-c", "back/wrangler.jsonc", "--port", str(port), "--json"
    )
    dev = Dev(running, port)
    try:
        dev.answers("front 1 own: back 1 own x, 1")
    finally:
        running.interrupt()
        running.wait()
    assert request(before["url"]).text == "back itself"
    status = cli.run("local", "status", "--json").check().json
    assert [each["name"] for each in status["workers"]] == ["back"]


def test_one_configuration_twice_is_refused(both: tuple[Project, Project], platform: Platform) -> None:
    ended = Cli(both[0].directory).run("dev", "-c", "wrangler.jsonc", "-c", "../front/wrangler.jsonc")
    assert ended.status == 2
    assert "is given twice" in ended.stderr
