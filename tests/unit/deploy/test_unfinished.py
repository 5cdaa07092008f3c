"""Whether what runs is what an application says: the newest rollout and the instances, judged by value."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.cloudflare.workers import ObjectNamespace
from pywrangler.deploy.applications.plan import KeepApplication, ModifyApplication
from pywrangler.deploy.applications.settings import application_body, create_request
from pywrangler.deploy.applications.unfinished import Rolled, Running, judge_rollout
from pywrangler.deploy.plan import Plan, plan_deploy
from pywrangler.deploy.records import DeployedWorker, DeploySettings, Observed
from tests.unit.deploy.samples import a_bundle, a_configuration, a_container

NEW, OLD = "registry.example/a/web-hello@sha256:2", "registry.example/a/web-hello@sha256:1"
BODY = application_body(a_configuration(), a_container(), NEW, None)
SIZES = {"vcpu": 0.0625, "memory_mib": 256, "disk": {"size_mb": 2000}}
APPLICATION = {"id": "1234", "version": 3, **create_request(BODY, "a" * 32)}


def rollout(status: str, target: str = NEW, current: str = OLD, **fields: Any) -> dict[str, Any]:
    """A rollout as the platform and Cloudflare show it: a configuration has sizes for the instance type."""
    return {
        "id": "r",
        "status": status,
        "target_configuration": {"image": target, **SIZES},
        "current_configuration": {"image": current, **SIZES},
        **fields,
    }


@pytest.mark.parametrize(
    ("running", "rolled"),
    [
        (Running(), Rolled.OUT),
        (Running(None, {3}), Rolled.OUT),
        (Running(None, {1}), Rolled.MISSING),
        (Running(None, {1, 3}), Rolled.MISSING),
        (Running(rollout("completed")), Rolled.OUT),
        (Running(rollout("completed", target=OLD)), Rolled.MISSING),
        (Running(rollout("progressing")), Rolled.UNFINISHED),
        (Running(rollout("pending")), Rolled.UNFINISHED),
        (Running(rollout("progressing", target=OLD)), Rolled.MISSING),
        (Running(rollout("progressing", reason="the engine does not answer")), Rolled.MISSING),
        (Running(rollout("progressing", reason=None)), Rolled.UNFINISHED),
        # Taken back: the application is the former one again, unless it was changed once more since then.
        (Running(rollout("reverted", target=OLD, current=NEW)), Rolled.OUT),
        (Running(rollout("reverted", target=OLD, current=OLD)), Rolled.MISSING),
        (Running({"status": "completed"}), Rolled.OUT),
        (
            Running(rollout("completed", target_configuration={"image": NEW, "instance_type": "lite"})),
            Rolled.OUT,
        ),
        (
            Running(rollout("completed", target_configuration={"image": NEW, **SIZES, "memory_mib": 1024})),
            Rolled.MISSING,
        ),
        (
            Running(rollout("completed", target_configuration={"image": NEW, "instance_type": "basic"})),
            Rolled.MISSING,
        ),
        # What only one of the two mentions says nothing.
        (Running(rollout("completed", target_configuration={"image": NEW, "dns": {}})), Rolled.OUT),
    ],
)
def test_the_newest_rollout_says_what_runs(running: Running, rolled: Rolled) -> None:
    assert judge_rollout(APPLICATION, running, BODY, lambda reference: reference) is rolled


def planned(running: Running, image: str = NEW, **options: Any) -> Plan:
    observed = Observed(
        DeployedWorker(version_id="v"),
        {"web-hello": APPLICATION},
        [ObjectNamespace("a" * 32, "web", "Hello", "web_Hello")],
        running={"web-hello": running},
    )
    return plan_deploy(
        a_configuration(),
        a_bundle(),
        {"web-hello": image},
        observed,
        DeploySettings(**options),
        resolve_image=str,
    )


def test_a_rollout_under_way_is_waited_for() -> None:
    under_way = rollout("progressing")
    made = planned(Running(under_way))
    (change,) = made.applications
    assert isinstance(change, KeepApplication)
    assert made.unfinished == {"web-hello": under_way}
    assert change.lines()[1:] == ["    wait for its rollout, which has not ended"]


def test_an_application_that_was_changed_gets_the_rollout_that_it_lacks() -> None:
    (change,) = planned(Running(rollout("completed", target=OLD))).applications
    assert isinstance(change, ModifyApplication)
    assert change.modification is None
    assert change.rollout is not None
    assert change.rollout["target_configuration"]["image"] == NEW
    assert change.lines()[1:] == ["    replace instances that an earlier deploy did not replace"]


def test_another_deploy_replaces_a_rollout_that_is_under_way() -> None:
    made = planned(Running(rollout("progressing")), image=OLD)
    (change,) = made.applications
    assert isinstance(change, ModifyApplication)
    assert change.modification is not None
    assert change.rollout is not None
    assert made.unfinished == {}


def test_without_a_rollout_nothing_is_taken_up() -> None:
    made = planned(Running(rollout("progressing")), rollout="none")
    assert made.applications == ()
    assert made.unfinished == {}
