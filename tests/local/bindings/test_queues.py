"""Queues: messages reach consumers in other processes, whatever is restarted meanwhile."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import Any
from urllib.parse import quote

import pytest

from tests.local.daemon.uploads import Account
from tests.support.http import Answer, request
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

PRODUCER = """
export default { async fetch(request, env) {
  const { queue, bodies, options, size, repeat } = await request.json();
  const one = (body) => (size ? "x".repeat(size) : body === "function" ? () => body : body);
  try {
    const same = Array.from({ length: repeat ?? 0 }, () => ({ body: one(""), contentType: "text" }));
    if (repeat) await env[queue].sendBatch(same);
    else if (bodies.length === 1) await env[queue].send(one(bodies[0]), options);
    else await env[queue].sendBatch(bodies.map((body) => ({ body: one(body) })), options);
    return new Response("sent");
  } catch (error) { return new Response(error.message, { status: 500 }); }
} };
"""
CONSUMER = """
import { DurableObject } from "cloudflare:workers";
export class Notes extends DurableObject {
  add(entry) { this.ctx.storage.kv.put("all", [...this.all(), entry]); }
  all() { return this.ctx.storage.kv.get("all") ?? []; }
}
const notes = (env) => env.NOTES.get(env.NOTES.idFromName("notes"));
export default {
  async fetch(request, env) { return Response.json(await notes(env).all()); },
  async queue(batch, env) {
    for (const message of batch.messages) {
      const { body, attempts } = message;
      await notes(env).add({ queue: batch.queue, body, attempts, by: "VERSION" });
      if (message.body?.nap) await new Promise((resolve) => setTimeout(resolve, message.body.nap));
      if (message.body?.retries >= message.attempts) message.retry({ delaySeconds: message.body.delay ?? 0 });
      if (message.body?.throws) throw new Error("the consumer is broken");
    }
  },
};
"""
NOTES = {
    "bindings": [{"type": "durable_object_namespace", "name": "NOTES", "class_name": "Notes"}],
    "migrations": {"new_tag": "v1", "steps": [{"new_sqlite_classes": ["Notes"]}]},
}
SOON: dict[str, Any] = {"max_wait_time_ms": 0}


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """Ids of the queues that were made, by name."""
    return {}


@pytest.fixture
def consumer(account: Account) -> str:
    """A Worker that notes what it gets; its address."""
    return account.deploy("taker", CONSUMER, **NOTES)


def queue(account: Account, name: str, settings: dict[str, Any] | None = SOON, **fields: Any) -> str:
    """A new queue that the Worker consumes, where `settings` are given; its id."""
    made = account.platform.call("queues", method="POST", body={"queue_name": name})
    if settings is not None:
        body = {"type": "worker", "script_name": "taker", "settings": settings, **fields}
        account.platform.call(f"queues/{made['queue_id']}/consumers", method="POST", body=body)
    return str(made["queue_id"])


def producer(account: Account, *names: str, **fields: Any) -> str:
    """A Worker with these queues as bindings; its address."""
    bindings = [{"type": "queue", "name": name, "queue_name": name, **fields} for name in names]
    return account.deploy("giver", PRODUCER, bindings=bindings)


def send(address: str, name: str, *bodies: Any, **fields: Any) -> Answer:
    """Have the Worker send messages."""
    body = {"queue": name, "bodies": bodies, **fields}
    return request(address, method="POST", body=json.dumps(body).encode())


def noted(address: str, name: str) -> list[dict[str, Any]]:
    """What the consumer got of a queue."""
    answer = request(address)
    return [entry for entry in answer.json if entry["queue"] == name] if answer.status == 200 else []


def arrived(address: str, name: str, count: int) -> list[dict[str, Any]]:
    """The same, when there are so many."""
    eventually(lambda: len(noted(address, name)) >= count, what=f"{count} messages of {name}")
    return noted(address, name)


def kill_queues(account: Account) -> None:
    os.kill(int((account.platform.home / "queues/workerd.pid").read_text()), signal.SIGKILL)


def test_messages_reach_a_worker_in_another_process_with_their_settings(
    account: Account, consumer: str
) -> None:
    queue(account, "plain")
    queue(account, "failed")
    queue(account, "fragile", {**SOON, "max_retries": 1}, dead_letter_queue="failed")
    address = producer(account, "plain", "fragile")
    assert send(address, "plain", {"a": 1}, "two", None).text == "sent"
    assert [entry["body"] for entry in arrived(consumer, "plain", 3)] == [{"a": 1}, "two", None]
    send(address, "plain", {"retries": 1, "delay": 1})
    assert [entry["attempts"] for entry in arrived(consumer, "plain", 5)[3:]] == [1, 2]
    send(address, "fragile", {"throws": True})
    assert arrived(consumer, "failed", 1)[0]["body"] == {"throws": True}
    assert [entry["attempts"] for entry in noted(consumer, "fragile")] == [1, 2]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"size": 128_001, "options": {"contentType": "text"}}, "128001 bytes is too large"),
        ({"size": 100_000, "repeat": 3}, "A batch of 300000 bytes is too large"),
        ({"size": 1, "repeat": 101}, "101 messages are too many for a batch"),
        ({"options": {"delaySeconds": 86_401}}, "A delay of 86401 s is not possible"),
        ({"options": {"delaySeconds": -1}}, "A delay of -1 s is not possible"),
        ({"bodies": ["function"]}, "The message has no form in JSON"),
        ({"bodies": ["function", "x"]}, "The message has no form in JSON"),
    ],
)
def test_what_a_queue_does_not_take_is_refused_with_its_reason(
    account: Account, consumer: str, made: dict[str, str], fields: dict[str, Any], words: str
) -> None:
    if "limits" not in made:
        made["limits"] = queue(account, "limits", None)
        made["address"] = producer(account, "limits")
    answer = send(made["address"], "limits", "x", **fields)
    assert (answer.status, words in answer.text) == (500, True), answer.text
    largest = {"size": 128_000, "options": {"contentType": "text", "delaySeconds": 86_400}}
    assert send(made["address"], "limits", "x", **largest).text == "sent"


def test_a_queue_that_was_deleted_is_named_and_a_new_one_begins_empty(
    account: Account, consumer: str
) -> None:
    identifier = queue(account, "gone", None)
    address = producer(account, "gone")
    send(address, "gone", "former")
    account.platform.call(f"queues/{identifier}", method="DELETE")
    assert 'The queue "gone" does not exist' in send(address, "gone", "lost").text
    queue(account, "gone")
    send(address, "gone", "new")
    assert [entry["body"] for entry in arrived(consumer, "gone", 1)] == ["new"]


def test_nothing_is_bound_to_a_queue_that_does_not_exist(account: Account) -> None:
    binding = {"type": "queue", "name": "Q", "queue_name": "nowhere"}
    answer = account.upload("unbound", PRODUCER, bindings=[binding])
    assert (answer.status, "needs the queue `nowhere`" in answer.text) == (400, True)


def test_paused_messages_wait_and_purged_ones_are_gone(account: Account, consumer: str) -> None:
    identifier = queue(account, "pausing")
    address = producer(account, "pausing")
    change = {"settings": {"delivery_paused": True}}
    account.platform.call(f"queues/{identifier}", method="PATCH", body=change)
    send(address, "pausing", "purged")
    body = {"delete_messages_permanently": True}
    account.platform.call(f"queues/{identifier}/purge", method="POST", body=body)
    send(address, "pausing", "kept")
    time.sleep(1)  # nothing may happen in it
    assert noted(consumer, "pausing") == []
    change = {"settings": {"delivery_paused": False}}
    account.platform.call(f"queues/{identifier}", method="PATCH", body=change)
    assert [entry["body"] for entry in arrived(consumer, "pausing", 1)] == ["kept"]


def test_a_delay_is_the_messages_the_bindings_or_the_queues(account: Account, consumer: str) -> None:
    identifier = queue(account, "late")
    change = {"settings": {"delivery_delay": 3600}}
    account.platform.call(f"queues/{identifier}", method="PATCH", body=change)
    address = producer(account, "late")
    send(address, "late", "the queue's")
    send(address, "late", "its own", options={"delaySeconds": 0})
    address = producer(account, "late", delivery_delay=1)
    begin = time.monotonic()
    send(address, "late", "the binding's")
    assert [entry["body"] for entry in arrived(consumer, "late", 2)] == ["its own", "the binding's"]
    assert time.monotonic() - begin >= 1


def test_nothing_is_lost_when_the_runtime_of_queues_is_killed(account: Account, consumer: str) -> None:
    queue(account, "killed", {**SOON, "max_retries": 0, "batch_size": 1})
    address = producer(account, "killed")
    assert send(address, "killed", {"nap": 3000}).text == "sent"
    arrived(consumer, "killed", 1)
    kill_queues(account)  # while the consumer has the only attempt
    assert send(address, "killed", "after").text == "sent"
    found = arrived(consumer, "killed", 3)
    assert sorted(str(entry["body"]) for entry in found) == ["after", "{'nap': 3000}", "{'nap': 3000}"]
    assert {entry["attempts"] for entry in found} == {1}


def test_nothing_is_lost_when_the_platform_is_killed(account: Account, consumer: str) -> None:
    queue(account, "survivor", {**SOON, "max_wait_time_ms": 2000})
    address = producer(account, "survivor")
    assert send(address, "survivor", *range(20)).text == "sent"
    account.platform.kill()
    account.platform.start()
    consumer = account.platform.worker_url("taker")
    found = arrived(consumer, "survivor", 20)
    assert {entry["body"] for entry in found} == set(range(20))


def test_messages_wait_while_their_consumer_is_replaced(account: Account, consumer: str) -> None:
    queue(account, "replaced", {**SOON, "max_retries": 0, "batch_size": 1})
    address = producer(account, "replaced")
    for number in range(3):
        send(address, "replaced", *range(number * 10, number * 10 + 10))
        account.deploy("taker", CONSUMER.replace("VERSION", str(number)), **NOTES)
    found = arrived(consumer, "replaced", 30)
    assert {entry["body"] for entry in found} == set(range(30))
    assert {entry["attempts"] for entry in found} == {1}


def test_a_consumer_that_crashes_gets_its_message_again(account: Account, consumer: str) -> None:
    queue(account, "crashing")
    address = producer(account, "crashing")
    send(address, "crashing", {"nap": 2000})
    arrived(consumer, "crashing", 1)
    os.kill(int((account.platform.home / "workers/taker/workerd.pid").read_text()), signal.SIGKILL)
    found = arrived(consumer, "crashing", 2)
    assert [entry["attempts"] for entry in found] == [1, 2]


def test_messages_wait_for_a_consumer_that_does_not_start(account: Account, consumer: str) -> None:
    queue(account, "patient", {**SOON, "max_retries": 0})
    address = producer(account, "patient")
    account.platform.end()
    modules = [
        file
        for file in account.platform.home.rglob("*")
        if file.is_file() and b"class Notes extends" in file.read_bytes() and file.suffix != ".sqlite"
    ]
    assert modules
    for file in modules:
        file.rename(file.with_name(file.name + ".away"))
    account.platform.start()
    eventually(lambda: account.platform.call("local/workers/taker")["state"] == "failed", what="the failure")
    address = account.platform.worker_url("giver")
    eventually(lambda: send(address, "patient", "x").text == "sent", what="the producer")
    time.sleep(2)  # nothing may happen in it
    consumer = account.deploy("taker", CONSUMER.replace("VERSION", "repaired"), **NOTES)
    found = arrived(consumer, "patient", 1)
    assert {(entry["body"], entry["attempts"], entry["by"]) for entry in found} == {("x", 1, "repaired")}


def test_a_consumer_of_messages_that_wait_gets_them(account: Account, consumer: str) -> None:
    identifier = queue(account, "waiting", None)
    address = producer(account, "waiting")
    send(address, "waiting", "early")
    body = {"type": "worker", "script_name": "taker", "settings": {**SOON, "max_concurrency": 1}}
    path = f"queues/{identifier}/consumers"
    added = account.platform.call(path, method="POST", body=body)
    assert [entry["body"] for entry in arrived(consumer, "waiting", 1)] == ["early"]
    account.platform.call(f"{path}/{added['consumer_id']}", method="DELETE")
    send(address, "waiting", "later")
    body["settings"] = {**SOON, "max_concurrency": 250}
    account.platform.call(path, method="POST", body=body)
    assert [entry["body"] for entry in arrived(consumer, "waiting", 2)] == ["early", "later"]


def test_programs_outside_send_over_the_api(account: Account, consumer: str) -> None:
    identifier = queue(account, "outside")
    messages = f"queues/{identifier}/messages"
    account.platform.call(messages, method="POST", body={"body": {"ä": [1]}})
    account.platform.call(messages, method="POST", body={"body": "text", "content_type": "text"})
    batch = {"messages": [{"body": 1}, {"body": None, "content_type": "json"}], "delay_seconds": 1}
    account.platform.call(f"{messages}/batch", method="POST", body=batch)
    found = [entry["body"] for entry in arrived(consumer, "outside", 4)]
    assert (found[:2], sorted(map(str, found[2:]))) == ([{"ä": [1]}, "text"], ["1", "None"])
    for wrong in (
        {},
        {"body": 1, "content_type": "text"},
        {"body": "x" * 128_000},
        {"body": 1, "delay_seconds": -1},
    ):
        answer = account.platform.send(messages, method="POST", body=wrong)
        assert answer.status >= 400, answer.text


def pulled(account: Account, queue_id: str, **body: Any) -> list[dict[str, Any]]:
    """Messages that a client gets."""
    answer = account.platform.call(f"queues/{queue_id}/messages/pull", method="POST", body=body)
    return list(answer["messages"])


def settle(account: Account, queue_id: str, **body: Any) -> Any:
    return account.platform.call(f"queues/{queue_id}/messages/ack", method="POST", body=body)


def leases(messages: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"lease_id": message["lease_id"]} for message in messages]


def test_a_client_pulls_acknowledges_and_retries(account: Account) -> None:
    dead = queue(account, "spent", None)
    identifier = queue(account, "pulled", None)
    path = f"queues/{identifier}"
    assert account.platform.send(f"{path}/messages/pull", method="POST", body={}).status == 400
    for name, settings in ((dead, {}), (identifier, {"max_retries": 1})):
        consumer = {"type": "http_pull", "settings": settings, "dead_letter_queue": "spent"}
        fields = {**consumer, "dead_letter_queue": "spent" if name == identifier else ""}
        account.platform.call(f"queues/{name}/consumers", method="POST", body=fields)
    batch = [{"body": {"a": 1}}, {"body": "text", "content_type": "text"}, {"body": 3}]
    account.platform.call(f"{path}/messages/batch", method="POST", body={"messages": batch})
    first = pulled(account, identifier, batch_size=2)
    assert [(m["body"], m["attempts"]) for m in first] == [("eyJhIjoxfQ==", 1), ("text", 1)]
    assert [m["metadata"]["CF-Content-Type"] for m in first] == ["json", "text"]
    (third,) = pulled(account, identifier, visibility_timeout_ms=1000)
    assert pulled(account, identifier) == []
    kill_queues(account)  # leases outlive the process
    pull = {"method": "POST", "body": {}}
    eventually(lambda: account.platform.send(f"{path}/messages/pull", **pull).status == 200, what="a pull")
    retries = [{**leases(first)[1], "delay_seconds": 0}]
    settled = settle(account, identifier, acks=[*leases(first[:1]), {"lease_id": "none"}], retries=retries)
    assert (settled["ackCount"], settled["retryCount"], len(settled["warnings"])) == (1, 1, 1)
    (again,) = pulled(account, identifier)
    assert (again["id"], again["attempts"]) == (first[1]["id"], 2)
    settle(account, identifier, retries=leases([again]))
    eventually(lambda: pulled(account, identifier), what="the message whose lease ended")
    (letter,) = pulled(account, dead)
    assert (letter["id"], letter["body"], letter["attempts"]) == (again["id"], "text", 1)
    late = settle(account, identifier, acks=leases([third]))
    assert (late["ackCount"], len(late["warnings"])) == (0, 1)
    account.platform.call(path, method="PATCH", body={"settings": {"delivery_paused": True}})
    account.platform.call(f"{path}/messages", method="POST", body={"body": 4})
    assert pulled(account, identifier) == []


def test_a_consumer_goes_with_its_worker(account: Account, consumer: str) -> None:
    identifier = queue(account, "orphan")
    shown = account.platform.call(f"queues/{identifier}")
    assert [each["script"] for each in shown["consumers"]] == ["taker"]
    account.platform.call(f"workers/scripts/{quote('taker')}?force=true", method="DELETE")
    account.migrated.discard("taker")
    assert account.platform.call(f"queues/{identifier}")["consumers_total_count"] == 0
