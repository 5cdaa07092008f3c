"""Bindings that are `remote: true`: they lead to an account, whose part a second platform plays."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pywrangler.credentials.logins import forget_login, store_login
from pywrangler.sensitive import Sensitive
from pywrangler.toolchain import Toolchain, ensure_remote_calls
from tests.conftest import running_in
from tests.local.daemon.uploads import Account
from tests.support.api import ACCOUNT
from tests.support.cli import run
from tests.support.http import Answer, request
from tests.support.platform import Platform
from tests.support.servers.edge import TOKEN, Edge, serve_edge
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

INDEX = """
import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
class Counter extends RpcTarget {
  #n = 0;
  next(by) { return (this.#n += by); }
}
export default class extends WorkerEntrypoint {
add(a, b) { return a + b; }
counter() { return new Counter(); }
shapes(value) { return { value, twice: [value.bytes, new Date(value.date.getTime() + 1)] }; }
async apply(f) { return f(20) ; }
fail() { throw new TypeError("no such thing"); }
async text(stream) { return new Response(stream).text(); }
create(name) { return { name, remote: `https://git/${name}` }; }
async fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/info") return Response.json({ dimensions: 3, vectorCount: 1 });
  if (pathname === "/query") {
    const { vector, topK } = await request.json();
    return Response.json({ count: 1, matches: [{ id: "a", score: vector[0], topK }] });
  }
  if (pathname === "/ai-gateway/gateways/g/url/openai") {
    return Response.json({ result: { url: `https://gateway/${request.headers.get("MF-URL")}` } });
  }
  if (pathname === "/upsert") return Response.json({ mutationId: await request.text() });
  return Response.json({ code: 3000, error: "no such path" }, { status: 404 });
} }
"""
CONSUMER = """
export default { async queue(batch, { KV }) {
  for (const { body } of batch.messages) await KV.put(`message-${body.n}`, JSON.stringify(body));
} };
"""
CUSTOMER = """
import { WorkerEntrypoint } from "cloudflare:workers";
export default class extends WorkerEntrypoint {
  async fetch(request) { return new Response(`${request.method} ${request.url} ${await request.text()}`); }
}
"""
WORKER = """
import { EmailMessage } from "cloudflare:email";
const RAW = ["From: a@b.example", "To: c@d.example", "Message-ID: <1@b.example>", "Subject: raw", "", "x"]
  .join("\\r\\n");
const CALLS = {
  async kv({ KV }) {
    await KV.put("key/ü", "value", { metadata: { a: 1 } });
    const { value, metadata } = await KV.getWithMetadata("key/ü");
    const { keys } = await KV.list({ prefix: "key/" });
    await KV.put("gone", "x");
    await KV.delete("gone");
    return { value, metadata, keys: keys.map(({ name }) => name), gone: await KV.get("gone") };
  },
  async r2({ FILES }) {
    await FILES.put("a/b.txt", "0123456789", { httpMetadata: { contentType: "text/plain" } });
    const part = await (await FILES.get("a/b.txt", { range: { offset: 2, length: 3 } })).text();
    const { size, httpMetadata } = await FILES.head("a/b.txt");
    const { objects } = await FILES.list();
    return { part, size, type: httpMetadata.contentType, keys: objects.map(({ key }) => key),
      none: await FILES.get("none") };
  },
  async large({ FILES }) {
    const size = 3 * 1024 * 1024;
    await FILES.put("large", new Uint8Array(size).fill(7));
    return { same: (await (await FILES.get("large")).arrayBuffer()).byteLength === size };
  },
  async d1({ DB }) {
    await DB.exec("CREATE TABLE IF NOT EXISTS t (n INTEGER)");
    await DB.batch([DB.prepare("DELETE FROM t"), DB.prepare("INSERT INTO t VALUES (?), (?)").bind(1, 2)]);
    const { results } = await DB.prepare("SELECT n FROM t ORDER BY n").all();
    return { results, raw: await DB.prepare("SELECT n FROM t").raw(),
      error: await DB.prepare("SELECT x FROM t").run().catch((error) => error.message) };
  },
  async queue({ QUEUE }) {
    await QUEUE.send({ n: 1 });
    await QUEUE.sendBatch([{ body: { n: 2 } }]);
    return "sent";
  },
  async vectorize({ INDEX }) {
    return { info: await INDEX.describe(), found: await INDEX.query([0.5], { topK: 2 }),
      made: await INDEX.upsert([{ id: "a", values: [1, 2, 3] }]),
      error: await INDEX.getByIds(["a"]).catch((error) => error.message) };
  },
  async service({ OTHER }) {
    const response = await OTHER.fetch("http://other/query", { method: "POST", body: '{"vector":[9]}' });
    return response.json();
  },
  async methods({ OTHER, GIT }) {
    const counter = await OTHER.counter();
    const { value, twice } = await OTHER.shapes({ bytes: new Uint8Array([1, 2]), date: new Date(5) });
    return {
      sum: await OTHER.add(1, 2),
      counts: [await counter.next(2), await counter.next(3)],
      piped: await OTHER.counter().next(7),
      back: await OTHER.apply((n) => n + 1),
      shapes: [[...value.bytes], value.date.getTime(), [...twice[0]], twice[1].getTime()],
      text: await OTHER.text(new Response("streamed").body),
      error: await OTHER.fail().catch((error) => `${error.name}: ${error.message}`),
      none: await OTHER.none().catch((error) => error.message),
      repository: await GIT.create("code"),
    };
  },
  async dispatch({ CUSTOMERS }) {
    const customer = CUSTOMERS.get("customer");
    const response = await customer.fetch("http://customer/x", { method: "POST", body: "y" });
    return { text: await response.text(),
      none: await CUSTOMERS.get("none").fetch("http://none/").then((r) => r.text(), (e) => e.message) };
  },
  async mail({ MAIL }) {
    await MAIL.send({ from: "a@b.example", to: "c@d.example", subject: "s", text: "t" });
    await MAIL.send(new EmailMessage("a@b.example", "c@d.example", RAW));
    return "sent";
  },
  async gateway({ AI }) {
    return AI.gateway("g").getUrl("openai");
  },
  async local({ HERE }) {
    await HERE.put("key", "here");
    return HERE.get("key");
  },
};
export default { async fetch(request, env) {
  try { return Response.json(await CALLS[new URL(request.url).pathname.slice(1)](env)); }
  catch (error) { return new Response(error.stack, { status: 500 }); }
} };
"""


@pytest.fixture(scope="module")
def there(short_directory: Path, toolchain: Toolchain) -> Iterator[Platform]:
    """The platform that plays the account."""
    # Before the account's proxy is the only way out.
    ensure_remote_calls(os.environ)
    with running_in(short_directory / "there", toolchain) as platform:
        platform.start()
        yield platform


@pytest.fixture(scope="module")
def edge(there: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """The account."""
    with serve_edge(there, tmp_path_factory.mktemp("edge")) as running:
        yield running


@pytest.fixture(scope="module")
def resources(there: Platform) -> dict[str, str]:
    """What the bindings lead to, in the account."""
    there.call("r2/buckets", method="POST", body={"name": "remote-files"})
    queue = there.call("queues", method="POST", body={"queue_name": "remote-jobs"})["queue_id"]
    kv = there.call("storage/kv/namespaces", method="POST", body={"title": "remote"})["id"]
    Account(there).deploy("index", INDEX)
    there.call("workers/dispatch/namespaces", method="POST", body={"name": "customers"})
    within = "workers/dispatch/namespaces/customers"
    assert Account(there).upload("customer", CUSTOMER, within=within).status == 200
    bound = [{"type": "kv_namespace", "name": "KV", "namespace_id": kv}]
    Account(there).deploy("consumer", CONSUMER, bindings=bound)
    consumer = {"type": "worker", "script_name": "consumer", "settings": {"max_wait_time_ms": 100}}
    there.call(f"queues/{queue}/consumers", method="POST", body=consumer)
    database = there.call("d1/database", method="POST", body={"name": "remote"})["uuid"]
    return {"kv": kv, "d1": database}


@pytest.fixture
def here(
    resources: dict[str, str], edge: Edge, shared_home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Platform]:
    """The platform whose bindings lead there."""
    for name, value in {**shared_home, **edge.environment}.items():
        monkeypatch.setenv(name, value)
    assert edge.api is not None
    monkeypatch.setenv("CLOUDFLARE_API_BASE_URL", edge.api.url)
    platform = Platform(Path(shared_home["PYWRANGLER_HOME"]))
    platform.start()
    store_login(platform.home, "default", Sensitive(TOKEN), ACCOUNT)
    yield platform
    forget_login(platform.home, "default")


def write(directory: Path, resources: dict[str, str]) -> Path:
    """The project, whose bindings but one are remote."""
    configuration = {
        "name": "far",
        "main": "index.js",
        "compatibility_date": "2026-06-01",
        "kv_namespaces": [
            {"binding": "KV", "id": resources["kv"], "remote": True},
            {"binding": "HERE", "id": "here"},
        ],
        "r2_buckets": [{"binding": "FILES", "bucket_name": "remote-files", "remote": True}],
        "d1_databases": [{"binding": "DB", "database_id": resources["d1"], "remote": True}],
        "queues": {"producers": [{"binding": "QUEUE", "queue": "remote-jobs", "remote": True}]},
        "vectorize": [{"binding": "INDEX", "index_name": "words", "remote": True}],
        "ai": {"binding": "AI"},
        "services": [{"binding": "OTHER", "service": "index", "remote": True}],
        "dispatch_namespaces": [{"binding": "CUSTOMERS", "namespace": "customers", "remote": True}],
        "send_email": [{"name": "MAIL", "remote": True}],
        "artifacts": [{"binding": "GIT", "namespace": "repositories", "remote": True}],
    }
    (directory / "wrangler.json").write_text(json.dumps(configuration, indent=2))
    (directory / "index.js").write_text(WORKER)
    return directory


def ask(url: str, path: str) -> Any:
    """What the Worker found."""
    answer: Answer = request(f"{url}/{path}")
    assert answer.status == 200, answer.text
    return answer.json


def test_remote_bindings_lead_to_the_account(
    here: Platform, there: Platform, edge: Edge, resources: dict[str, str], tmp_path: Path
) -> None:
    outcome = run("deploy --local --json", directory=write(tmp_path, resources))
    assert outcome.status == 0, outcome.stderr
    assert f"lead to the account {ACCOUNT} at Cloudflare" in outcome.stderr
    url = outcome.json["url"]
    names = ["key/ü"]
    assert ask(url, "kv") == {"value": "value", "metadata": {"a": 1}, "keys": names, "gone": None}
    keys = there.call(f"storage/kv/namespaces/{resources['kv']}/keys")
    assert [key["name"] for key in keys] == names
    found = {"part": "234", "size": 10, "type": "text/plain", "keys": ["a/b.txt"], "none": None}
    assert ask(url, "r2") == found
    assert ask(url, "large") == {"same": True}
    rows = ask(url, "d1")
    assert (rows["results"], rows["raw"]) == ([{"n": 1}, {"n": 2}], [[1], [2]])
    assert "no such column: x" in rows["error"]
    index = ask(url, "vectorize")
    assert index["info"] == {"dimensions": 3, "vectorCount": 1}
    assert index["found"]["matches"] == [{"id": "a", "score": 0.5, "topK": 2}]
    assert json.loads(index["made"]["mutationId"]) == {"id": "a", "values": [1, 2, 3]}
    assert index["error"] == "VECTOR_GET_ERROR (code = 3000): no such path"
    assert ask(url, "service")["matches"][0]["score"] == 9
    methods = ask(url, "methods")
    assert methods.pop("none") == 'The RPC receiver does not implement the method "none".'
    assert methods == {
        "sum": 3,
        "counts": [2, 5],
        "piped": 7,
        "back": 21,
        "shapes": [[1, 2], 5, [1, 2], 6],
        "text": "streamed",
        "error": "TypeError: no such thing",
        "repository": {"name": "code", "remote": "https://git/code"},
    }
    called = {"text": "POST http://customer/x y", "none": "Worker not found."}
    assert ask(url, "dispatch") == called
    assert ask(url, "mail") == "sent"
    mails = eventually(lambda: [*(there.home / "emails").rglob("*.*")], what="the messages")
    assert sorted(file.suffix for file in mails) == [".eml", ".txt"]
    assert ask(url, "gateway") == "https://gateway/null"
    assert ask(url, "local") == "here"
    assert ask(url, "queue") == "sent"
    arrived = f"storage/kv/namespaces/{resources['kv']}/values/message-"
    eventually(lambda: [there.send(f"{arrived}{n}").json for n in (1, 2)] == [{"n": 1}, {"n": 2}])

    # Nothing was made here for bindings that lead there, and one preview served all of them.
    assert here.call("r2/buckets")["buckets"] == []
    assert [entry["id"] for entry in here.call("storage/kv/namespaces")] == ["here"]
    (metadata,) = edge.metadata
    raw = {each["name"]: each.get("raw", False) for each in metadata["bindings"]}
    assert raw == {
        "KV": True,
        "FILES": True,
        "DB": True,
        "QUEUE": True,
        "INDEX": True,
        "AI": True,
        "OTHER": False,
        "GIT": False,
        "CUSTOMERS": False,
        "MAIL": False,
    }

    # A preview that Cloudflare has forgotten is made again.
    edge.token = "another"
    assert ask(url, "kv")["value"] == "value"
    assert len(edge.metadata) == 2


def test_without_a_login_a_deploy_names_the_first_remote_binding(
    here: Platform, resources: dict[str, str], tmp_path: Path
) -> None:
    forget_login(here.home, "default")
    outcome = run("deploy --local --json", directory=write(tmp_path, resources))
    assert outcome.status != 0
    assert "`queues.producers[0]` (`QUEUE`) in wrangler.json:" in outcome.error["message"]
    assert "pywrangler login" in outcome.error["hint"]


def test_what_does_not_name_its_target_or_cannot_be_remote_is_said(here: Platform, tmp_path: Path) -> None:
    fields: dict[str, Any] = {"name": "far", "main": "index.js", "compatibility_date": "2026-06-01"}
    (tmp_path / "index.js").write_text("export default { fetch() { return new Response() } }")
    fields["r2_buckets"] = [{"binding": "FILES", "remote": True}]
    (tmp_path / "wrangler.json").write_text(json.dumps(fields))
    refused = run("deploy --local --json", directory=tmp_path)
    assert "`r2_buckets[0]` in wrangler.json:1:" in refused.error["message"]
    assert "has no `bucket_name`" in refused.error["message"]
    del fields["r2_buckets"]
    fields["analytics_engine_datasets"] = [{"binding": "P", "remote": True}]
    (tmp_path / "wrangler.json").write_text(json.dumps(fields))
    warned = run("deploy --local --json --dry-run", directory=tmp_path)
    assert (warned.status, "`analytics_engine_datasets` do not lead" in warned.stderr) == (0, True)
