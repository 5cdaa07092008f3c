"""What a Worker uses is the same on every node: products, other Workers, large bodies and WebSockets."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from pywrangler.toolchain import Toolchain
from tests.support.command import Cli
from tests.support.containers import remove_images
from tests.support.http import Answer, request
from tests.support.projects import Project, make_project
from tests.support.servers.buckets import BucketServer
from tests.support.servers.nodes import Node, some_nodes, whole_nodes
from tests.support.waiting import eventually

pytestmark = [pytest.mark.docker, pytest.mark.workerd, whole_nodes]

IMAGE = Path(__file__).resolve().parents[1] / "gateway" / "image"
LARGE = 100 * 1024 * 1024
FRONT = """\
import { Container, getContainer } from "@cloudflare/containers";
export { ContainerProxy } from "@cloudflare/containers";

export class Box extends Container {
  defaultPort = 8080;
  sleepAfter = "5m";
  enableInternet = false;
  allowedHosts = ["notes.internal"];
}
Box.outboundByHost = {
  "notes.internal": async (request, env) => new Response(`for ${await env.STORED.get()}`),
};

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    switch (url.pathname) {
      case "/d1":
        await env.DB.prepare("CREATE TABLE IF NOT EXISTS t (n INTEGER)").run();
        await env.DB.prepare("INSERT INTO t VALUES (1)").run();
        return Response.json((await env.DB.prepare("SELECT COUNT(*) AS n FROM t").first()).n);
      case "/stored":
        return new Response(await env.STORED.get());
      case "/service":
        return env.BACK.fetch("http://back/");
      case "/object":
        return env.COUNTER.get(env.COUNTER.idFromName("it")).fetch("http://it/");
      case "/ticks":
        return Response.json((await env.KV.list({ prefix: "tick-" })).keys.map((key) => key.name));
    }
    return getContainer(env.BOX, url.searchParams.get("name")).fetch(request);
  },
  async scheduled(event, env) {
    await env.KV.put(`tick-${event.scheduledTime}-${crypto.randomUUID()}`, "x");
  },
};
"""
BACK = """\
import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject {
  async fetch() {
    const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return new Response(String(count));
  }
}

export default { fetch: () => new Response("back") };
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    directory = tmp_path_factory.mktemp("project")
    back = directory / "back"
    back.mkdir()
    (back / "index.js").write_text(BACK)
    (back / "wrangler.jsonc").write_text(
        json.dumps(
            {
                "name": "back",
                "main": "index.js",
                "compatibility_date": "2026-11-01",
                "migrations": [{"tag": "v1", "new_sqlite_classes": ["Counter"]}],
            }
        )
    )
    project = make_project(directory / "front", worker=FRONT, dockerfile=None, container={"max_instances": 4})
    for file in IMAGE.iterdir():
        if file.is_file():
            shutil.copy(file, project.directory)
    project.configure(
        kv_namespaces=[{"binding": "KV", "id": "ab" * 16}],
        d1_databases=[{"binding": "DB", "database_name": "it", "database_id": "cd" * 16}],
        secrets_store_secrets=[{"binding": "STORED", "store_id": "ef" * 16, "secret_name": "WORD"}],
        services=[{"binding": "BACK", "service": "back"}],
        triggers={"crons": ["* * * * *"]},
        durable_objects={
            "bindings": [
                {"name": "BOX", "class_name": "Box"},
                {"name": "COUNTER", "class_name": "Counter", "script_name": "back"},
            ]
        },
    )
    yield project
    remove_images(f"pywrangler.local/{project.name}-*")


@pytest.fixture(scope="module")
def nodes(
    short_directory: Path,
    toolchain: Toolchain,
    node_modules: Path,
    moto_server: BucketServer,
    project: Project,
) -> Iterator[list[Node]]:
    """Two nodes that run both Workers."""
    with some_nodes(short_directory / os.urandom(3).hex(), 2, toolchain, time_divisor=1) as nodes:
        first, second = nodes
        first.init(moto_server.address(f"products-{os.getpid()}"))
        second.join(first)
        Cli(project.directory.parent / "back", environment=second.environment).run("deploy").check()
        cli = Cli(project.directory, environment=first.environment)
        first.call(f"local/secrets_store/stores/{'ef' * 16}", method="PUT")
        secret = ("secrets-store", "secret", "create", "ef" * 16, "--name", "WORD", "--scopes", "workers")
        cli.run(*secret, stdin="a stored word").check()
        cli.run("deploy").check()
        yield nodes


def ask(node: Node, project: Project, path: str, *, body: bytes | None = None) -> Answer:
    method = "GET" if body is None else "POST"
    answer = request(f"{node.worker_url(project.name)}{path}", method=method, body=body, timeout_seconds=120)
    assert answer.status == 200, answer.text
    return answer


def test_products_are_the_same_on_each_node(nodes: list[Node], project: Project) -> None:
    assert [ask(node, project, "/d1").text for node in (*nodes, *nodes)] == ["1", "2", "3", "4"]
    assert [ask(node, project, "/stored").text for node in nodes] == ["a stored word"] * 2


def test_other_workers_are_reached_on_each_node(nodes: list[Node], project: Project) -> None:
    assert [ask(node, project, "/service").text for node in nodes] == ["back"] * 2
    assert [ask(node, project, "/object").text for node in (*nodes, *nodes)] == ["1", "2", "3", "4"]


def test_large_bodies_cross_nodes(nodes: list[Node], project: Project) -> None:
    first, second = nodes
    name = f"large-{os.urandom(3).hex()}"
    ask(first, project, f"/?name={name}")
    assert ask(second, project, f"/sink?name={name}", body=bytes(LARGE)).json == LARGE
    assert len(ask(second, project, f"/bytes/{LARGE}?name={name}").body) == LARGE


async def test_a_websocket_crosses_nodes(nodes: list[Node], project: Project) -> None:
    first, second = nodes
    name = f"socket-{os.urandom(3).hex()}"
    ask(first, project, f"/?name={name}")
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{second.worker_url(project.name)}/ws?name={name}") as socket,
    ):
        for size in (5, 50_000):
            await socket.send_bytes(bytes(size))
            assert await socket.receive_bytes(timeout=30) == bytes(size)


def test_what_a_container_sends_is_answered_or_refused_on_each_node(
    nodes: list[Node], project: Project
) -> None:
    for number, node in enumerate(nodes):
        name = f"sender-{number}-{os.urandom(3).hex()}"
        assert ask(node, project, f"/get/http/notes.internal/80?name={name}").json == {
            "status": 200,
            "text": "for a stored word",
        }
        refused = ask(node, project, f"/get/http/elsewhere.example/80?name={name}").json
        assert refused.get("status") != 200


def test_a_cron_trigger_fires_once_on_all_nodes(nodes: list[Node], project: Project) -> None:
    def ticks() -> list[str]:
        found: list[str] = ask(nodes[1], project, "/ticks").json
        return [each.split("-")[1] for each in found]

    before = len(ticks())
    found = eventually(lambda: ticks()[before:], timeout_seconds=150, what="a tick")
    # Another node would have fired by now, too: they all look at the beginning of the minute.
    time.sleep(10)
    found = ticks()
    assert len(found) == len(set(found))
