"""Waiting for a rollout at Cloudflare: what is shown, what holds it back, and that it ends in time."""

from __future__ import annotations

import time
from typing import Any

import pytest

from pywrangler.cloudflare.auth import ApiToken
from pywrangler.cloudflare.client import Client
from pywrangler.deploy.readiness.instance_health import describe_trouble
from pywrangler.deploy.readiness.rollouts import wait_for_rollout
from pywrangler.errors import NotReadyError
from pywrangler.sensitive import Sensitive
from tests.support.api import ACCOUNT, Call, Handler, Says, refusal, result, serve


def an_instance(name: str, **status: Any) -> dict[str, Any]:
    events = status.pop("events", [])
    return {
        "id": name,
        "location": "sfo06",
        "app_version": 2,
        "current_placement": {"status": status, "events": events},
    }


PULL_ERROR = {"time": "2026-11-01T00:00:01Z", "name": "ImagePullError", "message": "manifest unknown"}
STARTED = {"time": "2026-11-01T00:00:02Z", "name": "ContainerStarted", "message": ""}


def test_instances_that_do_not_run_are_reported_with_their_reason() -> None:
    instances = [
        an_instance("a", health="healthy", container_status="running"),
        an_instance("b", health="unhealthy", events=[PULL_ERROR]),
        an_instance("c", container_status="failed", reason="exit code 1"),
        an_instance("d", container_status="running", events=[PULL_ERROR, STARTED]),
        an_instance("e", container_status="placed", events=[PULL_ERROR]),
        {**an_instance("old", container_status="failed"), "app_version": 1},
        {"id": "f"},
    ]
    assert describe_trouble(instances, 2) == [
        "instance b (sfo06): unhealthy: ImagePullError: manifest unknown",
        "instance c (sfo06): failed: exit code 1",
        "instance e (sfo06): placed: ImagePullError: manifest unknown",
    ]


def test_many_are_counted() -> None:
    failed = [an_instance(str(number), container_status="failed") for number in range(8)]
    assert describe_trouble(failed, None)[-1] == "and 3 more"


def wait(handler: Handler, timeout_seconds: float = 10) -> tuple[NotReadyError | None, list[str]]:
    shown: list[str] = []
    with serve(handler) as api:
        client = Client(api.environment["CLOUDFLARE_API_BASE_URL"], ACCOUNT, ApiToken(Sensitive("t")))
        try:
            application = {"id": "1", "name": "web"}
            problem = wait_for_rollout(
                client, application, {"id": "r"}, timeout_seconds=timeout_seconds, report=shown.append
            )
        finally:
            client.close()
    return problem, shown


def rollout(status: str, updated: int = 0) -> Says:
    progress = {"updated_instances": updated, "total_instances": 3}
    return result({"id": "r", "status": status, "target_version": 2, "progress": progress})


def test_it_ends_with_the_rollout() -> None:
    answers = iter([rollout("pending"), rollout("progressing", 1), rollout("completed", 3)])
    problem, shown = wait(lambda _: next(answers))
    assert problem is None
    assert shown == [
        "pending, 0 of 3 instances updated",
        "progressing, 1 of 3 instances updated",
        "completed, 3 of 3 instances updated",
    ]


def test_one_that_does_not_end_is_reported_in_time_with_what_holds_it_back() -> None:
    def answer(call: Call) -> Says:
        if "/rollouts/" in call.path:
            return rollout("progressing", 1)
        instances = [an_instance("b", health="unhealthy", events=[PULL_ERROR])]
        return result({"instances": instances, "durable_objects": []})

    began = time.monotonic()
    problem, _ = wait(answer, timeout_seconds=0.3)
    assert time.monotonic() - began < 30
    assert problem is not None
    assert "1 of 3 instances updated" in problem.message
    assert problem.detail == "instance b (sfo06): unhealthy: ImagePullError: manifest unknown"
    assert "containers instances 1" in str(problem.hint)


@pytest.mark.parametrize("status", ["reverted", "replaced"])
def test_one_that_was_taken_back_or_replaced_is_a_problem(status: str) -> None:
    problem, _ = wait(lambda _: rollout(status))
    assert problem is not None
    assert f"it was {status}" in problem.message


def test_an_api_that_refuses_leaves_the_deploy_done_and_not_ready() -> None:
    problem, _ = wait(lambda _: refusal(403, 10000, "forbidden"))
    assert problem is not None
    assert "is deployed" in problem.message
    assert "forbidden" in problem.message
