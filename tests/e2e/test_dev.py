"""`dev` with real parts: what is saved comes in, mistakes are waited out, the end puts back what was."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import COMMAND, Cli, Running
from tests.support.hammer import Hammer
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.ports import free_port
from tests.support.projects import Project
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

WORKER = """\
import { part } from "./lib/part.js";
export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname === "/count") {
      await env.KV.put("n", String(Number((await env.KV.get("n")) ?? 0) + 1));
      return new Response(await env.KV.get("n"));
    }
    console.log("asked for " + request.url);
    return new Response(`code 1 ${part} ${env.WORD}`);
  },
};
"""


@pytest.fixture
def small(tmp_path: Path) -> Project:
    """A Worker without containers."""
    project = Project(tmp_path / "small", "small")
    configuration = {
        "name": "small",
        "main": "src/index.js",
        "compatibility_date": "2026-11-01",
        "vars": {"WORD": "one"},
        "kv_namespaces": [{"binding": "KV", "id": "counts"}],
    }
    project.write("wrangler.jsonc", json.dumps(configuration))
    project.write("src/index.js", WORKER)
    project.write("src/lib/part.js", 'export const part = "a";\n')
    return project


class Dev:
    """A `dev` that runs."""

    def __init__(self, running: Running, port: int) -> None:
        self.running = running
        self.port = port

    def ask(self, path: str = "/") -> str:
        """The Worker's response; empty while there is none."""
        try:
            return request(f"http://127.0.0.1:{self.port}{path}").text
        except OSError:
            return ""

    def answers(self, text: str, path: str = "/") -> None:
        """Wait for a response with this text."""
        eventually(lambda: text in self.ask(path), timeout_seconds=60, what=f"{text} at {path}")

    def shows(self, text: str) -> None:
        """Wait until this is printed."""
        eventually(lambda: text in self.running.shown(), timeout_seconds=60, what=f"the line {text}")

    def events(self, kind: str) -> list[Any]:
        """The events of a kind, with `--json`."""
        return [e for e in map(json.loads, self.running.shown().splitlines()) if e["type"] == kind]


@contextmanager
def developing(project: Project, *options: str) -> Iterator[Dev]:
    """A `dev` of the project, which is ended by Ctrl-C."""
    port = free_port()
    dev = Dev(Cli(project.directory).start("dev", "--port", str(port), *options), port)
    try:
        yield dev
    finally:
        if dev.running.process.poll() is None:
            dev.running.interrupt()
        ended = dev.running.wait()
    assert ended.status in (130, -signal.SIGTERM), str(ended)
    assert "Traceback" not in ended.stderr + ended.stdout


def test_what_is_saved_comes_in_and_mistakes_are_waited_out(small: Project, platform: Platform) -> None:
    with developing(small) as dev:
        dev.answers("code 1 a one")
        small.replace("src/lib/part.js", '"a"', '"b"')
        dev.answers("code 1 b one")
        small.write("src/index.js", WORKER + "const broken = {;\n")
        dev.shows("index.js:12:17")
        small.write("src/index.js", WORKER.replace("code 1", "code 2"))
        dev.answers("code 2 b one")
        small.write("src/index.js", WORKER + "null.thrown;\n")
        dev.shows("Cannot read properties of null")
        assert "code 2" in dev.ask()
        small.configure(vars={"WORD": 5}, compatibility_date=7)
        dev.shows("compatibility_date")
        small.configure(vars={"WORD": "two"}, compatibility_date="2026-11-01")
        small.write("src/index.js", WORKER.replace("code 1", "code 3"))
        dev.answers("code 3 b two")


def test_directories_and_files_may_come_and_go(small: Project, platform: Platform) -> None:
    small.write("src/index.js", "export default {;")
    with developing(small) as dev:
        dev.shows("index.js:1:17")
        small.write("src/index.js", WORKER)
        dev.answers("code 1 a")
        shutil.rmtree(small.directory / "src/lib")
        dev.shows("./lib/part.js")
        small.write("src/lib/part.js", 'export const part = "again";\n')
        dev.answers("code 1 again")
        (small.directory / "new.js").write_text('export const part = "moved";\n')
        (small.directory / "new.js").replace(small.directory / "src/lib/part.js")
        dev.answers("code 1 moved")


def test_the_end_puts_back_and_deletes_nothing(small: Project, platform: Platform) -> None:
    cli = Cli(small.directory)
    before = cli.run("deploy", "--json").check().json
    assert request(f"{before['url']}/count").text == "1"
    small.replace("src/index.js", "code 1", "code 2")
    with developing(small, "--json") as dev:
        dev.answers("code 2 a")
        assert dev.ask("/count") == "2"
        eventually(lambda: any("asked for" in event["text"] for event in dev.events("log")))
        eventually(lambda: dev.ask() and any(e["source"] == "small" for e in dev.events("request")))
        dev.running.process.kill()  # the next `dev` knows what was there before
        dev.running.process.wait()
        with developing(small) as second:
            second.answers("code 2 a")
        dev.running.process.returncode = 130
    after = platform.call("local/workers/small")
    assert (after["version_id"], after["url"]) == (before["version"], before["url"])
    assert request(before["url"]).text.startswith("code 1")
    assert request(f"{before['url']}/count").text == "3"


def test_a_worker_that_was_not_deployed_stops_and_keeps_its_data(small: Project, platform: Platform) -> None:
    platform.start()
    for count in ("1", "2"):
        with developing(small) as dev:
            dev.answers("code 1")
            assert dev.ask("/count") == count
        assert platform.call("local/status")["workers"] == []


def test_a_port_that_is_taken_is_refused(small: Project, platform: Platform) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = Cli(small.directory).run("dev", "--port", str(port))
    assert refused.status == 1
    assert f"Port {port} is already in use" in refused.stderr


def test_a_closed_pipe_and_sigterm_end_it(small: Project, platform: Platform) -> None:
    platform.start()
    with developing(small) as dev:
        dev.answers("code 1")
        dev.running.process.terminate()
    assert dev.running.process.returncode == -signal.SIGTERM
    port = free_port()
    process = subprocess.Popen(  # with SIGINT ignored, as a shell starts a job in the background of a script
        ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *COMMAND, "dev", "--port", str(port)],
        cwd=small.directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    assert process.stdout.readline(), "it says something before it is followed no longer"
    process.stdout.close()
    assert process.wait(30) == 130
    assert platform.call("local/status")["workers"] == []


@pytest.mark.docker
def test_a_changed_image_replaces_its_containers(project: Project, cli: Cli, platform: Platform) -> None:
    project.write(".dockerignore", "node_modules\n")
    with developing(project) as dev:
        dev.answers("box 1")
        with Hammer(f"http://127.0.0.1:{dev.port}/") as hammer:
            project.replace("Dockerfile", "box 1", "box 2")
            dev.answers("box 2")
        assert (hammer.failures, hammer.statuses()) == ([], {200})
        assert hammer.bodies() == {"box 1\n", "box 2\n"}
        project.write("src/index.js", (project.directory / "src/index.js").read_text() + "\n// a comment\n")
        dev.shows(f"{project.name} is updated")
        project.replace("Dockerfile", "httpd", "nothing-like-this && httpd")
        project.write("Dockerfile", "FROM busybox:1.35\nRUN exit 7\n")
        dev.shows("exit code: 7")
        assert "box 2" in dev.ask()
    assert platform.containers(running_only=True) == []


CONSUMER = """
export default {
  async fetch(request, env) { await env.JOBS.send("job"); return new Response("sent"); },
  async queue(batch, env) { await env.KV.put("last", "consumed by CODE"); },
};
"""


def test_queues_that_it_consumed_are_consumed_again(tmp_path: Path, platform: Platform) -> None:
    project = Project(tmp_path / "eater", "eater")
    consumer = {"queue": "jobs", "max_batch_size": 1, "max_batch_timeout": 0, "max_retries": 7}
    fields = {
        "name": "eater",
        "main": "index.js",
        "compatibility_date": "2026-11-01",
        "kv_namespaces": [{"binding": "KV", "id": "eaten"}],
        "queues": {"producers": [{"binding": "JOBS", "queue": "jobs"}], "consumers": [consumer]},
    }
    project.write("wrangler.jsonc", json.dumps(fields))
    project.write("index.js", CONSUMER.replace("CODE", "one"))
    cli = Cli(project.directory)
    cli.run("deploy").check()

    def consumers(queue: str) -> list[Any]:
        (found,) = [each for each in platform.call("queues") if each["queue_name"] == queue]
        return [(each["script"], each["settings"]["max_retries"]) for each in found["consumers"]]

    other = {"queue": "others", "max_batch_size": 1}
    queues = {
        "producers": [*fields["queues"]["producers"], {"binding": "O", "queue": "others"}],
        "consumers": [{**consumer, "max_retries": 2}, other],
    }
    project.write("wrangler.jsonc", json.dumps({**fields, "queues": queues}))
    project.write("index.js", CONSUMER.replace("CODE", "two"))
    with developing(project) as dev:
        dev.answers("sent")
        assert (consumers("jobs"), consumers("others")) == ([("eater", 2)], [("eater", 3)])
    assert (consumers("jobs"), consumers("others")) == ([("eater", 7)], [])
    url = platform.worker_url("eater")
    assert request(url).text == "sent"
    words = ("kv", "key", "get", "last", "--namespace-id", "eaten")
    eventually(lambda: "consumed by one" in cli.run(*words).stdout, timeout_seconds=30)
