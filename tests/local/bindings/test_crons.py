"""Cron triggers: set, replaced, refused, and fired by hand or by the clock."""

from __future__ import annotations

import json

import pytest

from tests.local.daemon.uploads import Account
from tests.support.cli import run
from tests.support.http import Answer, request
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

SCRIPT = """
import { DurableObject } from "cloudflare:workers";
export class Notes extends DurableObject {
  async add(note) { await this.ctx.storage.put(`${Date.now()}-${Math.random()}`, note); }
  async all() { return [...(await this.ctx.storage.list()).values()]; }
}
export default {
  async fetch(request, env) { return Response.json(await env.NOTES.getByName("n").all()); },
  async scheduled({ cron, scheduledTime }, env, ctx) {
    if (cron === "0 0 1 1 *") throw new Error("not on New Year's Day");
    ctx.waitUntil(env.NOTES.getByName("n").add(`${cron} ${typeof scheduledTime}`));
  },
};
"""
METADATA = {
    "bindings": [{"type": "durable_object_namespace", "name": "NOTES", "class_name": "Notes"}],
    "migrations": {"new_tag": "v1", "steps": [{"new_sqlite_classes": ["Notes"]}]},
}


def put_schedules(account: Account, worker: str, *crons: str) -> Answer:
    """Replace the Worker's cron triggers; the raw answer."""
    status = account.platform.status
    return request(
        f"{status.url}/accounts/{status.account_id}/workers/scripts/{worker}/schedules",
        method="PUT",
        body=json.dumps([{"cron": cron} for cron in crons]).encode(),
        headers={"Authorization": f"Bearer {status.token}", "Content-Type": "application/json"},
    )


def test_a_trigger_is_fired_by_hand_and_its_outcome_reported(account: Account) -> None:
    url = account.deploy("by-hand", SCRIPT, **METADATA)
    assert put_schedules(account, "by-hand", "0 3 * * *").status == 200
    fired = run("local trigger-cron by-hand --json")
    assert fired.status == 0, fired.stderr
    assert {**fired.json, "seconds": 0} == {
        "cron": "0 3 * * *",
        "outcome": "ok",
        "seconds": 0,
        "is_scheduled": True,
    }
    assert run(["local", "trigger-cron", "by-hand", "--cron", "5 5 * * 5"]).status == 0
    assert request(url).json == ["0 3 * * * number", "5 5 * * 5 number"]

    failed = run(["local", "trigger-cron", "by-hand", "--cron", "0 0 1 1 *"])
    assert failed.status == 1
    assert "did not succeed for `0 0 1 1 *`: exception" in failed.stderr
    assert "no cron trigger `0 0 1 1 *`" in failed.stderr
    eventually(lambda: "Uncaught Error: not on New Year's Day" in run("local logs by-hand").stdout)


def test_which_trigger_is_meant_must_be_clear(account: Account) -> None:
    account.deploy("unclear", SCRIPT, **METADATA)
    none = run("local trigger-cron unclear")
    assert (none.status, "has no cron trigger" in none.stderr) == (1, True)
    put_schedules(account, "unclear", "0 3 * * *", "0 4 * * *")
    several = run("local trigger-cron unclear")
    assert (several.status, "`0 3 * * *`, `0 4 * * *`" in several.stderr) == (1, True)
    missing = run("local trigger-cron nobody")
    assert (missing.status, "nobody" in missing.stderr) == (1, True)


def test_a_worker_without_scheduled_says_so(account: Account) -> None:
    account.deploy("deaf", 'export default { fetch: () => new Response("hi") };')
    failed = run(["local", "trigger-cron", "deaf", "--cron", "* * * * *"])
    assert failed.status == 1


@pytest.mark.parametrize(
    ("cron", "complaint"),
    [
        ("99 * * * *", 'cron trigger "99 * * * *": minute field has 99 outside 0-59'),
        ("* * * *", 'cron trigger "* * * *": 4 fields, not 5'),
        ("* * * * MON#9", 'cron trigger "* * * * MON#9": day of week field has MON#9'),
        ("0 0 31 2 *", 'cron trigger "0 0 31 2 *": it never matches'),
    ],
)
def test_a_bad_expression_is_refused_with_its_place_and_the_good_one_stays(
    account: Account, cron: str, complaint: str
) -> None:
    url = account.deploy("strict", SCRIPT, **METADATA)
    put_schedules(account, "strict", "0 3 * * *")
    refused = put_schedules(account, "strict", "0 4 * * *", cron)
    assert refused.status == 400
    assert refused.json["errors"][0]["message"].splitlines()[0] == complaint
    shown = account.platform.call("workers/scripts/strict/schedules")["schedules"]
    assert [entry["cron"] for entry in shown] == ["0 3 * * *"]
    assert request(url).status == 200


@pytest.mark.slow
def test_the_clock_fires_what_the_schedule_says_now(account: Account) -> None:
    url = account.deploy("clock", SCRIPT, **METADATA)
    put_schedules(account, "clock", "0 0 1 1 *")
    put_schedules(account, "clock", "* * * * *", "*/1 * * * *")
    notes = eventually(lambda: request(url).json, timeout_seconds=75)
    assert set(notes) <= {"* * * * * number", "*/1 * * * * number"}
