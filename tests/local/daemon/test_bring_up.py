"""What a deploy's start of an instance shows: by value, and with real classes of every shape."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from pywrangler.local.daemon.bring_up.verdicts import (
    CLOSED_PORT_SECONDS,
    PORTLESS_SECONDS,
    START_SECONDS,
    InstanceSight,
    Verdict,
    judge,
    not_tried_note,
)
from pywrangler.local.daemon.workers.control import BringUpResponse
from pywrangler.local.instances.records import InstanceState
from tests.local.daemon.instances import RUNNING
from tests.local.daemon.uploads import BOX_METADATA, Account, Bundler
from tests.support.http import request
from tests.support.waiting import eventually

PACKAGE = BringUpResponse("startAndWaitForPorts")
PORTLESS = BringUpResponse("startContainerIfNotRunning")
FETCH = BringUpResponse("fetch")
NOTHING = BringUpResponse(None)
STARTING = replace(RUNNING, state=InstanceState.STARTING)
ENDED_WELL = replace(RUNNING, state=InstanceState.STOPPED, exit_code=0)
FAILED = replace(RUNNING, state=InstanceState.FAILED, exit_code=3)
REFUSED = replace(RUNNING, state=InstanceState.FAILED, reason='could not be started: exec: "/nope"')
SOON, LATE = 0.1, CLOSED_PORT_SECONDS + 1


@pytest.mark.parametrize(
    ("answer", "sight", "verdict"),
    [
        (PACKAGE, InstanceSight(RUNNING, {8080}), Verdict.UP),
        (PACKAGE, InstanceSight(RUNNING, {33}, {33}), Verdict.UP),
        (PORTLESS, InstanceSight(RUNNING, {33}, {33}, SOON), Verdict.WAIT),
        (PORTLESS, InstanceSight(RUNNING, {33}, {33}, PORTLESS_SECONDS + 1), Verdict.UP),
        (PORTLESS, InstanceSight(ENDED_WELL, {33}), Verdict.UP),
        (PORTLESS, InstanceSight(FAILED, {33}), Verdict.FAILED),
        (FETCH, InstanceSight(STARTING), Verdict.WAIT),
        (FETCH, InstanceSight(RUNNING, {8080}), Verdict.UP),
        (FETCH, InstanceSight(RUNNING, {8080, 9000}, {9000}, SOON), Verdict.UP),
        (FETCH, InstanceSight(RUNNING, {8080}, {8080}, SOON), Verdict.ASK_AGAIN),
        (FETCH, InstanceSight(RUNNING, {8080}, {8080}, LATE), Verdict.FAILED),
        (FETCH, InstanceSight(ENDED_WELL, {8080}), Verdict.FAILED),
        (FETCH, InstanceSight(REFUSED, {8080}), Verdict.FAILED),
        (FETCH, InstanceSight(None, waited_seconds=START_SECONDS / 2), Verdict.WAIT),
        (FETCH, InstanceSight(None, waited_seconds=START_SECONDS + 1), Verdict.NOT_TRIED),
        (FETCH, InstanceSight(None, refusal="no place"), Verdict.FAILED),
        (NOTHING, InstanceSight(RUNNING, running_seconds=PORTLESS_SECONDS + 1), Verdict.UP),
        (NOTHING, InstanceSight(RUNNING, {8080}, {8080}, SOON), Verdict.FAILED),
        (NOTHING, InstanceSight(None, waited_seconds=START_SECONDS + 1), Verdict.NOT_TRIED),
    ],
)
def test_answer_and_container_are_judged_together(
    answer: BringUpResponse, sight: InstanceSight, verdict: Verdict
) -> None:
    assert judge(answer, sight) is verdict


def test_what_was_not_tried_is_reported_with_what_was_thrown() -> None:
    assert "another moment" in not_tried_note("Box", NOTHING)
    assert "which tenant?" in not_tried_note("Box", BringUpResponse("fetch", "which tenant?"))


def raw(members: str) -> str:
    return f"""
import {{ DurableObject }} from "cloudflare:workers";
export class Box extends DurableObject {{ {members} }}
export default {{ fetch: (request, env) => env.BOX.getByName("u").fetch(request) }};
"""


ASKS = 'return this.ctx.container.getTcpPort(8080).fetch("http://c/");'
STARTS = "constructor(ctx, env) { super(ctx, env); ctx.container.start(); } "


@pytest.mark.workerd
@pytest.mark.docker
class TestClasses:
    """One platform each: what a class lacks is no fault of its container."""

    def test_of_a_class_without_fetch_the_container_counts(self, account: Account, image: str) -> None:
        account.deploy("boxes", raw(STARTS + "async ask() {}"), **BOX_METADATA)
        account.create_application("boxes", image)
        started = account.bring_up("boxes").json["result"]
        assert (started["state"], started["note"]) == ("running", None)

        account.deploy("idle", raw("async ask() {}"), **BOX_METADATA)
        account.create_application("idle", image)
        answer = account.bring_up("idle")
        assert answer.status == 200, answer.text
        assert answer.json["result"]["instance_id"] is None
        assert "another moment" in answer.json["result"]["note"]

        account.deploy("picky", raw('fetch() { throw new Error("which tenant?"); }'), **BOX_METADATA)
        account.create_application("picky", image)
        assert "which tenant?" in account.bring_up("picky").json["result"]["note"]

    def test_a_class_that_starts_its_container_unasked_is_deployed_again(
        self, account: Account, image: str
    ) -> None:
        for number in range(3):
            script = raw(f"{STARTS} fetch() {{ {ASKS} }}") + f"// {number}"
            url = account.deploy("boxes", script, **BOX_METADATA)
            if number == 0:
                account.create_application("boxes", image)
            answer = account.bring_up("boxes")
            assert (answer.status, answer.json["result"]["ports"]) == (200, [8080]), answer.text
        assert request(url).text == "box 1\n"

    def test_a_bring_up_of_a_class_without_a_port_ends_with_the_deploy(
        self, account: Account, bundler: Bundler, images: Callable[..., str]
    ) -> None:
        tells = (
            "waitForPort(how) { console.log('waits for', how.portToCheck); return super.waitForPort(how); }"
        )
        account.deploy("boxes", bundler.container_worker(port=None, members=tells), **BOX_METADATA)
        account.create_application("boxes", images('["sleep", "600"]'))
        answer = account.bring_up("boxes")
        assert (answer.status, answer.json["result"]["state"]) == (200, "running"), answer.text
        log = [line["text"] for line in log_lines(account)]
        assert not [text for text in log if "waits for" in text]

    def test_a_container_that_does_not_stop_keeps_no_deploy_waiting(
        self, account: Account, bundler: Bundler, images: Callable[..., str]
    ) -> None:
        # It closes its port when it is asked to stop, and continues.
        stays = (
            '["sh", "-c", "httpd -f -p 8080 -h /www & P=$!; trap \'kill $P\' TERM;'
            ' while :; do sleep 0.1; done"]'
        )
        script = bundler.container_worker(members="async onStart() { setTimeout(() => this.stop(), 500); }")
        account.deploy("boxes", script, **BOX_METADATA)
        account.create_application("boxes", images(stays))
        for _ in range(2):
            answer = account.bring_up("boxes")
            assert (answer.status, answer.json["result"]["ports"]) == (200, [8080]), answer.text
            assert answer.json["result"]["seconds"] < 10
            eventually(lambda: stopping(account), what="the request to stop")

    def test_a_start_that_the_class_hides_is_reported_with_the_engines_reason(
        self, account: Account, images: Callable[..., str]
    ) -> None:
        caught = (
            f"try {{ {ASKS.replace('return', 'return await')} }} catch {{ return new Response('later'); }}"
        )
        hides = f"async fetch() {{ this.ctx.container.start(); {caught} }}"
        account.deploy("boxes", raw(hides), **BOX_METADATA)
        account.create_application("boxes", images('["/nope"]'))
        answer = account.bring_up("boxes")
        assert answer.status == 422, answer.text
        result = answer.json["result"]
        reason = 'could not be started: exec: "/nope": stat /nope: no such file or directory'
        assert (result["reason"], result["refused_ports"]) == (reason, [])

    def test_a_class_that_does_not_wait_is_asked_until_its_port_is_open(
        self, account: Account, images: Callable[..., str]
    ) -> None:
        starts = "if (!this.ctx.container.running) this.ctx.container.start();"
        account.deploy("boxes", raw(f"fetch() {{ {starts} {ASKS} }}"), **BOX_METADATA)
        slow = '["sh", "-c", "sleep 6; exec httpd -f -p 8080 -h /www"]'
        account.create_application("boxes", images(slow))
        answer = account.bring_up("boxes")
        assert (answer.status, answer.json["result"]["ports"]) == (200, [8080]), answer.text


def stopping(account: Account) -> bool:
    shown = account.platform.instances("boxes-box")
    return any(each["current_placement"]["status"]["health"] == "stopping" for each in shown)


def log_lines(account: Account) -> list[dict[str, str]]:
    status = account.platform.status
    path = f"{status.url}/accounts/{status.account_id}/local/logs?worker=boxes&tail=100"
    text = request(path, headers={"Authorization": f"Bearer {status.token}"}).text
    return [json.loads(line) for line in text.splitlines()]
