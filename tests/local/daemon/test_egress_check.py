"""A changed wish about the network reaches containers that run: by value, and with real ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pywrangler.local.daemon.rollouts.egress_check import plan_replacements, usual_start
from pywrangler.local.gateway.outbound.egress import Egress
from tests.local.daemon.instances import RUNNING
from tests.local.daemon.uploads import BOX_METADATA, Account, Bundler
from tests.support.cli import run
from tests.support.http import request
from tests.support.waiting import eventually

OPEN = Egress(is_internet_allowed=True).access
CLOSED = Egress().access
HANDLED = Egress(is_internet_allowed=True, handled_names=("a.internal",)).access
PLAIN = replace(RUNNING, egress=OPEN)
PROOF = replace(PLAIN, id="p", is_canary=True)
UNKNOWN = replace(PLAIN, id="u", egress=None)
SHUT = replace(PLAIN, id="s", egress=CLOSED)


def test_each_access_has_its_words() -> None:
    words = {OPEN, CLOSED, HANDLED, Egress(handled_names=("a.internal",)).access}
    assert len(words) == 4
    assert Egress(is_internet_allowed=True, handled_names=("b", "c"), port=9).access == HANDLED


@pytest.mark.parametrize(
    ("usual", "asked", "replaced"),
    [
        (OPEN, OPEN, []),
        (None, OPEN, ["s"]),
        (OPEN, CLOSED, ["i"]),
        (CLOSED, OPEN, ["s"]),
        (OPEN, HANDLED, ["i", "s"]),
        (None, HANDLED, ["i", "s"]),
    ],
)
def test_what_was_started_otherwise_is_replaced(usual: str | None, asked: str, replaced: list[str]) -> None:
    found = plan_replacements([PLAIN, PROOF, UNKNOWN, SHUT], usual, asked)
    assert [instance.id for instance in found] == replaced


def test_the_usual_access_is_that_of_the_platforms_own_starts() -> None:
    own = replace(SHUT, created_at=2.0, durable_object_name="cf-singleton-container")
    proof = replace(PROOF, created_at=1.5)
    assert usual_start([proof, own, replace(PLAIN, created_at=3.0)]) == own
    assert usual_start([PLAIN]) is None


@pytest.mark.workerd
@pytest.mark.docker
def test_a_deploy_that_takes_the_internet_away_replaces_what_runs(
    account: Account, bundler: Bundler, image: str
) -> None:
    def deploy(members: str) -> str:
        url = account.deploy("boxes", bundler.container_worker(members=members), **BOX_METADATA)
        if not account.platform.call("containers/dash/applications"):
            account.create_application("boxes", image)
        assert account.bring_up("boxes").status == 200
        assert request(f"{url}?name=user").text == "box 1\n"
        return url

    def running() -> dict[str, str]:
        """The network of each container, by id."""
        found = account.platform.containers(running_only=True)
        return {each["Id"]: next(iter(each["NetworkSettings"]["Networks"])) for each in found}

    deploy("")
    before = running()
    assert not any(name.endswith("-internal") for name in before.values())
    deploy("/* the same */")
    assert before.items() <= running().items()
    deploy("enableInternet = false;")
    after = running()
    assert len(after) >= 2
    assert all(name.endswith("-internal") for name in after.values())
    assert before.keys().isdisjoint(after)


@pytest.mark.workerd
@pytest.mark.docker
def test_variables_that_a_deploy_changes_reach_what_starts_and_a_note_names_what_runs(
    account: Account, bundler: Bundler, image: str
) -> None:
    def deploy(members: str) -> Any:
        url = account.deploy("boxes", bundler.container_worker(members=members), **BOX_METADATA)
        if not account.platform.call("containers/dash/applications"):
            account.create_application("boxes", image)
        answer = account.bring_up("boxes")
        assert answer.status == 200
        return url, answer.json["result"]["outdated"]

    def levels() -> list[str]:
        """The variable in each container that runs."""
        found = account.platform.containers(running_only=True)
        variables = [entry.partition("=") for each in found for entry in each["Config"]["Env"]]
        return sorted(value for name, _, value in variables if name == "LEVEL")

    def run_with(*expected: str) -> None:
        """Returns when the containers run that should; the one that was tried may take a moment to end."""
        eventually(lambda: levels() == list(expected), what=f"containers with {expected}")

    url, outdated = deploy('envVars = { LEVEL: "1", ID: this.ctx.id.toString() };')
    run_with("1")
    assert outdated is None
    _, outdated = deploy('envVars = { LEVEL: "2", ID: this.ctx.id.toString() };')
    run_with("2")
    assert outdated is None, "it was not used, so it is replaced"
    assert request(f"{url}?name=user").text == "box 1\n"
    assert request(f"{url}?name=other").text == "box 1\n"
    _, outdated = deploy('/* the same */ envVars = { LEVEL: "2", ID: this.ctx.id.toString() };')
    run_with("2", "2", "2")
    assert outdated is None
    _, outdated = deploy('envVars = { LEVEL: "3", ID: this.ctx.id.toString() };')
    run_with("2", "2", "3")
    assert "2 running instances of `boxes-box` keep the environment variables that they were" in outdated
    assert outdated in run("local logs boxes").stdout
    account.platform.kill()
    _, outdated = deploy('envVars = { LEVEL: "4", ID: this.ctx.id.toString() };')
    run_with("2", "2", "4")
    assert "2 running instances" in outdated
