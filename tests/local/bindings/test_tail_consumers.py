"""Workers whose `tail()` gets what other Workers have handled, in workerd processes of their own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.daemon.uploads import Account
from tests.support.http import request
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

MAKER = """
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
export class Room extends DurableObject { enter() { console.log("in the room"); } }
export class Desk extends WorkerEntrypoint { add(a, b) { console.warn("at the desk"); return a + b; } }
export default {
  async fetch({ url }, env, ctx) {
    const { pathname } = new URL(url);
    console.log("asked", { for: pathname });
    if (pathname === "/throw") throw new TypeError("planned");
    if (pathname === "/object") await env.ROOM.getByName("x").enter();
    if (pathname === "/rpc") await env.DESK.add(1, 2);
    if (pathname === "/later") ctx.waitUntil(scheduler.wait(100).then(() => console.log("afterwards")));
    return new Response("made");
  },
  scheduled({ cron }) { console.log("at", cron); },
};
"""
MADE: dict[str, Any] = {
    "bindings": [
        {"type": "durable_object_namespace", "name": "ROOM", "class_name": "Room"},
        {"type": "service", "name": "DESK", "service": "maker", "entrypoint": "Desk"},
    ],
    "migrations": {"new_tag": "v1", "steps": [{"new_sqlite_classes": ["Room"]}]},
}
CONSUMER = """
let seen = [];
export default {
  ARGUMENTS { seen.push(...events); },
  fetch() { const all = seen; seen = []; return Response.json(all); },
};
"""
IN_CLASS = """
import { WorkerEntrypoint } from "cloudflare:workers";
let seen = [];
export default class extends WorkerEntrypoint {
  tail(events) { this.ctx.waitUntil(Promise.resolve()); seen.push(...events); }
  fetch() { const all = seen; seen = []; return Response.json(all); }
}
"""


def take(url: str, count: int) -> list[Any]:
    """The events that a consumer has had, once there are so many."""
    taken: list[Any] = []

    def are_there() -> bool:
        taken.extend(request(url).json)
        return len(taken) >= count

    eventually(are_there)
    assert len(taken) == count
    return taken


def consumer(arguments: str) -> str:
    return CONSUMER.replace("ARGUMENTS", arguments)


@pytest.mark.parametrize(
    "script",
    [
        consumer("tail(events)"),
        consumer("async tail(events, env, ctx)"),
        consumer("tail: (events, env) =>"),
        IN_CLASS,
    ],
    ids=["method", "with context", "arrow", "class"],
)
def test_a_consumer_of_every_form_gets_events(account: Account, script: str) -> None:
    taker = account.deploy("taker", script)
    maker = account.deploy("maker", MAKER, **MADE, tail_consumers=[{"service": "taker"}])
    assert request(f"{maker}/path?q=1", headers={"X-Test": "yes"}).text == "made"
    (event,) = take(taker, 1)
    assert (event["scriptName"], event["outcome"], event["exceptions"]) == ("maker", "ok", [])
    assert event["logs"][0] | {"timestamp": 0} == {
        "level": "log",
        "message": ["asked", {"for": "/path"}],
        "timestamp": 0,
    }
    assert event["event"]["request"]["method"] == "GET"
    assert event["event"]["request"]["url"] == f"{maker}/path?q=1"
    assert event["event"]["request"]["headers"]["x-test"] == "yes"
    assert event["event"]["response"] == {"status": 200}
    assert event["eventTimestamp"] > 1_700_000_000_000
    assert event["scriptVersion"]["id"]


def test_every_kind_of_call_is_reported(account: Account) -> None:
    taker = account.deploy("taker", consumer("tail(events)"))
    maker = account.deploy("maker", MAKER, **MADE, tail_consumers=[{"service": "taker"}])

    assert request(f"{maker}/throw").status == 500
    (thrown,) = take(taker, 1)
    assert thrown["outcome"] == "exception"
    assert (thrown["exceptions"][0]["name"], thrown["exceptions"][0]["message"]) == ("TypeError", "planned")

    request(f"{maker}/object")
    assert {event["entrypoint"] for event in take(taker, 2) if "entrypoint" in event} == {"Room"}
    request(f"{maker}/rpc")
    assert {"rpcMethod": "add"} in [event["event"] for event in take(taker, 2)]
    request(f"{maker}/later")
    (later,) = take(taker, 1)
    assert [log["message"] for log in later["logs"]][-1] == ["afterwards"]
    account.platform.call("local/workers/maker/trigger-cron", method="POST", body={"cron": "0 1 1 1 *"})
    (cron,) = take(taker, 1)
    assert cron["event"]["cron"] == "0 1 1 1 *"


def test_several_consumers_and_one_that_cannot(account: Account) -> None:
    one = account.deploy("taker", consumer("tail(events)"))
    two = account.deploy("second", IN_CLASS)
    account.deploy("failing", "export default { tail() { throw new Error('no') } };")
    account.deploy("deaf", "export default { fetch: () => new Response('') };")
    names = ["taker", "second", "second", "failing", "deaf", "absent"]
    maker = account.deploy("maker", MAKER, **MADE, tail_consumers=[{"service": name} for name in names])
    assert request(maker).text == "made"
    assert request(maker).text == "made"
    assert len(take(one, 2)) == len(take(two, 2)) == 2

    log = account.platform.home / "workers" / "maker" / "worker.log"
    said = eventually(lambda: (text := log.read_text()).count("did not take") >= 3 and text)
    for name, reason in (("failing", "no"), ("deaf", "it has no tail()"), ("absent", "is not deployed")):
        (line,) = [line for line in said.splitlines() if f'"{name}\\"' in line or f'"{name}"' in line]
        assert reason in line


def test_a_consumer_that_comes_later_or_is_replaced_misses_nothing_after(account: Account) -> None:
    maker = account.deploy("maker", MAKER, **MADE, tail_consumers=[{"service": "late"}])
    assert request(maker).text == "made"
    late = account.deploy("late", consumer("tail(events)"))
    request(maker)
    take(late, 1)
    late = account.deploy("late", IN_CLASS)
    request(maker)
    take(late, 1)


def test_a_worker_that_consumes_its_own_events_is_no_loop(account: Account) -> None:
    own = account.deploy("own", consumer("tail(events)"), tail_consumers=[{"service": "own"}])
    request(own)
    eventually(lambda: len(request(own).json) == 1)


def test_without_the_field_nothing_is_reported_any_more(account: Account) -> None:
    taker = account.deploy("taker", consumer("tail(events)"))
    account.deploy("maker", MAKER, **MADE, tail_consumers=[{"service": "taker"}])
    maker = account.deploy("maker", MAKER + "// changed", **MADE)
    request(maker)
    other = "export default { fetch: () => new Response('other') };"
    request(account.deploy("other", other, tail_consumers=[{"service": "taker"}]))
    (event,) = take(taker, 1)
    assert event["scriptName"] == "other"
