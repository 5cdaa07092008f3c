"""Bindings to smaller products of Cloudflare: they work as under `wrangler dev`, or say why they do not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.daemon.uploads import Account
from tests.support.http import Answer, request
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

WORKER = """
const INNER = `export default { async fetch(request, env) {
  return new Response(env.GREETING + " from " + request.url);
} };`;
export default { async fetch(request, env) {
  const { pathname } = new URL(request.url);
  try {
    switch (pathname) {
      case "/loader": {
        const code = { mainModule: "inner.js", modules: { "inner.js": INNER }, env: { GREETING: "hello" } };
        const worker = env.LOADER.get("inner", () => ({ compatibilityDate: "2026-06-01", ...code }));
        return worker.getEntrypoint().fetch("http://inner/page");
      }
      case "/limit": return Response.json((await env.LIMIT.limit({ key: "someone" })).success);
      case "/many": {
        for (let index = 0; index < 200; index += 1)
          env.POINTS.writeDataPoint({
            indexes: ["a"], blobs: ["é", null, new ArrayBuffer(1)], doubles: [index, 0.5],
          });
        return new Response("written");
      }
      case "/points": return Response.json(env.POINTS.writeDataPoint({ blobs: ["a"] }) ?? "written");
      case "/records": return Response.json((await env.RECORDS.send([{ a: 1 }])) ?? "sent");
      case "/database": {
        const { host, port, user, password, database, connectionString } = env.DB;
        return Response.json({ host: typeof host, port: typeof port, user, password, database,
          scheme: connectionString.split(":")[0] });
      }
      case "/spell": return Response.json(await env.SPELL.words("a").cast());
      case "/git": return Response.json(await env.GIT.create("repository"));
      case "/index": return Response.json(await env.INDEX.query([1]));
      case "/tenant": return await env.TENANTS.get("one").fetch("http://tenant/");
    }
  } catch (error) { return new Response(error.message, { status: 500 }); }
} };
"""
BINDINGS = [
    {"type": "worker_loader", "name": "LOADER"},
    {"type": "ratelimit", "name": "LIMIT", "namespace_id": "7", "simple": {"limit": 2, "period": 60}},
    {"type": "analytics_engine", "name": "POINTS", "dataset": "points"},
    {"type": "pipelines", "name": "RECORDS", "stream": "0" * 32},
    {
        "type": "hyperdrive",
        "name": "DB",
        "id": "1",
        "local_connection_string": "postgresql://pat:s%20ecret@[::1]:5433/my%20shop",
    },
    {"type": "magic", "name": "SPELL"},
    {"type": "vectorize", "name": "INDEX", "index_name": "words"},
    {"type": "artifacts", "name": "GIT", "namespace": "code"},
    {"type": "dispatch_namespace", "name": "TENANTS", "namespace": "customers"},
]


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """The address of the Worker, once it is deployed."""
    return {}


def ask(account: Account, made: dict[str, str], path: str) -> Answer:
    """Have the Worker use a binding."""
    if "url" not in made:
        made["url"] = account.deploy("products", WORKER, bindings=BINDINGS)
    return request(made["url"] + path)


def test_workers_are_loaded_from_code(account: Account, made: dict[str, str]) -> None:
    assert ask(account, made, "/loader").text == "hello from http://inner/page"


def test_a_limit_counts(account: Account, made: dict[str, str]) -> None:
    assert [ask(account, made, "/limit").json for _ in range(3)] == [True, True, False]


def test_points_and_records_are_taken(account: Account, made: dict[str, str]) -> None:
    assert (ask(account, made, "/points").json, ask(account, made, "/records").json) == ("written", "sent")


def test_a_database_is_reached_by_its_connection_string(account: Account, made: dict[str, str]) -> None:
    assert ask(account, made, "/database").json == {
        "host": "string",
        "port": "number",
        "user": "pat",
        "password": "s ecret",
        "database": "my shop",
        "scheme": "postgresql",
    }


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/index", "Vectorize, which the binding INDEX"),
        ("/git", "Artifacts, which the binding GIT"),
        ("/spell", "bindings of type `magic`"),
    ],
)
def test_what_only_cloudflare_has_says_so(
    account: Account, made: dict[str, str], path: str, what: str
) -> None:
    answer = ask(account, made, path)
    assert (answer.status, f"has no {what}" in answer.text) == (500, True), answer.text
    assert ("`remote: true`" in answer.text) == (path != "/spell")


def test_a_connection_string_that_cannot_be_stops_the_deploy(account: Account) -> None:
    binding = {"type": "hyperdrive", "name": "DB", "id": "1"}
    refused = account.upload("no-database", WORKER, bindings=[binding])
    assert (refused.status, "connection string" in refused.text) == (400, True), refused.text


def test_data_points_are_written_to_a_file_of_their_dataset(account: Account, made: dict[str, str]) -> None:
    assert ask(account, made, "/many").text == "written"
    file = account.platform.home / "analytics" / "points.jsonl"

    def points() -> list[dict[str, Any]]:
        lines = file.read_text().splitlines() if file.is_file() else []
        return [point for point in map(json.loads, lines) if "index1" in point]

    eventually(lambda: len(points()) == 200, what="every data point")
    assert sorted(point["double1"] for point in points()) == list(range(200))
    first = points()[0]
    assert first.pop("timestamp").endswith("Z")
    del first["double1"]
    assert first == {
        "dataset": "points",
        "_sample_interval": 1,
        "index1": "a",
        "blob1": "é",
        "blob3": "\0",
        "double2": 0.5,
    }
