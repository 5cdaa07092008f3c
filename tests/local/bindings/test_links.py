"""Workers that call each other, and each other's Durable Objects, in workerd processes of their own."""

from __future__ import annotations

import os
import signal

import pytest

from tests.local.daemon.uploads import Account
from tests.support.hammer import Hammer
from tests.support.http import request
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

STOCK = """
import { DurableObject, RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
class Counter extends RpcTarget { #n = 0; increment(by) { return this.#n += by; } }
export class Desk extends WorkerEntrypoint {
  greet(name) { return `VERSION greets ${name} as ${this.ctx.props?.role ?? "nobody"}`; }
  counter() { return new Counter(); }
  get shelves() { return { upper: { left: { width: 7 }, wide: (n) => n * 3 } }; }
  apply(call) { return call(20); }
  fail() { throw new RangeError("out of stock"); }
  fetch(request) { return new Response(`desk ${new URL(request.url).pathname}`); }
}
export class Shelf extends DurableObject {
  ownName() { return this.ctx.id.name; }
  ownId() { return this.ctx.id.toString(); }
  async add(count) {
    const sum = (await this.ctx.storage.get("sum") ?? 0) + count;
    await this.ctx.storage.put("sum", sum);
    return sum;
  }
  fetch(request) {
    if (request.headers.get("upgrade") !== "websocket") return new Response(`shelf ${request.method}`);
    const [ours, theirs] = Object.values(new WebSocketPair());
    ours.accept();
    ours.addEventListener("message", ({ data }) => ours.send(`echo ${data}`));
    return new Response(null, { status: 101, webSocket: theirs });
  }
}
export default { async fetch(request) { return new Response(`stock VERSION ${await request.text()}`); } };
"""
CLERK = """
import { WorkerEntrypoint } from "cloudflare:workers";
export class Own extends WorkerEntrypoint { fetch() { return new Response("own"); } }
export default class extends WorkerEntrypoint {
  greet(name) { return `hello ${name}`; }
  async fetch(request) {
    if (new URL(request.url).pathname === "/inner") {
      return new Response(`clerk ${JSON.stringify(this.ctx.props ?? null)}`);
    }
    const answers = {};
    for (const [name, target] of Object.entries(this.env)) {
      answers[name] = await target.fetch("http://clerk/inner").then((r) => r.text(), (e) => e.message);
    }
    return Response.json({ ...answers, greeting: await this.env.DEFAULT.greet("Ada") });
  }
}
"""
STOCK_CLASSES = {"migrations": {"new_tag": "v1", "steps": [{"new_sqlite_classes": ["Shelf"]}]}}

SHOP = """
const UPGRADE = { headers: { upgrade: "websocket" } };
const calls = {
  service: async (env) => (await env.STOCK.fetch("http://stock/", { method: "POST", body: "body" })).text(),
  entrypoint: async (env) => (await env.DESK.fetch("http://stock/path")).text(),
  method: (env) => env.DESK.greet("Ada"),
  object: async (env) => { using counter = await env.DESK.counter(); await counter.increment(2);
    return counter.increment(3); },
  pipelined: (env) => env.DESK.counter().increment(7),
  property: async (env) => [await env.DESK.shelves.upper.left, await env.DESK.shelves.upper.left.width],
  nested: (env) => env.DESK.shelves.upper.wide(5),
  absent: (env) => env.DESK.shelves.lower.left.catch((error) => error.name),
  default: async (env) => (await env.FRONT.fetch("http://stock/", { method: "POST", body: "front" })).text(),
  callback: (env) => env.DESK.apply((number) => number * 2),
  exception: (env) => env.DESK.fail().catch((error) => `${error.name}: ${error.message}`),
  unknown: (env) => env.DESK.nothing().catch((error) => error.message),
  named: async (env) => [await env.SHELF.getByName("a").ownName(),
    await env.SHELF.getByName("a").ownId() === env.SHELF.idFromName("a").toString()],
  stored: (env) => env.SHELF.getByName("a").add(2),
  unique: async (env) => { const id = env.SHELF.newUniqueId();
    return [await env.SHELF.get(id).add(1), await env.SHELF.get(env.SHELF.idFromString(`${id}`)).add(1)]; },
  shelf: async (env) => (await env.SHELF.getByName("a").fetch("http://shelf/", { method: "PUT" })).text(),
  socket: async (env) => {
    const { webSocket } = await env.SHELF.getByName("a").fetch("http://s/", UPGRADE);
    webSocket.accept();
    const answer = new Promise((resolve) => webSocket.addEventListener("message", (e) => resolve(e.data)));
    webSocket.send("hi");
    return answer;
  },
};
export default { async fetch(request, env) {
  const name = new URL(request.url).pathname.slice(1);
  if (name === "direct") return env.STOCK.fetch(request);
  return Response.json(await calls[name](env));
} };
"""


def bindings_to(stock: str) -> list[dict[str, object]]:
    """Bindings to everything that Worker `stock` has."""
    return [
        {"type": "service", "name": "STOCK", "service": stock},
        {"type": "service", "name": "FRONT", "service": stock, "entrypoint": "default"},
        {
            "type": "service",
            "name": "DESK",
            "service": stock,
            "entrypoint": "Desk",
            "props": {"role": "a clerk"},
        },
        {
            "type": "durable_object_namespace",
            "name": "SHELF",
            "class_name": "Shelf",
            "script_name": stock,
        },
    ]


def stock(version: str = "one") -> str:
    """The Worker that others call."""
    return STOCK.replace("VERSION", version)


@pytest.fixture(scope="module")
def shop() -> dict[str, str]:
    """Where the shop is, once it is deployed."""
    return {}


@pytest.mark.parametrize(
    ("call", "result"),
    [
        ("service", "stock one body"),
        ("entrypoint", "desk /path"),
        ("method", "one greets Ada as a clerk"),
        ("object", 5),
        ("pipelined", 7),
        ("property", [{"width": 7}, 7]),
        ("nested", 15),
        ("absent", "TypeError"),
        ("default", "stock one front"),
        ("callback", 40),
        ("exception", "RangeError: out of stock"),
        ("unknown", 'The RPC receiver does not implement the method "nothing".'),
        ("named", ["a", True]),
        ("stored", 2),
        ("stored", 4),
        ("unique", [1, 2]),
        ("shelf", "shelf PUT"),
        ("socket", "echo hi"),
    ],
)
def test_a_worker_calls_another(account: Account, shop: dict[str, str], call: str, result: object) -> None:
    if not shop:
        account.deploy("stock", stock(), **STOCK_CLASSES)
        shop["url"] = account.deploy("shop", SHOP, bindings=bindings_to("stock"))
    assert request(f"{shop['url']}/{call}").json == result


def test_the_default_export_has_a_name(account: Account) -> None:
    """As in a binding of Wrangler's configuration: `"entrypoint": "default"`, and an empty text for none."""
    account.deploy("clerk", CLERK)
    to_clerk = {"type": "service", "service": "clerk"}
    url = account.deploy(
        "office",
        CLERK,
        bindings=[
            {**to_clerk, "name": "NONE"},
            {**to_clerk, "name": "EMPTY", "entrypoint": ""},
            {**to_clerk, "name": "DEFAULT", "entrypoint": "default"},
            {**to_clerk, "name": "PROPS", "entrypoint": "default", "props": {"a": [1]}},
            {**to_clerk, "name": "OWN", "entrypoint": "Own"},
            {**to_clerk, "name": "CAPITAL", "entrypoint": "Default"},
            {**to_clerk, "name": "SELF", "service": "office", "entrypoint": "default"},
            {**to_clerk, "name": "SELF_OWN", "service": "office", "entrypoint": "Own"},
        ],
    )
    assert request(url).json == {
        "NONE": "clerk {}",
        "EMPTY": "clerk {}",
        "DEFAULT": "clerk {}",
        "PROPS": 'clerk {"a":[1]}',
        "OWN": "own",
        "CAPITAL": 'Worker does not export an entrypoint named "Default"',
        "SELF": "clerk {}",
        "SELF_OWN": "own",
        "greeting": "hello Ada",
    }


def test_the_caller_may_be_deployed_first(account: Account) -> None:
    url = account.deploy("early", SHOP, bindings=bindings_to("late"))
    answer = request(f"{url}/direct")
    assert (answer.status, answer.text) == (503, 'Worker "late" is not deployed\n')
    assert request(f"{url}/method").status == 500
    assert request(f"{url}/stored").status == 500
    account.deploy("late", stock(), **STOCK_CLASSES)
    assert request(f"{url}/direct").text == "stock one "
    assert request(f"{url}/method").json == "one greets Ada as a clerk"
    assert request(f"{url}/stored").json == 2
    assert request(f"{url}/named").json == ["a", True]


def test_calls_wait_while_the_other_worker_is_replaced(account: Account) -> None:
    account.deploy("backend", stock("0"), **STOCK_CLASSES)
    url = account.deploy("front", SHOP, bindings=bindings_to("backend"))
    paths = ("service", "method", "named", "shelf")
    hammers = [Hammer(f"{url}/{path}", clients=1) for path in paths]
    for hammer in hammers:
        hammer.__enter__()
    for number in (1, 2):
        account.deploy("backend", stock(str(number)))
        eventually(lambda text=f'"stock {number} body"': text in hammers[0].bodies())
    for hammer in hammers:
        hammer.__exit__(None, None, None)
        assert hammer.failures == []
        assert hammer.statuses() == {200}


def test_calls_wait_while_the_other_worker_comes_back_from_a_crash(account: Account) -> None:
    account.deploy("backend", stock("0"), **STOCK_CLASSES)
    url = account.deploy("front", SHOP, bindings=bindings_to("backend"))
    assert request(f"{url}/service").json == "stock 0 body"
    pid = int((account.platform.home / "workers" / "backend" / "workerd.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    for path in ("service", "method", "named", "shelf"):
        assert request(f"{url}/{path}").status == 200


def test_deleting_one_leaves_the_others_alone(account: Account) -> None:
    account.deploy("target", stock(), **STOCK_CLASSES)
    url = account.deploy("caller", SHOP, bindings=bindings_to("target"))
    other = account.deploy("bystander", 'export default { fetch: () => new Response("here") };')
    assert request(f"{url}/stored").json == 2
    account.platform.call("workers/scripts/target?force=true", method="DELETE")
    answer = request(f"{url}/direct")
    assert (answer.status, answer.text) == (503, 'Worker "target" is not deployed\n')
    assert request(other).text == "here"
    account.migrated.discard("target")
    account.deploy("target", stock("two"), **STOCK_CLASSES)
    assert request(f"{url}/service").json == "stock two body"
    assert request(f"{url}/stored").json == 2


def test_a_class_that_the_other_worker_does_not_have_is_refused(account: Account) -> None:
    account.deploy("classless", stock())
    answer = account.upload("wants", SHOP, bindings=bindings_to("classless"))
    assert answer.status == 400
    assert 'needs the class "Shelf" of the Worker "classless"' in answer.json["errors"][0]["message"]
