"""A new image reaches the instances that run, or is taken back before it touches one."""

from __future__ import annotations

import time

import pytest

from tests.local.operations.conftest import SERVES, MakeSite, Site, dockerfile
from tests.support.cli import run
from tests.support.hammer import Hammer
from tests.support.waiting import eventually

pytestmark = [pytest.mark.docker, pytest.mark.workerd]


def in_use(site: Site, *names: str) -> set[str]:
    """Containers of these Durable Objects once each answered; a deployment's own instance gives way first."""
    for name in names:
        assert site.ask(name).text == "box 1\n"
    return site.running()


def test_an_image_that_exits_is_taken_back_before_it_touches_an_instance(make_site: MakeSite) -> None:
    site = make_site()
    site.deploy()
    before = in_use(site, "a", "b", "c")
    site.project.write("Dockerfile", dockerfile("box 2", "echo no database >&2; exit 7"))
    failed = site.cli.run("deploy")
    assert failed.status == 3, str(failed)
    for words in ("exited with code 7", "no database", "taken back"):
        assert words in failed.stderr
    assert site.running() == before
    rollout = site.rollout()
    assert (rollout["status"], rollout["failure"]["exit_code"]) == ("reverted", 7)
    shown = run(f"containers info {site.project.application}", on_terminal=True).stdout
    assert "reverted" in shown
    assert "exited with code 7" in shown
    # Also what starts from now on has the image that works.
    site.cli.run("local", "stop").check()
    site.cli.run("local", "start").check()
    assert site.ask("d").text == "box 1\n"
    # And a repaired image goes through.
    site.project.write("Dockerfile", dockerfile("box 3"))
    site.deploy()
    assert site.ask("d").text == "box 3\n"
    assert site.rollout()["status"] == "completed"


def test_a_taken_back_image_leaves_no_trace_in_lists(make_site: MakeSite) -> None:
    site = make_site()
    site.deploy()
    site.project.write("Dockerfile", dockerfile("box 2"))
    site.deploy()
    names = {entry.get("name") for entry in site.platform.instances(site.project.application)}
    assert names == {"cf-singleton-container"}
    (listed,) = site.cli.run("containers", "list", "--json").check().json
    assert (listed["state"], listed["instances"]) == ("ready", 1)


def test_a_class_that_needs_what_its_code_passes_can_be_rolled_out_unproved(make_site: MakeSite) -> None:
    worker = """\
import { Container, getContainer } from "@cloudflare/containers";
export class Box extends Container {
  defaultPort = 8080;
  async fetch(request) {
    await this.startAndWaitForPorts({ startOptions: { envVars: { TENANT: "acme" } } });
    return this.containerFetch(request);
  }
}
export default {
  fetch: (request, env) =>
    getContainer(env.BOX, new URL(request.url).searchParams.get("name") ?? undefined).fetch(request),
};
"""
    needy = f"""[ "$TENANT" ] || exit 5; trap 'exit 0' TERM; {SERVES}"""
    site = make_site(needy, worker=worker)
    site.cli.run("deploy", "--no-wait").check()
    in_use(site, "a", "b")
    site.project.write("Dockerfile", dockerfile("box 2", needy))
    site.cli.run("deploy", "--no-wait").check()
    eventually(lambda: site.rollout()["status"] == "completed", what="the end of the rollout")
    assert site.ask("a").text == "box 2\n"


def test_the_grace_period_ends_with_a_kill_and_the_rollout_can_be_watched(make_site: MakeSite) -> None:
    site = make_site(
        f"trap ':' TERM; {SERVES}; while :; do sleep 1; done", container={"rollout_active_grace_period": 3}
    )
    site.deploy("--no-wait")
    before = in_use(site, "a")
    site.project.write("Dockerfile", dockerfile("box 2"))
    site.cli.run("deploy", "--no-wait", "--containers-rollout=immediate").check()
    began = time.monotonic()
    shown = site.cli.run("containers", "info", site.project.application, "--long", "--json").check().json
    assert shown["rollout"]["status"] == "progressing"
    assert shown["active_rollout_id"] == shown["rollout"]["id"]
    waited = site.cli.run(
        "containers", "info", site.project.application, "--wait", "--long", "--json"
    ).check()
    assert waited.json["rollout"]["status"] == "completed"
    assert time.monotonic() - began > 1.5
    assert site.running().isdisjoint(before)
    (stopped,) = [i for i in site.platform.instances(site.project.application) if i["name"] == "a"]
    assert stopped["current_placement"]["status"]["exit_code"] == 137
    assert site.ask("a").text == "box 2\n"


def test_steps_replace_their_share_and_none_replaces_nothing(make_site: MakeSite) -> None:
    site = make_site(container={"rollout_step_percentage": [33, 100], "rollout_kind": "full_manual"})
    site.deploy("--no-wait")
    before = in_use(site, "a", "b", "c")
    site.project.write("Dockerfile", dockerfile("box 2"))
    site.cli.run("deploy", "--containers-rollout=none").check()
    assert site.running() == before
    site.cli.run("deploy", "--no-wait").check()
    eventually(lambda: site.rollout()["steps"][0]["status"] == "completed", what="the first step")
    assert len(site.running() & before) == 2
    path = f"containers/applications/{site.application_id()}/rollouts/{site.rollout()['id']}"
    site.platform.call(path, method="POST", body={"action": "next"})
    eventually(lambda: site.rollout()["status"] == "completed", what="the second step")
    assert site.running().isdisjoint(before)


def test_a_platform_killed_while_a_version_is_tried_continues_with_it(make_site: MakeSite) -> None:
    site = make_site()
    site.deploy()
    before = in_use(site, "a", "b", "c")
    slow = f"trap 'exit 0' TERM; sleep 4; {SERVES}"
    site.project.write("Dockerfile", dockerfile("box 2", slow))
    site.cli.run("deploy", "--no-wait").check()
    eventually(lambda: len(site.running()) == 4, what="the proof beside the three instances")
    site.platform.kill()
    site.cli.run("local", "start").check()
    eventually(
        lambda: site.rollout()["status"] == "completed", what="the end of the rollout", timeout_seconds=60
    )
    assert site.running().isdisjoint(before)


def restart(site: Site) -> None:
    """Replace the Worker's runtime, as a change of its code does."""
    secret = {"name": "OTHER", "text": str(time.time()), "type": "secret_text"}
    site.platform.call(f"workers/scripts/{site.project.name}/secrets", method="PUT", body=secret)


def test_requests_outlive_a_new_runtime_while_their_instance_is_replaced(make_site: MakeSite) -> None:
    site = make_site(f"trap 'sleep 1; exit 0' TERM; {SERVES}", container={"rollout_active_grace_period": 10})
    site.deploy("--no-wait")
    in_use(site, "a")
    site.project.write("Dockerfile", dockerfile("box 2"))
    with Hammer(f"{site.platform.worker_url(site.project.name)}?name=a") as hammer:
        site.cli.run("deploy", "--no-wait").check()
        eventually(lambda: is_stopping(site, "a"), what="the end of the instance")
        restart(site)
        eventually(lambda: "box 2\n" in hammer.bodies(), what="the next instance")
    assert hammer.failures == []
    assert hammer.bodies() == {"box 1\n", "box 2\n"}


def is_stopping(site: Site, name: str) -> bool:
    found = [each for each in site.platform.instances(site.project.application) if each["name"] == name]
    return any(each["current_placement"]["status"]["health"] == "stopping" for each in found)


def test_a_request_outlives_a_new_runtime_while_its_instance_starts(make_site: MakeSite) -> None:
    site = make_site(f"sleep 5; {SERVES}")
    site.deploy("--no-wait")
    with Hammer(f"{site.platform.worker_url(site.project.name)}?name=a", clients=1) as hammer:
        eventually(site.running, what="the instance")
        restart(site)
        eventually(lambda: hammer.total > 0, what="an answer")
    assert hammer.failures == []
    assert hammer.bodies() == {"box 1\n"}
