"""What a deploy says of the queues whose messages a Worker gets, by value."""

from __future__ import annotations

from typing import Any

import pytest

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
from pywrangler.deploy.worker.triggers import DeployedTriggers
from pywrangler.errors import PywranglerError
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
