"""Containers that are started from elsewhere than a request to their own Worker."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.support.cli import run
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.projects import make_project
from tests.support.waiting import eventually

OWNER = """
import { Container, getContainer } from "@cloudflare/containers";
export class Box extends Container { defaultPort = 8080; sleepAfter = "5m"; }
export default {
  fetch: () => new Response("owner"),
  async scheduled({ cron }, env) { await getContainer(env.BOX, `job of ${cron}`).startAndWaitForPorts(); },
};
"""
CALLER = """
export default { fetch: (request, env) => env.BOX.getByName("from elsewhere").fetch(request) };
"""


@pytest.mark.workerd
@pytest.mark.docker
def test_a_cron_trigger_and_another_worker_start_containers(platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "owner").mkdir()
    (tmp_path / "caller").mkdir()
    owner = make_project(
        tmp_path / "owner",
        worker=OWNER,
        config={"triggers": {"crons": ["0 3 * * *"]}},
        container={"max_instances": 5},
    )
    box = {"name": "BOX", "class_name": "Box", "script_name": owner.name}
    caller = make_project(
        tmp_path / "caller",
        worker=CALLER,
        config={"containers": [], "migrations": [], "durable_objects": {"bindings": [box]}},
    )
    for project in (owner, caller):
        deployed = run("deploy --no-wait", directory=project.directory)
        assert deployed.status == 0, deployed.stderr

    fired = run(["local", "trigger-cron", owner.name])
    assert fired.status == 0, fired.stderr
    assert request(platform.worker_url(caller.name)).text == "box 1\n"

    def names() -> set[str]:
        applications = platform.call("containers/dash/applications")
        path = f"containers/dash/applications/{applications[0]['id']}/instances"
        return {entry.get("name") for entry in platform.call(path)["durable_objects"]}

    eventually(lambda: names() == {"job of 0 3 * * *", "from elsewhere"})
    assert len(platform.containers(running_only=True)) == 2

    deleted = run(["delete", caller.name, "-y"])
    assert deleted.status == 0, deleted.stderr
    assert len(platform.containers(running_only=True)) == 2, "the other Worker's containers are not its"


CONSUMER = """
import { Container, getContainer } from "@cloudflare/containers";
export class Box extends Container { defaultPort = 8080; sleepAfter = "5m"; }
const done = [];
export default {
  async fetch(request, env) {
    if (request.method === "GET") return Response.json(done);
    await env.JOBS.sendBatch([{ body: { job: "a" } }, { body: { job: "b" } }]);
    return new Response("queued");
  },
  async queue(batch, env) {
    for (const message of batch.messages) {
      const { job } = message.body;
      const answer = await getContainer(env.BOX, job).fetch(`http://box/?job=${job}`);
      done.push([job, await answer.text()]);
    }
  },
};
"""


@pytest.mark.workerd
@pytest.mark.docker
def test_a_consumer_of_a_queue_hands_its_messages_to_containers(platform: Platform, tmp_path: Path) -> None:
    queues = {
        "producers": [{"binding": "JOBS", "queue": "jobs"}],
        "consumers": [{"queue": "jobs", "max_batch_timeout": 0}],
    }
    project = make_project(
        tmp_path, worker=CONSUMER, config={"queues": queues}, container={"max_instances": 3}
    )
    deployed = run("deploy --no-wait", directory=project.directory)
    assert deployed.status == 0, deployed.stderr
    worker = platform.worker_url(project.name)
    assert request(worker, method="POST").text == "queued"
    done = eventually(lambda: len(request(worker).json) == 2 and request(worker).json, timeout_seconds=60)
    assert done == [["a", "box 1\n"], ["b", "box 1\n"]]
    again = run("deploy --no-wait", directory=project.directory)
    assert "Nothing changed" in again.stderr


FLOW = """
import { WorkflowEntrypoint } from "cloudflare:workers";
import { Container, getContainer } from "@cloudflare/containers";
export class Box extends Container { defaultPort = 8080; sleepAfter = "5m"; }
export class Flow extends WorkflowEntrypoint {
  async run(event, step) {
    const ask = async () => (await getContainer(this.env.BOX, event.payload.job).fetch("http://box/")).text();
    const first = await step.do("first", ask);
    await step.sleep("a while", 4000);
    return [first, await step.do("second", ask)];
  }
}
export default { fetch: () => new Response("ok") };
"""


@pytest.mark.workerd
@pytest.mark.docker
def test_steps_of_a_workflow_call_a_container_and_a_restart_falls_into_its_sleep(
    platform: Platform, tmp_path: Path
) -> None:
    flow = {"binding": "FLOW", "name": "flow", "class_name": "Flow"}
    project = make_project(tmp_path, worker=FLOW, config={"workflows": [flow]})
    deployed = run("deploy --no-wait", directory=project.directory)
    assert deployed.status == 0, deployed.stderr
    started = run(
        ["workflows", "trigger", "flow", '{"job": "one"}', "--id", "one"], directory=project.directory
    )
    assert started.status == 0, started.stderr
    path = "workflows/flow/instances/one"
    eventually(lambda: any(s["type"] == "sleep" for s in platform.call(path)["steps"]), timeout_seconds=60)
    os.kill(platform.status.pid, signal.SIGKILL)
    platform.start()
    done = eventually(lambda: (found := platform.call(path))["end"] and found, timeout_seconds=60)
    assert (done["status"], done["output"]) == ("complete", ["box 1\n", "box 1\n"])
    assert len(platform.containers(running_only=True)) == 1
