"""Subscriptions of queues from the command line: what the commands send, show, and refuse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.queues.test_queues import QUEUE, changes, do
from tests.support.api import Call, Handler, Says, result

FOUND: dict[str, Any] = {
    "id": "s1",
    "name": "jobs workflows.workflow",
    "source": {"type": "workflows.workflow", "workflow_name": "flow"},
    "destination": {"type": "queues.queue", "queue_id": "q1"},
    "events": ["instance.started", "instance.failed"],
    "enabled": True,
    "created_at": "2026-01-01",
    "modified_at": "2026-01-02",
}
PATH = "/event_subscriptions/subscriptions"


def account(**changed: Any) -> Handler:
    """Has the queue and a subscription, which is `changed`."""

    def answer(call: Call) -> Says:
        if call.path.endswith("/queues"):
            return result([QUEUE])
        found = {**FOUND, **changed}
        return result([found] if call.method == "GET" and call.path.endswith(PATH) else found)

    return answer


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ("--source kv --events a", {"name": "jobs kv", "source": {"type": "kv"}, "events": ["a"]}),
        (
            "--source artifacts.repo --events a,,b --source-namespace n --source-repo-name r --no-enabled",
            {
                "name": "jobs artifacts.repo",
                "enabled": False,
                "source": {"type": "artifacts.repo", "namespace": "n", "repo_name": "r"},
                "events": ["a", "b"],
            },
        ),
        (
            "--source workflows.workflow --workflow-name flow --events a --name mine",
            {"name": "mine", "source": FOUND["source"], "events": ["a"]},
        ),
    ],
)
def test_a_subscription_is_made(words: str, body: dict[str, Any]) -> None:
    outcome, calls = do(f"queues subscription create jobs {words}", account())
    assert outcome.status == 0, outcome.stderr
    destination = {"type": "queues.queue", "queue_id": "q1"}
    assert changes(calls) == [("POST", PATH, {"enabled": True, **body, "destination": destination})]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("create jobs --source kv --events ,", "names no event"),
        ("create jobs --source email.sending --zone-id z --events a", "needs `--domain`"),
        ("create jobs --source moon --events a", "moon"),
        ("update jobs --id s1", "`--name`, `--events` or `--enabled`"),
    ],
)
def test_what_is_incomplete_is_refused_before_a_call(words: str, said: str) -> None:
    outcome, calls = do(f"queues subscription {words}", account())
    assert (outcome.status, said in outcome.stderr, changes(calls)) == (2, True, [])


def test_subscriptions_are_listed_and_shown() -> None:
    listed, calls = do("queues subscription list jobs --page 2", account())
    assert "instance.started, instance.failed" in listed.stdout
    assert calls[-1].query == {"queue_id": "q1", "page": "2", "per_page": "20"}
    assert do("queues subscription list jobs --json", account())[0].json == [FOUND]
    assert do("queues subscription get jobs --id s1 --json", account())[0].json == FOUND
    shown, _ = do("queues subscription get jobs --id s1", account())
    assert "flow" in shown.stdout


def test_a_subscription_is_changed_and_deleted_for_its_queue_only() -> None:
    words = "--id s1 --name n --events a --no-enabled"
    changed, calls = do(f"queues subscription update jobs {words} --json", account())
    body = {"name": "n", "events": ["a"], "enabled": False}
    assert (changed.json, changes(calls)) == (FOUND, [("PATCH", f"{PATH}/s1", body)])
    _, calls = do("queues subscription delete jobs --id s1 --force", account())
    assert changes(calls) == [("DELETE", f"{PATH}/s1", None)]
    other = account(destination={"type": "queues.queue", "queue_id": "q2"})
    for words in ("update jobs --id s1 --name n", "delete jobs --id s1 -y", "get jobs --id s1"):
        outcome, calls = do(f"queues subscription {words}", other)
        assert (outcome.status, changes(calls)) == (1, []), words
        assert "does not belong to the queue `jobs`" in outcome.stderr
