"""What a deploy says of the queues whose messages a Worker gets, by value."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from pywrangler.cloudflare.auth import ApiToken
from pywrangler.cloudflare.client import Client
from pywrangler.deploy.observe import observe
from pywrangler.deploy.plan import Plan, plan_deploy
from pywrangler.deploy.records import DeployedWorker, DeploySettings, Observed
from pywrangler.deploy.worker.local_products import for_local_platform
from pywrangler.deploy.worker.queue_consumers import (
    check_queues,
    differing,
    named_queues,
    own_consumers,
    wanted_consumers,
)
from pywrangler.deploy.worker.resources import Resource, bound_resources
from pywrangler.deploy.worker.trigger_steps import apply_triggers
from pywrangler.deploy.worker.triggers import DeployedTriggers
from pywrangler.errors import ApiError, PywranglerError
from pywrangler.sensitive import Sensitive
from tests.support.api import ACCOUNT, Api, Call, Says, refusal, result, serve
from tests.unit.deploy.samples import a_bundle, a_configuration

FULL = {
    "queue": "jobs",
    "max_batch_size": 5,
    "max_batch_timeout": 1.5,
    "max_retries": 0,
    "max_concurrency": 2,
    "retry_delay": 30,
    "dead_letter_queue": "dead",
}
REQUEST = {
    "type": "worker",
    "script_name": "web",
    "dead_letter_queue": "dead",
    "settings": {
        "batch_size": 5,
        "max_wait_time_ms": 1500,
        "max_retries": 0,
        "max_concurrency": 2,
        "retry_delay": 30,
    },
}


def worker(*consumers: dict[str, Any], producers: tuple[dict[str, Any], ...] = ()) -> Any:
    queues = {"consumers": list(consumers), "producers": list(producers)}
    return a_configuration(containers=(), durable_objects=(), migrations=(), cloudflare={"queues": queues})


def consumer(script: str = "web", **fields: Any) -> dict[str, Any]:
    """As the API gives one."""
    return {"consumer_id": "c", "type": "worker", "script": script, "settings": {}, **fields}


def planned(configuration: Any, **consumers: dict[str, Any]) -> Plan:
    triggers = DeployedTriggers(workers_dev=True, settings={}, consumers=consumers)
    observed = Observed(DeployedWorker(version_id="v", triggers=triggers))
    return plan_deploy(configuration, a_bundle(), {}, observed, DeploySettings(), resolve_image=str)


def test_a_consumer_is_said_in_the_words_of_the_api() -> None:
    assert wanted_consumers(worker(FULL)) == {"jobs": REQUEST}
    bare = {"type": "worker", "script_name": "web", "settings": {}}
    assert wanted_consumers(worker({"queue": "a"}, {"queue": "b", "dead_letter_queue": ""})) == {
        "a": bare,
        "b": bare,
    }
    assert wanted_consumers(worker({"queue": "a", "max_batch_timeout": 0})) == {
        "a": {**bare, "settings": {"max_wait_time_ms": 0}}
    }
    assert wanted_consumers(worker({"queue": "a", "visibility_timeout_ms": 5})) == {"a": bare}
    assert wanted_consumers(a_configuration()) == {}


@pytest.mark.parametrize(
    ("entry", "known", "differs"),
    [
        ({}, None, True),
        ({}, {}, False),
        ({}, {"settings": {"batch_size": 10, "max_retries": 3, "max_wait_time_ms": 5000}}, False),
        ({}, {"settings": {"max_concurrency": None, "retry_delay": None}}, False),
        ({}, {"settings": {"batch_size": 20}}, True),
        ({"max_batch_size": 20}, {"settings": {"batch_size": 20}}, False),
        ({"max_batch_size": 10}, {}, False),
        ({"max_retries": 0}, {}, True),
        ({"max_batch_timeout": 5}, {}, False),
        ({"max_concurrency": 1}, {"settings": {"max_concurrency": 1}}, False),
        ({"dead_letter_queue": "d"}, {}, True),
        ({"dead_letter_queue": "d"}, {"dead_letter_queue": "d"}, False),
        ({}, {"dead_letter_queue": "d"}, True),
        ({}, {"dead_letter_queue": ""}, False),
    ],
)
def test_only_what_differs_is_set(entry: dict[str, Any], known: dict[str, Any] | None, differs: bool) -> None:
    wanted = wanted_consumers(worker({"queue": "jobs", **entry}))
    deployed = {} if known is None else {"jobs": consumer(**known)}
    assert list(differing(wanted, deployed)) == (["jobs"] if differs else [])


def test_the_plan_names_the_queues_whose_consumer_changes() -> None:
    plan = planned(worker(FULL, {"queue": "same"}), same=consumer(), former=consumer())
    assert plan.triggers.consumers == {"jobs": REQUEST}
    assert "~ consume queue jobs" in plan.lines()
    assert not any("same" in line or "former" in line for line in plan.lines())


def test_own_consumers_are_found_among_those_of_all_queues() -> None:
    queues = [
        {"queue_name": "a", "consumers": [consumer("other")]},
        {"queue_name": "b", "consumers": [consumer()]},
        {"queue_name": "c", "consumers": [{**consumer("x"), "service": "web"}]},
        {"queue_name": "d", "consumers": [{"type": "http_pull"}]},
        {"queue_name": "e"},
    ]
    assert sorted(own_consumers(queues, "web")) == ["b", "c"]


def test_each_queue_counts_once_and_dead_letters_where_they_are_made() -> None:
    producers = ({"binding": "A", "queue": "jobs"}, {"binding": "B", "queue": "mail"}, {"binding": "C"})
    configuration = worker(FULL, producers=producers)
    assert named_queues(configuration, with_dead_letters=False) == ("jobs", "mail")
    assert bound_resources(configuration) == tuple(Resource("queue", n) for n in ("jobs", "mail", "dead"))
    assert Resource("queue", "jobs").describe() == "+ create queue jobs"


def test_a_queue_that_does_not_exist_is_named_with_its_cure() -> None:
    configuration = worker(FULL)
    check_queues(configuration, [{"queue_name": "jobs"}])
    with pytest.raises(PywranglerError) as caught:
        check_queues(configuration, [{"queue_name": "dead"}])
    assert "The queue `jobs` in wrangler.jsonc does not exist." in caught.value.message
    assert "`pywrangler queues create jobs`" in str(caught.value.hint)


def test_a_producer_without_a_queue_gets_one_here() -> None:
    configuration = worker(producers=({"binding": "MY_JOBS"}, {"binding": "B", "queue": "q"}))
    made = for_local_platform(configuration, {}).cloudflare["queues"]["producers"]
    assert [entry["queue"] for entry in made] == ["web-my-jobs", "q"]


@contextmanager
def cloudflare(*queues: dict[str, Any], refuses: str | None = None) -> Iterator[tuple[Api, Client]]:
    """An account with these queues, which refuses what is sent to the queue of that name."""

    def answer(call: Call) -> Says:
        if call.path == "/queues":
            name = call.query.get("name")
            return result([queue for queue in queues if name in (None, queue["queue_name"])])
        if refuses and call.path.startswith(f"/queues/id-of-{refuses}/"):
            return refusal(409, 11004, "workers.api.error.consumer_exists")
        is_unknown = call.path.startswith("/workers/services/")
        return refusal(404, 10090, "workers.api.error.service_not_found") if is_unknown else result({})

    with serve(answer) as api, closing(Client(api.url, ACCOUNT, ApiToken(Sensitive("t")))) as client:
        yield api, client


def queue(name: str, *consumers: dict[str, Any]) -> dict[str, Any]:
    return {"queue_id": f"id-of-{name}", "queue_name": name, "consumers": list(consumers)}


def sent(api: Api) -> list[tuple[str, str, Any]]:
    """What was sent about queues."""
    calls = [call for call in api.calls if call.path.startswith("/queues/")]
    return [(call.method, call.path, call.json) for call in calls]


def test_consumers_are_made_or_changed_after_the_upload_as_wrangler_does() -> None:
    configuration = worker(FULL, {"queue": "mail"})
    known = (queue("jobs"), queue("mail", consumer(settings={"batch_size": 7})), queue("other", consumer()))
    with cloudflare(*known) as (api, client):
        apply_triggers(client, planned(configuration).triggers, [].append)
        assert sent(api) == [
            ("POST", "/queues/id-of-jobs/consumers", REQUEST),
            (
                "PUT",
                "/queues/id-of-mail/consumers/c",
                {"type": "worker", "script_name": "web", "settings": {}},
            ),
        ]


def test_a_refused_consumer_keeps_no_other_from_being_set() -> None:
    configuration = worker(FULL, {"queue": "mail"})
    with cloudflare(queue("jobs"), queue("mail"), refuses="jobs") as (api, client):
        with pytest.raises(ApiError, match=r"the consumer of the queue jobs: .*consumer_exists") as caught:
            apply_triggers(client, planned(configuration).triggers, [].append)
        assert [path for _, path, _ in sent(api)] == [
            "/queues/id-of-jobs/consumers",
            "/queues/id-of-mail/consumers",
        ]
        assert caught.value.hint


def test_a_deploy_to_cloudflare_needs_the_queues_before_it_changes_anything() -> None:
    with cloudflare(queue("mail")) as (api, client):
        with pytest.raises(PywranglerError, match="jobs") as caught:
            observe(client, worker(FULL))
        assert caught.value.message == "The queue `jobs` in wrangler.jsonc does not exist."
        assert {call.method for call in api.calls} == {"GET"}
        observe(client, a_configuration(containers=(), durable_objects=(), migrations=()))
        assert [call.path for call in api.calls].count("/queues") == 1
