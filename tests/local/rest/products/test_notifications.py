"""Event notifications of buckets over the REST API."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.local.rest.runtimes import Runtimes
from tests.local.rest.api import Api
from tests.local.rest.products.memory import MemoryObjects
from tests.local.rest.test_queues import NotedMessages

RULES = "/event_notifications/r2/files/configuration"


@pytest.fixture
def objects() -> MemoryObjects:
    return MemoryObjects()


@pytest.fixture
def runtimes(objects: MemoryObjects) -> Runtimes:
    return Runtimes(objects=objects, messages=NotedMessages())


@pytest.fixture
async def rules(api: Api) -> str:
    """The path of the rules of a bucket and a queue."""
    await api.call("POST", "/r2/buckets", {"name": "files"})
    queue = (await api.call("POST", "/queues", {"queue_name": "jobs"})).result
    return f"{RULES}/queues/{queue['queue_id']}"


def rule(*actions: str, **fields: str) -> dict[str, Any]:
    return {"actions": list(actions), **fields}


async def test_rules_are_added_listed_and_deleted(api: Api, rules: str, objects: MemoryObjects) -> None:
    assert (await api.call("GET", RULES)).result == {"bucketName": "files", "queues": []}
    given = [
        rule("PutObject", prefix="in/", description="new files"),
        rule("DeleteObject", suffix=".txt"),
        rule("PutObject", prefix="out/"),
    ]
    assert (await api.call("PUT", rules, {"rules": given})).result == {}
    (queue,) = (await api.call("GET", RULES)).result["queues"]
    assert queue == (await api.call("GET", rules)).result
    assert queue["queueName"] == "jobs"
    kept = [{name: each.get(name) for name in ("prefix", "suffix", "actions")} for each in queue["rules"]]
    assert kept == [
        {"prefix": "in/", "suffix": "", "actions": ["PutObject"]},
        {"prefix": "", "suffix": ".txt", "actions": ["DeleteObject"]},
        {"prefix": "out/", "suffix": "", "actions": ["PutObject"]},
    ]
    assert [each.get("description") for each in queue["rules"]] == ["new files", None, None]
    assert objects.refreshed == 1

    ids = [each["ruleId"] for each in queue["rules"]]
    assert (await api.call("DELETE", rules, {"ruleIds": [ids[0], "other"]})).refusal == (404, 11015)
    assert (await api.call("DELETE", rules, {"ruleIds": ids[:1]})).result == {}
    assert [each["ruleId"] for each in (await api.call("GET", rules)).result["rules"]] == ids[1:]
    assert (await api.call("DELETE", rules)).result == {}
    assert (await api.call("DELETE", rules)).refusal == (404, 11015)
    assert objects.refreshed == 3


@pytest.mark.parametrize(
    ("second", "overlaps"),
    [
        (rule("PutObject", prefix="in/a"), True),
        (rule("CopyObject", "PutObject"), True),
        (rule("PutObject", prefix="in/", suffix=".txt"), True),
        (rule("DeleteObject", prefix="in/"), False),
        (rule("PutObject", prefix="out/"), False),
    ],
)
async def test_no_event_is_sent_twice(api: Api, rules: str, second: dict[str, Any], overlaps: bool) -> None:
    await api.call("PUT", rules, {"rules": [rule("PutObject", prefix="in/")]})
    answer = await api.call("PUT", rules, {"rules": [second]})
    assert answer.status == (409 if overlaps else 200)
    assert len((await api.call("GET", rules)).result["rules"]) == (1 if overlaps else 2)
    if overlaps:
        assert answer.refusal == (409, 11020)


async def test_what_is_no_rule_is_refused(api: Api, rules: str) -> None:
    unknown, no_text = rule("PutObject", "Rename"), {"actions": ["PutObject"], "prefix": 1}
    for given in (None, [], [1], [{}], [{"actions": []}], [unknown], [no_text]):
        assert (await api.call("PUT", rules, {"rules": given})).status == 400, given
    assert (await api.call("GET", rules)).result["rules"] == []


async def test_a_bucket_has_a_hundred_rules_at_most(api: Api, rules: str) -> None:
    many = [rule("PutObject", prefix=f"{number:03d}/") for number in range(101)]
    answer = await api.call("PUT", rules, {"rules": many})
    assert answer.refusal == (400, 11010)
    assert "at most 100 rules" in answer.message


async def test_rules_go_with_their_bucket(api: Api, rules: str) -> None:
    await api.call("PUT", rules, {"rules": [rule("PutObject")]})
    await api.call("DELETE", "/r2/buckets/files")
    assert (await api.call("GET", rules)).refusal == (404, 10006)
    await api.call("POST", "/r2/buckets", {"name": "files"})
    assert (await api.call("GET", rules)).result["rules"] == []
