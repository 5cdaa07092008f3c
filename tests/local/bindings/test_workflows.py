"""Workflows: instances run, wait, take events and survive restarts; other Workers start them, too."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import pytest

from tests.local.daemon.uploads import Account
from tests.support.http import request as http
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

OWNER = """
import { WorkflowEntrypoint } from "cloudflare:workers";
import { NonRetryableError } from "cloudflare:workflows";
export class Order extends WorkflowEntrypoint {
  async run(event, step) {
    const price = await step.do("price", async () => event.payload.amount * 2);
    if (event.payload.nap) await step.sleep("nap", event.payload.nap);
    if (event.payload.never) await step.sleep("never", Number(event.payload.never));
    if (event.payload.until) await step.sleepUntil("until", new Date(event.payload.until));
    if (event.payload.asks) {
      const { payload } = await step.waitForEvent("approval", { type: "approved", timeout: "1 minute" });
      return { price, by: payload.by };
    }
    if (event.payload.tries) {
      const own = { retries: { limit: 2, delay: "10 ms" }, timeout: "9 ms" };
      const config = event.payload.tries === "own" ? own : undefined;
      let tried = 0;
      const act = async (context) => {
        if (++tried < 2) throw new Error("once more");
        if (config) await scheduler.wait(1000);
        return context.config.retries;
      };
      try {
        return await (config ? step.do("tries", config, act) : step.do("tries", act));
      } catch (error) {
        return error.message;
      }
    }
    if (event.payload.ends) await step.do("end", async () => { throw new NonRetryableError("sold out"); });
    if (event.payload.fails) throw new Error("out of stock");
    return { price };
  }
}
export default {};
"""
CALLER = """
export default { async fetch(request, { ORDERS }) {
  const url = new URL(request.url);
  const id = url.searchParams.get("id");
  try {
    switch (url.pathname) {
      case "/create": return Response.json((await ORDERS.create({ id, params: await request.json() })).id);
      case "/status": return Response.json(await (await ORDERS.get(id)).status());
      case "/event": {
        await (await ORDERS.get(id)).sendEvent({ type: "approved", payload: { by: "Ada" } });
        return Response.json(null);
      }
      case "/resume": await (await ORDERS.get(id)).resume(); return Response.json(null);
      case "/terminate": await (await ORDERS.get(id)).terminate(); return Response.json(null);
    }
  } catch (error) { return new Response(`${error.name}: ${error.message}`, { status: 500 }); }
} };
"""
BINDING = {"type": "workflow", "name": "ORDERS", "workflow_name": "orders", "class_name": "Order"}
BOTH = OWNER.replace("export default {};", "") + CALLER


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """Addresses of the Workers that were deployed, by name."""
    return {}


@pytest.fixture
def owner(account: Account, made: dict[str, str]) -> str:
    """The Worker that has the class; its address."""
    if "owner" not in made:
        made["owner"] = account.deploy("orders-owner", BOTH, bindings=[BINDING])
    return made["owner"]


@pytest.fixture
def other(account: Account, owner: str, made: dict[str, str]) -> str:
    """A Worker that is bound to the Workflow of the other one; its address."""
    if "other" not in made:
        binding = {**BINDING, "script_name": "orders-owner"}
        made["other"] = account.deploy("orders-other", CALLER, bindings=[binding])
    return made["other"]


def create(worker: str, identifier: str, **params: Any) -> None:
    """Start an instance."""
    answer = http(f"{worker}/create?id={identifier}", method="POST", body=json.dumps(params).encode())
    assert answer.json == identifier, answer.text


def state(worker: str, identifier: str) -> Any:
    """What an instance says of itself; None where it is not to be asked."""
    answer = http(f"{worker}/status?id={identifier}")
    return answer.json if answer.status == 200 else None


def ended(worker: str, identifier: str) -> Any:
    """The state of an instance when it has ended."""

    def look() -> Any:
        found = state(worker, identifier)
        return found if found and found["status"] in ("complete", "errored", "terminated") else None

    return eventually(look, what=f"the end of {identifier}")


def test_instances_return_fail_and_wait_for_events(owner: str) -> None:
    create(owner, "plain", amount=2)
    assert ended(owner, "plain")["output"] == {"price": 4}
    create(owner, "failing", amount=1, fails=True)
    failed = ended(owner, "failing")
    assert (failed["status"], "out of stock" in json.dumps(failed["error"])) == ("errored", True)
    create(owner, "asking", amount=3, asks=True)
    http(f"{owner}/event?id=asking")
    assert ended(owner, "asking")["output"] == {"price": 6, "by": "Ada"}
    create(owner, "endless", amount=1, nap="1 hour")
    http(f"{owner}/terminate?id=endless")
    assert ended(owner, "endless")["status"] == "terminated"
    again = http(f"{owner}/create?id=plain", method="POST", body=b"{}")
    assert (again.status, "already" in again.text) == (500, True)


@pytest.mark.parametrize("bound", ["owner", "other"])
def test_errors_read_as_under_wrangler(bound: str, request: pytest.FixtureRequest) -> None:
    worker = request.getfixturevalue(bound)
    thrown = "Error: WorkflowError:"
    create(worker, f"twice-{bound}", amount=1)
    for identifier, expected in (
        (
            f"twice-{bound}",
            f'{thrown} (instance.already_exists) Workflow instance with id "twice-{bound}" already exists',
        ),
        ("with+space", f"{thrown} Workflow instance has invalid id"),
        ("x" * 101, f"{thrown} Workflow instance has invalid id"),
        ("%C3%BC", f"{thrown} Workflow instance has invalid id"),
    ):
        answer = http(f"{worker}/create?id={identifier}", method="POST", body=b"{}")
        assert (answer.status, answer.text) == (500, expected)
    assert http(f"{worker}/status?id=unknown").text == "Error: instance.not_found"
    create(worker, f"ending-{bound}", amount=1, ends=True)
    assert ended(worker, f"ending-{bound}")["error"] == {
        "name": "WorkflowFatalError",
        "message": "The execution of the Workflow instance was terminated, as a step threw an"
        " NonRetryableError and it was not handled",
    }


def test_another_worker_starts_and_sees_the_same_instances(owner: str, other: str) -> None:
    create(other, "from-afar", amount=5)
    assert ended(other, "from-afar")["output"] == {"price": 10}
    assert state(owner, "from-afar")["output"] == {"price": 10}
    assert http(f"{other}/status?id=unknown").status == 500


def test_an_instance_survives_the_runtime_and_the_platform_in_its_sleep(account: Account, owner: str) -> None:
    create(owner, "sleeper", amount=7, nap="6 seconds")
    os.kill(int((account.platform.home / "workers/orders-owner/workerd.pid").read_text()), signal.SIGKILL)
    account.platform.end()
    account.platform.start()
    eventually(lambda: state(owner, "sleeper") is not None, what="the Worker")
    assert ended(owner, "sleeper")["output"] == {"price": 14}


def test_the_api_starts_shows_and_changes_instances(account: Account, owner: str) -> None:
    call = account.platform.call
    call("workflows/orders", method="PUT", body={"script_name": "orders-owner", "class_name": "Order"})
    base = "workflows/orders/instances"
    made = call(base, method="POST", body={"instance_id": "api-1", "params": {"amount": 4, "asks": True}})
    assert made["id"] == "api-1"
    assert account.platform.send(base, method="POST", body={"instance_id": "api-1"}).status == 409
    eventually(lambda: call(f"{base}/api-1")["steps"][1:], what="the wait")
    shown = call(f"{base}/api-1")
    assert [(step["name"], step["type"], step["end"] is None) for step in shown["steps"]] == [
        ("price-1", "step", False),
        ("approval-1", "waitForEvent", True),
    ]
    assert (shown["success"], shown["steps"][0]["output"], shown["params"]["asks"]) == (None, 8, True)
    changed = {
        action: call(f"{base}/api-1/status", method="PATCH", body={"status": action})["status"]
        for action in ("pause", "resume")
    }
    assert (changed["pause"], changed["resume"] in ("running", "waiting")) == ("paused", True)
    call(f"{base}/api-1/events/approved", method="POST", body={"by": "Eve"})
    assert ended(owner, "api-1")["output"] == {"price": 8, "by": "Eve"}
    done = call(f"{base}/api-1")
    assert (done["success"], done["steps"][1]["finished"], done["output"]["by"]) == (True, True, "Eve")
    for body, path, status in (
        ({"status": "pause"}, f"{base}/nobody/status", 404),
        ({"status": "explode"}, f"{base}/api-1/status", 400),
        ({"status": "terminate"}, f"{base}/api-1/status", 409),
    ):
        assert account.platform.send(path, method="PATCH", body=body).status == status, (path, body)
    for path, status in (
        (f"{base}/nobody", 404),
        ("workflows/none/instances", 404),
        (f"{base}?status=x", 400),
    ):
        assert account.platform.send(path).status == status, path


def test_the_api_lists_and_ends_instances(account: Account, owner: str) -> None:
    call = account.platform.call
    call("workflows/orders", method="PUT", body={"script_name": "orders-owner", "class_name": "Order"})
    base = "workflows/orders/instances"
    for number in range(3):
        params = {"amount": number, "nap": "1 hour"}
        call(base, method="POST", body={"instance_id": f"many-{number}", "params": params})
    call(f"{base}/many-0/status", method="PATCH", body={"status": "pause"})
    listed = [each["id"] for each in call(f"{base}?per_page=100")]
    assert listed.index("many-2") < listed.index("many-1") < listed.index("many-0")
    assert [each["id"] for each in call(f"{base}?status=paused")] == ["many-0"]
    assert call(f"{base}?date_end=2020-01-01T00:00:00Z") == []
    assert call("workflows/orders")["instances"]["paused"] == 1
    call(f"{base}/many-0", method="DELETE")
    gone = call(f"{base}/batch/delete", method="POST", body={"instances": ["many-0", "many-1"]})
    assert ([each["id"] for each in gone["deleted"]], len(gone["errors"])) == (["many-1"], 1)
    call(base, method="POST", body={"instance_id": "many-0", "params": {"amount": 50}})
    assert ended(owner, "many-0")["output"] == {"price": 100}
    call(f"{base}/terminate", method="PUT")
    statuses = {each["status"] for each in call(f"{base}?per_page=100")}
    assert statuses <= {"complete", "errored", "terminated"}
    call("workflows/orders", method="DELETE")
    call("workflows/orders", method="PUT", body={"script_name": "orders-owner", "class_name": "Order"})
    assert call(base) == []


def test_the_api_lists_what_a_deploy_says_of_workflows(account: Account, owner: str) -> None:
    call = account.platform.call
    body = {"script_name": "orders-owner", "class_name": "Order", "limits": {"steps": 10}}
    first = call("workflows/orders", method="PUT", body=body)
    again = call("workflows/orders", method="PUT", body={**body, "limits": {"steps": 20}})
    assert (again["id"], again["limits"]) == (first["id"], {"steps": 20})
    assert [each["name"] for each in call("workflows")] == ["orders"]
    for name, wrong in (
        ("orders", {"class_name": "Order"}),
        ("a b", body),
        ("x", {**body, "script_name": "none"}),
    ):
        assert (
            account.platform.send(f"workflows/{name}".replace(" ", "%20"), method="PUT", body=wrong).status
            >= 400
        )
    call("workflows/orders", method="DELETE")
    assert account.platform.send("workflows/orders").status == 404


def test_a_worker_runs_a_workflow_that_it_exports_and_takes_its_instances_along(account: Account) -> None:
    exports = {"Order": {"type": "workflow", "name": "exported"}}
    account.deploy("exporter", OWNER, exports=exports)
    call, base = account.platform.call, "workflows/exported/instances"
    call("workflows/exported", method="PUT", body={"script_name": "exporter", "class_name": "Order"})
    call(base, method="POST", body={"instance_id": "one", "params": {"amount": 6}})
    done = eventually(lambda: (found := call(f"{base}/one"))["success"] and found, what="the end")
    assert done["output"] == {"price": 12}
    directory = account.platform.home / "durable-objects/miniflare-workflows-exported"
    assert [*directory.iterdir()]
    call("workers/scripts/exporter", method="DELETE")
    assert (account.platform.send("workflows/exported").status, directory.exists()) == (404, False)


def test_an_instance_has_no_more_steps_than_the_workflow_allows(account: Account) -> None:
    account.deploy("limited", OWNER, bindings=[{**BINDING, "workflow_name": "limited"}])
    call, base = account.platform.call, "workflows/limited/instances"
    body = {"script_name": "limited", "class_name": "Order"}
    for limit, says in ((1, "The limit of 1 steps has been reached"), (2, "as a step threw")):
        call("workflows/limited", method="PUT", body={**body, "limits": {"steps": limit}})
        identifier = f"at-most-{limit}"
        call(base, method="POST", body={"instance_id": identifier, "params": {"amount": 1, "ends": True}})
        path = f"{base}/{identifier}"
        shown = eventually(lambda: (found := call(path))["end"] and found, what="the end")  # noqa: B023
        assert says in shown["error"]["message"]


def test_ended_instances_go_after_the_retention_of_the_workflow(account: Account) -> None:
    account.deploy("forgetful", OWNER, bindings=[{**BINDING, "workflow_name": "forgetful"}])
    call, path = account.platform.call, "workflows/forgetful"
    body = {"script_name": "forgetful", "class_name": "Order"}
    call(path, method="PUT", body={**body, "default_retention": {"success_retention": "1 second"}})
    for name, params in (("gone", {"amount": 1}), ("kept", {"amount": 1, "fails": True})):
        call(f"{path}/instances", method="POST", body={"instance_id": name, "params": params})
    eventually(lambda: call(f"{path}/instances/kept")["end"], what="the end")
    eventually(
        lambda: [each["id"] for each in call(f"{path}/instances")] == ["kept"], what="the other one to go"
    )


@pytest.mark.slow
def test_a_schedule_starts_instances_and_a_bad_one_is_refused(account: Account) -> None:
    account.deploy("regular", OWNER, bindings=[{**BINDING, "workflow_name": "regular"}])
    call, path = account.platform.call, "workflows/regular"
    body = {"script_name": "regular", "class_name": "Order"}
    call(path, method="PUT", body={**body, "schedules": [{"cron": "* * * * *"}]})
    wrong = account.platform.send(path, method="PUT", body={**body, "schedules": [{"cron": "61 * * * *"}]})
    assert (wrong.status >= 400, "61" in wrong.text) == (True, True), wrong.text
    assert call(path)["schedules"] == [{"cron": "* * * * *"}]
    eventually(lambda: call(f"{path}/instances"), what="an instance", timeout_seconds=75)
    call(path, method="PUT", body=body)


def test_a_time_that_is_none_is_an_error_and_not_a_loop(owner: str) -> None:
    for number, (params, says) in enumerate(
        (({"never": "x"}, 'Invalid duration "NaN"'), ({"until": "x"}, 'Invalid date "Invalid Date"'))
    ):
        create(owner, f"no-time-{number}", amount=1, **params)
        found = ended(owner, f"no-time-{number}")
        assert (found["status"], says in found["error"]["message"]) == ("errored", True), found


def test_durations_defaults_and_resuming_are_those_of_wrangler(account: Account, owner: str) -> None:
    create(owner, "no-sleep", amount=1, nap=-5)
    assert ended(owner, "no-sleep")["output"] == {"price": 2}
    create(owner, "tries-default", amount=1, tries=True)
    found = ended(owner, "tries-default")
    assert found["output"] == {"limit": 5, "delay": 1000, "backoff": "exponential"}, found
    create(owner, "tries-own", amount=1, tries="own")
    assert "timed out after 9ms" in ended(owner, "tries-own")["output"]
    assert http(f"{owner}/resume?id=tries-own").text == "null"
    body = {"script_name": "orders-owner", "class_name": "Order"}
    account.platform.call("workflows/orders", method="PUT", body=body)
    path = "workflows/orders/instances/tries-own/status"
    refused = account.platform.send(path, method="PATCH", body={"status": "resume"})
    assert (refused.status, "resume" in refused.text) == (409, True), refused.text
