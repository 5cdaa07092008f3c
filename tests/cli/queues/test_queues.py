"""Queues from the command line: what the commands send, show, and refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pywrangler.commands.queues.queue import describe
from pywrangler.errors import ExitStatus
from tests.support.api import Call, Handler, Says, in_turn, refusal, result, serve
from tests.support.cli import Outcome, run
from tests.support.platform import Platform

WORKER = {"consumer_id": "c1", "type": "worker", "script": "taker", "settings": {"batch_size": 5}}
PULL = {"consumer_id": "c2", "type": "http_pull", "settings": {"visibility_timeout_ms": 4000}}
BASE = "https://api.example/v4"
QUEUE: dict[str, Any] = {
    "queue_id": "q1",
    "queue_name": "jobs",
    "created_on": "2026-01-01",
    "modified_on": "2026-01-02",
    "producers_total_count": 1,
    "producers": [{"type": "worker", "script": "giver"}],
    "consumers_total_count": 1,
    "consumers": [WORKER],
    "settings": {"delivery_delay": 5, "delivery_paused": False, "message_retention_period": 60},
}


def do(words: str, handler: Handler | None = None, **options: Any) -> tuple[Outcome, list[Call]]:
    """Run a command at Cloudflare, which has `QUEUE` and is played by `handler`."""
    with serve(handler or account(QUEUE)) as api:
        outcome = run(words, environment=api.environment, **options)
    return outcome, api.calls


def account(*queues: dict[str, Any], says: Says | None = None) -> Handler:
    """Says which queues there are, and `says` to everything that changes something."""

    def answer(call: Call) -> Says:
        if call.method != "GET":
            return result(QUEUE) if says is None else says
        name = call.query.get("name")
        return result([queue for queue in queues if name in (None, queue["queue_name"])])

    return answer


def changes(calls: list[Call]) -> list[tuple[str, str, Any]]:
    """What was sent that changes something."""
    sent = [call for call in calls if call.method != "GET"]
    return [(call.method, call.path, call.json if call.body else None) for call in sent]


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ("jobs", {"queue_name": "jobs"}),
        ("jobs --jurisdiction eu", {"queue_name": "jobs", "jurisdiction": "eu"}),
        ("jobs --delivery-delay-secs 0", {"queue_name": "jobs", "settings": {"delivery_delay": 0}}),
        (
            "jobs --delivery-delay-secs 5 --message-retention-period-secs 60",
            {"queue_name": "jobs", "settings": {"delivery_delay": 5, "message_retention_period": 60}},
        ),
    ],
)
def test_a_queue_is_made(words: str, body: dict[str, Any]) -> None:
    outcome, calls = do(f"queues create {words}")
    assert (outcome.status, changes(calls)) == (0, [("POST", "/queues", body)])
    assert [json.loads(line) for line in outcome.stdout.splitlines()] == [
        {"binding": "jobs", "queue": "jobs"},
        {"queue": "jobs"},
    ]


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ("", {"delivery_delay": 5, "message_retention_period": 60}),
        ("--delivery-delay-secs 0", {"delivery_delay": 0, "message_retention_period": 60}),
        ("--message-retention-period-secs 90", {"delivery_delay": 5, "message_retention_period": 90}),
    ],
)
def test_an_update_keeps_what_it_does_not_name(words: str, body: dict[str, Any]) -> None:
    outcome, calls = do(f"queues update jobs {words}")
    assert outcome.status == 0, outcome.stderr
    assert changes(calls) == [("PATCH", "/queues/q1", {"queue_name": "jobs", "settings": body})]


@pytest.mark.parametrize(
    ("words", "change"),
    [
        ("delete jobs", ("DELETE", "/queues/q1", None)),
        ("purge jobs --force", ("POST", "/queues/q1/purge", {"delete_messages_permanently": True})),
        (
            "pause-delivery jobs",
            ("PATCH", "/queues/q1", {"queue_name": "jobs", "settings": {"delivery_paused": True}}),
        ),
        (
            "resume-delivery jobs",
            ("PATCH", "/queues/q1", {"queue_name": "jobs", "settings": {"delivery_paused": False}}),
        ),
        ("consumer remove jobs taker", ("DELETE", "/queues/q1/consumers/c1", None)),
        ("consumer worker remove jobs taker", ("DELETE", "/queues/q1/consumers/c1", None)),
    ],
)
def test_a_queue_is_found_by_its_name_and_changed_by_its_id(words: str, change: tuple[str, str, Any]) -> None:
    outcome, calls = do(f"queues {words}", account(QUEUE))
    assert outcome.status == 0, outcome.stderr
    assert changes(calls) == [change]


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (
            "add jobs taker",
            {"type": "worker", "script_name": "taker", "environment_name": "", "settings": {}},
        ),
        (
            (
                "worker add jobs taker --batch-size 5 --batch-timeout 0 --message-retries 0"
                " --dead-letter-queue dead --max-concurrency 2 --retry-delay-secs 30"
            ),
            {
                "type": "worker",
                "script_name": "taker",
                "environment_name": "",
                "settings": {
                    "batch_size": 5,
                    "max_retries": 0,
                    "max_wait_time_ms": 0,
                    "max_concurrency": 2,
                    "retry_delay": 30,
                },
                "dead_letter_queue": "dead",
            },
        ),
        ("http add jobs", {"type": "http_pull", "settings": {}}),
        (
            (
                "http add jobs --batch-size 1 --message-retries 2 --visibility-timeout-secs 4"
                " --retry-delay-secs 0 --dead-letter-queue dead"
            ),
            {
                "type": "http_pull",
                "settings": {
                    "batch_size": 1,
                    "max_retries": 2,
                    "visibility_timeout_ms": 4000,
                    "retry_delay": 0,
                },
                "dead_letter_queue": "dead",
            },
        ),
    ],
)
def test_a_consumer_is_added_with_wranglers_request(words: str, body: dict[str, Any]) -> None:
    outcome, calls = do(f"queues consumer {words}")
    assert outcome.status == 0, outcome.stderr
    assert changes(calls) == [("POST", "/queues/q1/consumers", body)]


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        ("create jobs --delivery-delay-secs 86401", 2, "`86401`. It must be from 0 to 86400."),
        ("create jobs --delivery-delay-secs -1", 2, "`-1`. It must be from 0 to 86400."),
        ("create jobs --delivery-delay-secs soon", 2, "soon"),
        ("update jobs --message-retention-period-secs 59", 2, "59"),
        ("create jobs --jurisdiction mars", 2, "mars"),
        ("consumer add jobs taker --batch-size 101", 2, "101"),
        ("consumer add jobs", 2, "WORKER"),
        ("purge jobs", 2, "Add `--force`."),
        ("info job", 1, "The queue `job` does not exist."),
        ("info job", 1, "Did you mean `jobs`?"),
        ("delete nothing", 1, "`pywrangler queues create nothing` creates it."),
        ("consumer remove jobs other", 1, "Its consumer is the Worker `taker`."),
        ("consumer http remove jobs", 1, "are not pulled by HTTP"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_changed(words: str, status: int, says: str) -> None:
    outcome, calls = do(f"queues {words}")
    assert (outcome.status, changes(calls)) == (status, [])
    assert says in outcome.stderr


@pytest.mark.parametrize(
    ("words", "answer", "says"),
    [
        ("create jobs", refusal(409, 11009, "taken"), "There is already a queue `jobs`."),
        ("consumer add jobs w", refusal(409, 11004, "consumer_exists"), "already has a consumer"),
        ("consumer add jobs w", refusal(400, 100127, "no"), "settings are not valid"),
        ("update jobs", refusal(400, 100128, "no"), "settings are not valid"),
    ],
)
def test_a_refusal_of_the_api_says_what_to_do(words: str, answer: Says, says: str) -> None:
    outcome, _ = do(f"queues {words}", account(QUEUE, says=answer))
    assert outcome.status == ExitStatus.FAILURE
    assert says in outcome.stderr


def test_queues_and_consumers_are_shown_as_tables_and_as_json() -> None:
    listed, calls = do("queues list --page 2", in_turn(result([QUEUE])))
    assert (listed.stdout.split()[-2:], calls[0].query) == (["1", "1"], {"page": "2"})
    assert do("queues list --json")[0].json == [QUEUE]
    assert do("queues info jobs --json")[0].json == QUEUE
    both = account({**QUEUE, "consumers": [WORKER, PULL]})
    for words, found in (("", [WORKER, PULL]), ("worker ", [WORKER]), ("http ", [PULL])):
        assert do(f"queues consumer {words}list jobs --json", both)[0].json == found
        shown = do(f"queues consumer {words}list jobs", both)[0].stdout
        assert (("taker" in shown), ("4000" in shown)) == (WORKER in found, PULL in found)
    empty = account({**QUEUE, "consumers": []})
    assert "has no such consumer" in do("queues consumer list jobs", empty)[0].stderr


def test_a_queue_is_described_with_its_two_ends() -> None:
    facts = dict(
        describe({**QUEUE, "settings": {"delivery_paused": True}, "jurisdiction": "eu"}, "acc", BASE)
    )
    assert (facts["producers"], facts["consumers"]) == ("worker:giver", "worker:taker")
    assert (facts["delivery"], facts["jurisdiction"]) == ("paused", "eu")
    pulled = dict(describe({**QUEUE, "producers": [], "consumers": [PULL]}, "acc", BASE))
    assert "/accounts/acc/queues/q1/messages/pull" in pulled["consumers"]
    assert "producers" not in pulled


CONSUMER = """
export default {
  async fetch(request, env) { await env.JOBS.send("x"); return new Response("sent"); },
  async queue(batch) { throw new Error(`no use for ${batch.messages[0].body}`); },
};
"""


@pytest.mark.workerd
def test_a_deploy_makes_queues_and_sets_consumers(platform: Platform, tmp_path: Path) -> None:
    from tests.support.http import request
    from tests.support.waiting import eventually

    (tmp_path / "index.js").write_text(CONSUMER)
    consumer = {"queue": "jobs", "max_batch_timeout": 0, "max_retries": 1, "dead_letter_queue": "dead"}
    configuration = {
        "name": "taker",
        "main": "index.js",
        "compatibility_date": "2026-06-01",
        "queues": {"producers": [{"binding": "JOBS", "queue": "jobs"}], "consumers": [consumer]},
    }

    def deploy(*words: str) -> str:
        (tmp_path / "wrangler.json").write_text(json.dumps(configuration))
        outcome = run(["deploy", *words], directory=tmp_path)
        assert outcome.status == 0, outcome.stderr
        return outcome.stdout + outcome.stderr

    planned = deploy("--dry-run")
    for line in ("+ create queue jobs", "+ create queue dead", "~ consume queue jobs"):
        assert line in planned
    deploy()
    assert "Nothing changed" in deploy()
    consumer["max_retries"] = 0
    changed = deploy()
    assert ("= keep Worker taker" in changed, "~ consume queue jobs" in changed) == (True, True)
    listed = run("queues consumer list jobs --json").json
    assert (listed[0]["settings"]["max_retries"], listed[0]["dead_letter_queue"]) == (0, "dead")
    request(platform.worker_url("taker"))
    told = 'Uncaught Error: no use for x (in queue(), queue "jobs")'
    eventually(lambda: told in run("local logs taker").stdout, what="the exception in the log")
    assert run("queues delete dead").status == 0
    assert [queue["queue_name"] for queue in run("queues list --json").json] == ["jobs"]
