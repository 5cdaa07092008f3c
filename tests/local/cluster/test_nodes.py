"""Two nodes with one engine: a session is reached through each, and follows when its node is gone."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from pywrangler.engine import labels
from pywrangler.local.protocol import Status
from pywrangler.toolchain import Toolchain
from tests.support.command import Cli
from tests.support.containers import remove_images
from tests.support.http import request
from tests.support.ports import free_port
from tests.support.projects import Project, make_project
from tests.support.servers.buckets import BucketServer
from tests.support.servers.nodes import Node, some_nodes, whole_nodes
from tests.support.waiting import eventually

pytestmark = [pytest.mark.docker, pytest.mark.workerd, whole_nodes]

WORKER = """\
import { Container, getContainer } from "@cloudflare/containers";

export class Box extends Container {
  defaultPort = 8080;
  sleepAfter = "5m";
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname !== "/count") return super.fetch(request);
    const sql = this.ctx.storage.sql;
    sql.exec("CREATE TABLE IF NOT EXISTS counts (n INTEGER)");
    sql.exec("INSERT INTO counts VALUES (1)");
    return new Response(String(sql.exec("SELECT COUNT(*) AS n FROM counts").one().n));
  }
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === "/secret") return new Response(env.WORD);
    if (url.pathname === "/kv") {
      const key = url.searchParams.get("key") ?? "key";
      if (request.method === "PUT") await env.KV.put(key, await request.text());
      return new Response((await env.KV.get(key)) ?? "nothing");
    }
    return getContainer(env.BOX, url.searchParams.get("name")).fetch(request);
  },
};
"""
DOCKERFILE = """\
FROM busybox:1.35
RUN mkdir /www
CMD ["sh", "-c", "hostname > /www/index.html; trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait"]
"""


@contextmanager
def project_of_sessions(directory: Path, **container: Any) -> Iterator[Project]:
    """A Worker that starts a container for each session; afterwards its images are gone."""
    project = make_project(
        directory / "it",
        worker=WORKER,
        dockerfile=DOCKERFILE,
        config={"kv_namespaces": [{"binding": "KV", "id": "ab" * 16}]},
        container=container,
    )
    yield project
    remove_images(f"pywrangler.local/{project.name}-*")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with project_of_sessions(tmp_path_factory.mktemp("project")) as project:
        yield project


@pytest.fixture(scope="module")
def nodes(
    short_directory: Path,
    toolchain: Toolchain,
    node_modules: Path,
    moto_server: BucketServer,
    project: Project,
) -> Iterator[list[Node]]:
    """Two nodes that run the project."""
    with some_nodes(short_directory / os.urandom(3).hex(), 2, toolchain) as nodes:
        first, second = nodes
        first.init(moto_server.address(f"nodes-{os.getpid()}"))
        cli = Cli(project.directory, environment=first.environment)
        cli.run("deploy").check()
        second.join(first)
        yield nodes


def ask(node: Node, project: Project, path: str, *, method: str = "GET", body: bytes | None = None) -> str:
    answer = request(f"{node.worker_url(project.name)}{path}", method=method, body=body)
    assert answer.status == 200, answer.text
    return answer.text.strip()


def taken_over(node: Node, project: Project, path: str) -> str:
    """The answer once another node's lease is over; until then requests fail."""

    def look() -> str | None:
        try:
            answer = request(f"{node.worker_url(project.name)}{path}")
        except (OSError, HTTPException):
            return None
        return answer.text.strip() if answer.status == 200 else None

    return eventually(look, what="the takeover") or ""


def test_each_node_reaches_a_session(nodes: list[Node], project: Project) -> None:
    for name, node in (("one", nodes[0]), ("two", nodes[1])):
        started = ask(node, project, f"/?name={name}")
        assert [ask(each, project, f"/?name={name}") for each in nodes] == [started, started]
        (container,) = (each for each in node.containers() if each["Config"]["Hostname"] == started)
        assert container["Config"]["Labels"][labels.NODE] == node.name
        assert container["Name"].endswith(f"-{node.name}")
    assert [ask(each, project, "/count?name=one") for each in (*nodes, *nodes)] == ["1", "2", "3", "4"]


def test_a_value_is_on_each_node_at_once(nodes: list[Node], project: Project) -> None:
    for number, node in enumerate(nodes):
        text = f"{number} " + "x" * 100_000  # large values are stored apart
        ask(node, project, "/kv", method="PUT", body=text.encode())
        assert [ask(each, project, "/kv") for each in nodes] == [text, text]


def test_the_places_of_all_nodes_are_counted_together(nodes: list[Node], project: Project) -> None:
    """The project's limit is two."""
    first, second = nodes
    for name, node in (("one", first), ("two", second)):
        ask(node, project, f"/?name={name}")
    refused = request(f"{first.worker_url(project.name)}/?name=three")
    assert refused.status >= 500, refused.text
    assert sum(len(node.containers()) for node in nodes) == 2
    ids = [each["id"] for each in first.call("local/instances")["instances"] if each["state"] == "running"]
    first.call("local/instances/stop", method="POST", body={"instances": ids, "grace_seconds": 1})
    ask(second, project, "/?name=three")


def test_a_session_follows_when_its_runtime_is_killed(nodes: list[Node], project: Project) -> None:
    first, second = nodes
    name = f"killed-{os.urandom(3).hex()}"
    stop_all(nodes)
    before = ask(first, project, f"/?name={name}")
    assert ask(first, project, f"/count?name={name}") == "1"
    os.kill(first.runtime_pid(project.name), signal.SIGKILL)
    eventually(lambda: not first.containers(), what="the end of the container")
    after = taken_over(second, project, f"/?name={name}")
    assert after != before
    assert [ask(each, project, f"/?name={name}") for each in nodes] == [after, after]
    assert ask(first, project, f"/count?name={name}") == "2"


def test_a_session_is_handed_over_when_its_node_stops(nodes: list[Node], project: Project) -> None:
    first, second = nodes
    name = f"stopped-{os.urandom(3).hex()}"
    stop_all(nodes)
    before = ask(first, project, f"/?name={name}")
    first.end()
    try:
        assert first.containers() == []
        assert ask(second, project, f"/?name={name}") != before
    finally:
        first.start()
    eventually(lambda: is_running(first, project), what="the Worker")
    assert ask(first, project, f"/?name={name}") == ask(second, project, f"/?name={name}")


def test_a_killed_platform_leaves_no_container_that_runs_twice(nodes: list[Node], project: Project) -> None:
    """What `systemd` does with its whole unit: all processes are killed, and the next start cleans up."""
    first, second = nodes
    name = f"crashed-{os.urandom(3).hex()}"
    stop_all(nodes)
    ask(first, project, f"/?name={name}")
    pid = first.runtime_pid(project.name)
    first.kill()
    os.kill(pid, signal.SIGKILL)
    assert len(first.containers()) == 1
    first.start()
    assert first.containers() == []
    taken_over(second, project, f"/?name={name}")
    assert sum(len(node.containers()) for node in nodes) == 1


def test_a_deploy_from_each_node_reaches_all(nodes: list[Node], project: Project) -> None:
    for number, node in enumerate(reversed(nodes)):
        word = f"version {number}"
        project.write("src/index.js", WORKER.replace('"nothing"', json.dumps(word)))
        Cli(project.directory, environment=node.environment).run("deploy").check()
        # A key that has no value: what the code itself says.
        assert [ask(each, project, "/kv?key=none") for each in nodes] == [word, word]


def test_a_secret_is_on_all_nodes(nodes: list[Node], project: Project) -> None:
    cli = Cli(project.directory, environment=nodes[1].environment)
    cli.run("secret", "put", "WORD", stdin="hush").check()
    assert [ask(each, project, "/secret") for each in nodes] == ["hush", "hush"]
    kept = (nodes[0].home / "platform.sqlite").read_bytes()
    assert b"hush" not in kept


def test_instances_of_all_nodes_are_used_from_each(nodes: list[Node], project: Project) -> None:
    first, second = nodes
    stop_all(nodes)
    names = [f"{word}-{os.urandom(3).hex()}" for word in ("here", "there")]
    started = [ask(node, project, f"/?name={name}") for node, name in zip(nodes, names, strict=True)]
    cli = Cli(project.directory, environment=first.environment)
    rows = {each["id"]: each for each in first.call("local/instances")["instances"]}
    alive = [each for each in rows.values() if each["state"] == "running"]
    assert sorted(each["node"] for each in alive) == sorted(each.name for each in nodes)
    listed = cli.run("containers", "instances", project.application, "--json").check().json
    states = {each["name"]: each["state"] for each in listed}
    assert [states[name] for name in names] == ["running", "running"]
    (shown,) = (each for each in cli.run("containers", "list", "--json").check().json)
    assert shown["instances"] == 2
    for name, host in zip(names, started, strict=True):
        place = f"{project.application}/{name}"
        assert cli.run("containers", "exec", place, "--", "hostname").check().stdout.strip() == host
        out = cli.run("containers", "exec", "-i", place, "--", "wc", "-c", stdin="x" * 100_000).check()
        assert out.stdout.strip() == "100000"
        cli.run("containers", "cp", f"{place}:/www/index.html", f"{name}.html").check()
        assert (project.directory / f"{name}.html").read_text().strip() == host
        found = next(each["id"] for each in alive if each["name"] == name)
        reached = first.call(f"local/instances/{found}/ports/8080")
        assert request(f"http://{reached['host']}:{reached['port']}/").text.strip() == host
        assert cli.run("containers", "wait", place, "--timeout", "60").status == 0
    figures = cli.run("containers", "stats", "--json").check().json
    assert len(figures) == 2
    there = f"{project.application}/{names[1]}"
    new = cli.run("containers", "restart", there).check()
    assert names[1] in new.stdout + new.stderr
    assert ask(first, project, f"/?name={names[1]}") != started[1]
    cli.run("containers", "stop", there).check()
    assert second.containers(running_only=True) == [] or len(first.containers()) == 1
    eventually(lambda: sum(len(node.containers()) for node in nodes) == 1, what="the end of the instance")


def test_what_containers_and_workers_write_is_read_on_each_node(nodes: list[Node], project: Project) -> None:
    stop_all(nodes)
    for number, node in enumerate(nodes):
        name = f"writer-{number}-{os.urandom(3).hex()}"
        ask(node, project, f"/?name={name}")
        place = f"{project.application}/{name}"
        cli = Cli(project.directory, environment=node.environment)
        command = f"echo said on {number} > /proc/1/fd/1"
        cli.run("containers", "exec", place, "--", "sh", "-c", command).check()
    for node in nodes:
        cli = Cli(project.directory, environment=node.environment)

        def has_both(cli: Cli = cli) -> bool:
            text = cli.run("containers", "logs", project.application).check().stdout
            return all(f"said on {number}" in text for number in range(2))

        eventually(has_both, what="the lines of both nodes")


def test_an_address_is_used_by_all_nodes(nodes: list[Node], project: Project) -> None:
    port = free_port()
    told = nodes[0].call(
        f"local/workers/{project.name}/address", method="PUT", body={"port": port, "ip": None}
    )
    # The nodes of this test are on one machine, where only one can have the port.
    assert f":{port}" in told["url"]
    assert nodes[1].worker_url(project.name) != told["url"]
    log = (nodes[1].home / "platform.log").read_text()
    assert "did not do" not in log
    assert is_running(nodes[1], project)


def test_nodes_know_each_other(nodes: list[Node], project: Project) -> None:
    for node in nodes:
        told = node.call("local/cluster")
        assert told["node"] == node.name
        assert {each["node"] for each in told["nodes"]} == {each.name for each in nodes}
        assert [each["error"] for each in told["nodes"]] == [None, None]
        assert all(each["is_ready"] and each["is_alive"] for each in told["nodes"])
        assert [each["workers"][0]["name"] for each in told["nodes"]] == [project.name] * 2


def stop_all(nodes: list[Node]) -> None:
    """Let no session have a place."""
    for node in nodes:
        running = node.call("local/instances")["instances"]
        ids = [each["id"] for each in running if each["state"] not in ("stopped", "failed")]
        node.call("local/instances/stop", method="POST", body={"instances": ids, "grace_seconds": 1})


def is_running(node: Node, project: Project) -> bool:
    return bool(node.call(f"local/workers/{project.name}")["state"] == "running")


def test_a_node_leaves_and_takes_nothing_along(nodes: list[Node], project: Project) -> None:
    """The last test: afterwards there is one node."""
    first, second = nodes
    second.call("local/cluster/leave", method="POST")
    eventually(lambda: Status.read(second.home) is None, what="the end of the platform")
    second.end()
    assert second.settings is None
    assert not (second.home / "workers").exists()
    assert [each["node"] for each in first.call("local/cluster")["nodes"]] == [first.name]
    refused = first.send("local/cluster/leave", method="POST")
    assert "only node" in refused.text
    second.start()
    assert second.call("local/cluster") is None
    assert second.call("local/status")["workers"] == []
    assert ask(first, project, "/?name=stays")
