"""Queues and consumers over the REST API, with a runtime that only notes what it is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from pywrangler.local.rest.app import make_app
from pywrangler.local.rest.queues.messages import Pull
from pywrangler.local.rest.runtimes import Runtimes
from pywrangler.local.store import Store
from tests.local.rest.api import TOKEN, Api
from tests.local.rest.recorder import MemoryValues, Recorder


class NotedMessages:
    """Messages of queues: what was asked."""

    def __init__(self) -> None:
        self.refreshed = 0
        self.purged: list[str] = []
        self.sent: list[tuple[str, Sequence[Mapping[str, Any]]]] = []
        self.pulled: list[tuple[Pull, int, int]] = []
        self.settled: list[tuple[Pull, Any, Any]] = []

    async def refresh(self) -> None:
        self.refreshed += 1

    async def purge(self, queue_id: str) -> None:
        self.purged.append(queue_id)

    async def send(self, queue: str, messages: Sequence[Mapping[str, Any]]) -> None:
        self.sent.append((queue, messages))

    async def pull(self, pull: Pull, limit: int, visible_ms: int) -> Mapping[str, Any]:
        self.pulled.append((pull, limit, visible_ms))
        return {"messages": [{"lease_id": "l1"}], "backlog_count": 3, "backlog_bytes": 30}

    async def settle(
        self, pull: Pull, acks: Sequence[Mapping[str, Any]], retries: Sequence[Mapping[str, Any]]
    ) -> tuple[str, ...]:
        self.settled.append((pull, acks, retries))
        return ("gone",)


@pytest.fixture
def messages() -> NotedMessages:
    return NotedMessages()


@pytest.fixture
async def api(tmp_path: Path, messages: NotedMessages) -> AsyncIterator[Api]:
    """A running API with queues."""
    store = Store.open(tmp_path / "home", b"k" * 32)
    operations, values = Recorder(), MemoryValues()
    app = make_app(store, operations, TOKEN, store.account_id, Runtimes(values, messages=messages))
    async with TestClient(TestServer(app)) as client:
        yield Api(client, store, operations, values)
    store.close()


async def make(api: Api, name: str = "jobs", **settings: Any) -> str:
    """A new queue's path."""
    body = {"queue_name": name, "settings": settings}
    return f"/queues/{(await api.call('POST', '/queues', body)).result['queue_id']}"


async def test_queues_are_made_listed_changed_and_removed(api: Api) -> None:
    path = await make(api, delivery_delay=5)
    await make(api, "mail")
    shown = (await api.call("GET", path)).result
    assert shown["settings"] == {
        "delivery_delay": 5,
        "delivery_paused": False,
        "message_retention_period": 345_600,
    }
    assert (shown["producers_total_count"], shown["consumers_total_count"]) == (0, 0)
    for query, names in (("", ["jobs", "mail"]), ("?name=mail", ["mail"]), ("?name=x", [])):
        listed = (await api.call("GET", f"/queues{query}")).result
        assert [queue["queue_name"] for queue in listed] == names
    second = await api.call("GET", "/queues?page=2&per_page=1")
    assert [queue["queue_name"] for queue in second.result] == ["mail"]
    assert (await api.call("POST", "/queues", {"queue_name": "jobs"})).refusal == (409, 11009)
    body = {"queue_name": "work", "settings": {"delivery_paused": True}}
    changed = (await api.call("PATCH", path, body)).result
    assert (changed["queue_name"], changed["settings"]["delivery_delay"]) == ("work", 5)
    assert (await api.call("PATCH", path, {"queue_name": "mail"})).refusal == (409, 11009)
    assert (await api.call("DELETE", path)).result is None
    assert (await api.call("GET", path)).refusal == (404, 11000)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 10021),
        ({"queue_name": 7}, 10021),
        ({"queue_name": "a b"}, 11003),
        ({"queue_name": "-a"}, 11003),
        ({"queue_name": "a" * 64}, 11003),
        ({"queue_name": "ä"}, 11003),
        ({"queue_name": "a", "settings": {"delivery_delay": -1}}, 100128),
        ({"queue_name": "a", "settings": {"delivery_delay": 86_401}}, 100128),
        ({"queue_name": "a", "settings": {"delivery_delay": "5"}}, 100128),
        ({"queue_name": "a", "settings": {"delivery_delay": True}}, 100128),
        ({"queue_name": "a", "settings": {"message_retention_period": 59}}, 100128),
        ({"queue_name": "a", "settings": {"delivery_paused": "yes"}}, 100128),
        ({"queue_name": "a", "settings": {"unknown": 1}}, 100128),
    ],
)
async def test_what_is_no_queue_is_refused(api: Api, body: dict[str, Any], code: int) -> None:
    assert (await api.call("POST", "/queues", body)).refusal == (400, code)
    assert (await api.call("GET", "/queues")).result == []


async def test_a_queue_of_a_deploy_is_made_once(api: Api, messages: NotedMessages) -> None:
    first = (await api.call("PUT", "/local/queues/jobs")).result
    assert (await api.call("PUT", "/local/queues/jobs")).result == first
    assert messages.refreshed == 1


async def test_a_worker_consumes_a_queue(api: Api, messages: NotedMessages) -> None:
    await api.upload_with_class("chat")
    path = await make(api)
    body = {
        "type": "worker",
        "script_name": "chat",
        "settings": {"batch_size": 5, "max_concurrency": None},
        "dead_letter_queue": "dead",
    }
    made = (await api.call("POST", f"{path}/consumers", body)).result
    assert (made["script"], made["dead_letter_queue"], made["queue_name"]) == ("chat", "dead", "jobs")
    assert (made["settings"]["batch_size"], made["settings"]["max_retries"]) == (5, 3)
    assert [queue["queue_name"] for queue in (await api.call("GET", "/queues")).result] == ["dead", "jobs"]
    assert (await api.call("POST", f"{path}/consumers", body)).refusal == (409, 11004)
    one = f"{path}/consumers/{made['consumer_id']}"
    changed = (await api.call("PUT", one, {**body, "settings": {}, "dead_letter_queue": None})).result
    assert (changed["settings"]["batch_size"], "dead_letter_queue" in changed) == (10, False)
    assert (await api.call("GET", f"{path}/consumers")).result == [changed]
    assert (await api.call("GET", path)).result["consumers"] == [changed]
    before = messages.refreshed
    assert (await api.call("DELETE", one)).result is None
    assert messages.refreshed == before + 1
    assert (await api.call("DELETE", one)).refusal == (404, 11002)


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"type": "worker", "script_name": "none"}, (404, 10007)),
        ({"type": "worker"}, (400, 10021)),
        ({"type": "magic", "script_name": "chat"}, (400, 100127)),
        ({"type": "worker", "script_name": "chat", "settings": {"batch_size": 0}}, (400, 100127)),
        ({"type": "worker", "script_name": "chat", "settings": {"batch_size": 101}}, (400, 100127)),
        ({"type": "worker", "script_name": "chat", "settings": {"max_retries": 101}}, (400, 100127)),
        ({"type": "worker", "script_name": "chat", "settings": {"max_wait_time_ms": 60_001}}, (400, 100127)),
        ({"type": "worker", "script_name": "chat", "settings": {"max_concurrency": 0}}, (400, 100127)),
        ({"type": "worker", "script_name": "chat", "settings": {"retry_delay": 1.5}}, (400, 100127)),
        ({"type": "worker", "script_name": "chat", "settings": {"visibility_timeout_ms": 1}}, (400, 100127)),
        ({"type": "http_pull", "settings": {"max_concurrency": 1}}, (400, 100127)),
    ],
)
async def test_what_is_no_consumer_is_refused(
    api: Api, body: dict[str, Any], refusal: tuple[int, int]
) -> None:
    await api.upload_with_class("chat")
    path = await make(api)
    assert (await api.call("POST", f"{path}/consumers", body)).refusal == refusal
    assert (await api.call("GET", f"{path}/consumers")).result == []


async def test_a_consumer_that_pulls_is_kept_with_its_settings(api: Api) -> None:
    path = await make(api)
    body = {"type": "http_pull", "settings": {"visibility_timeout_ms": 5000}}
    made = (await api.call("POST", f"{path}/consumers", body)).result
    assert ("script" in made, made["settings"]["visibility_timeout_ms"]) == (False, 5000)


async def test_messages_are_purged_and_sent(api: Api, messages: NotedMessages) -> None:
    path = await make(api)
    assert (await api.call("POST", f"{path}/purge", {})).status == 400
    await api.call("POST", f"{path}/purge", {"delete_messages_permanently": True})
    assert messages.purged == [path.removeprefix("/queues/")]
    await api.call("POST", f"{path}/messages", {"body": "ä", "content_type": "text"})
    batch = {"messages": [{"body": [1]}, {"body": {}, "delay_seconds": 2}], "delay_seconds": 1}
    await api.call("POST", f"{path}/messages/batch", batch)
    assert messages.sent == [
        ("jobs", [{"body": "ä".encode(), "content_type": "text", "delay_seconds": None}]),
        (
            "jobs",
            [
                {"body": b"[1]", "content_type": "json", "delay_seconds": 1},
                {"body": b"{}", "content_type": "json", "delay_seconds": 2},
            ],
        ),
    ]
    for wrong in ({"messages": 1}, {"messages": [1]}, {"messages": [{}]}):
        assert (await api.call("POST", f"{path}/messages/batch", wrong)).status == 400


async def test_messages_are_pulled_with_the_settings_of_the_consumer(
    api: Api, messages: NotedMessages
) -> None:
    path = await make(api)
    pull = f"{path}/messages/pull"
    refused = await api.call("POST", pull, {})
    assert (refused.status, "queues consumer http add jobs" in refused.message) == (400, True)
    settings = {"batch_size": 7, "max_retries": 4, "visibility_timeout_ms": 5000}
    body = {"type": "http_pull", "settings": settings, "dead_letter_queue": "dead"}
    await api.call("POST", f"{path}/consumers", body)
    assert (await api.call("POST", pull, {})).result == {
        "message_backlog_count": 3,
        "metadata": {"metrics": {"backlog_count": 3, "backlog_bytes": 30}},
        "messages": [{"lease_id": "l1"}],
    }
    await api.call("POST", pull, {"batch_size": 1, "visibility_timeout_ms": 2000})
    await api.call("PATCH", path, {"settings": {"delivery_paused": True}})
    await api.call("POST", pull, {})
    consumer = Pull(path.removeprefix("/queues/"), 4, "dead")
    assert messages.pulled == [(consumer, 7, 5000), (consumer, 1, 2000), (consumer, 0, 5000)]
    for wrong in ({"batch_size": 0}, {"batch_size": "1"}, {"visibility_timeout_ms": 10**9}):
        assert (await api.call("POST", pull, wrong)).status == 400
    assert len(messages.pulled) == 3


async def test_messages_that_were_pulled_are_acknowledged_or_returned(
    api: Api, messages: NotedMessages
) -> None:
    path = await make(api)
    await api.call("POST", f"{path}/consumers", {"type": "http_pull", "settings": {"retry_delay": 9}})
    body = {
        "acks": [{"lease_id": "a"}, {"lease_id": "gone"}],
        "retries": [{"lease_id": "b"}, {"lease_id": "c", "delay_seconds": 2}],
    }
    assert (await api.call("POST", f"{path}/messages/ack", body)).result == {
        "ackCount": 1,
        "retryCount": 2,
        "warnings": ["The lease `gone` has ended, or never existed."],
    }
    ((_, acks, retries),) = messages.settled
    assert [each["lease_id"] for each in acks] == ["a", "gone"]
    assert [(each["lease_id"], each["delay"]) for each in retries] == [("b", 9), ("c", 2)]
    for wrong in ({"acks": 1}, {"acks": [1]}, {"retries": [{}]}, {"retries": [{"lease_id": 1}]}):
        assert (await api.call("POST", f"{path}/messages/ack", wrong)).status == 400
