"""Deploying a project again and again: what changes, what does not, and what is gone in the end."""

from __future__ import annotations

import re

import pytest

from tests.support.command import Cli
from tests.support.hammer import Hammer
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.projects import Project
from tests.support.waiting import eventually

pytestmark = [pytest.mark.docker, pytest.mark.workerd]


def running_ids(platform: Platform) -> set[str]:
    return {container["Id"] for container in platform.containers(running_only=True)}


def test_a_deploy_ends_with_an_instance_that_answers(cli: Cli, project: Project, platform: Platform) -> None:
    deployed = cli.run("deploy").check()
    assert "local" in deployed.stderr.splitlines()[0]
    url = re.search(r"http://localhost:\d+", deployed.stdout + deployed.stderr)
    assert url, str(deployed)
    assert project.application in deployed.stdout + deployed.stderr
    assert len(platform.containers(running_only=True)) == 1
    assert request(url[0]).text == "box 1\n"
    assert len(platform.containers(running_only=True)) == 1, "the first request uses what was brought up"


def test_json_describes_the_deployment(cli: Cli, project: Project, platform: Platform) -> None:
    deployed = cli.run("deploy", "--json").check().json
    assert deployed["version"]
    assert deployed["url"] == platform.worker_url(project.name)
    assert [application["name"] for application in deployed["applications"]] == [project.application]
    assert len(deployed["instances"]) == 1
    assert deployed["seconds"]


def test_containers_can_be_listed_by_name(cli: Cli, project: Project, platform: Platform) -> None:
    cli.run("deploy").check()
    (listed,) = cli.run("containers", "list", "--json").check().json
    assert listed["name"] == project.application
    for name in (project.application, listed["id"]):
        assert cli.run("containers", "info", name, "--json").check().json["id"] == listed["id"]
        assert len(cli.run("containers", "instances", name, "--json").check().json) == 1


def test_a_second_deploy_changes_nothing(cli: Cli, platform: Platform) -> None:
    first = cli.run("deploy", "--json").check().json
    before = running_ids(platform)
    second = cli.run("deploy", "--json").check().json
    assert second["version"] == first["version"]
    assert second["url"] == first["url"]
    assert running_ids(platform) == before


def test_a_dry_run_changes_nothing(cli: Cli, project: Project, platform: Platform) -> None:
    shown = cli.run("deploy", "--dry-run").check()
    assert project.application in shown.stdout + shown.stderr
    assert 'no environment "nowhere"' in cli.run("deploy", "--dry-run", "--env", "nowhere").stderr
    platform.start()
    assert platform.call("local/status")["workers"] == []
    assert platform.containers() == []


def test_no_wait_brings_nothing_up(cli: Cli, project: Project, platform: Platform) -> None:
    cli.run("deploy", "--no-wait").check()
    assert platform.containers() == []
    assert request(platform.worker_url(project.name)).text == "box 1\n"


def test_a_changed_dockerfile_replaces_the_running_instance(
    cli: Cli, project: Project, platform: Platform
) -> None:
    url = cli.run("deploy", "--json").check().json["url"]
    before = running_ids(platform)
    project.replace("Dockerfile", "box 1", "box 2")
    cli.run("deploy").check()
    assert request(url).text == "box 2\n", "the deploy ends when the new image runs"
    assert running_ids(platform).isdisjoint(before)


def test_a_changed_worker_takes_over_without_a_refused_connection(
    cli: Cli, project: Project, platform: Platform
) -> None:
    url = cli.run("deploy", "--json").check().json["url"]
    before = running_ids(platform)
    project.replace("src/index.js", "worker 1", "worker 2")
    with Hammer(f"{url}/worker") as hammer:
        eventually(lambda: hammer.total > 20, what="traffic")
        cli.run("deploy").check()
        eventually(lambda: (200, "worker 2") in hammer.answers, what="a response of the new Worker")
    assert hammer.failures == []
    assert hammer.statuses() == {200}
    assert hammer.bodies() == {"worker 1", "worker 2"}
    assert running_ids(platform) == before, "a container is not replaced for a change of the Worker"


def test_deleting_an_application_leaves_no_container(cli: Cli, project: Project, platform: Platform) -> None:
    cli.run("deploy").check()
    cli.run("containers", "delete", project.application, "-y").check()
    assert platform.containers() == []
    assert cli.run("containers", "list", "--json").check().json == []


def test_deleting_the_worker_leaves_nothing(cli: Cli, project: Project, platform: Platform) -> None:
    url = cli.run("deploy", "--json").check().json["url"]
    cli.run("delete", "--force").check()
    assert platform.containers() == []
    assert platform.call("local/status")["workers"] == []
    assert cli.run("containers", "list", "--json").check().json == []
    with pytest.raises(OSError):  # noqa: PT011 (refused or reset, as the system says it)
        request(url)
    cli.run("deploy").check()


def test_the_platform_comes_back_with_its_workers(cli: Cli, project: Project, platform: Platform) -> None:
    url = cli.run("deploy", "--json").check().json["url"]
    cli.run("local", "stop").check()
    assert platform.containers() == []
    cli.run("local", "start").check()
    assert platform.worker_url(project.name) == url
    assert request(url).text == "box 1\n"


def test_a_killed_platform_adopts_what_still_runs(cli: Cli, project: Project, platform: Platform) -> None:
    url = cli.run("deploy", "--json").check().json["url"]
    request(url)
    before = running_ids(platform)
    platform.kill()
    assert running_ids(platform) == before
    cli.run("local", "start").check()
    assert request(url).text == "box 1\n"
    assert running_ids(platform) == before


def test_a_worker_is_reached_by_its_own_host_name(cli: Cli, project: Project, platform: Platform) -> None:
    url = cli.run("deploy", "--json").check().json["url"]
    host = platform.call(f"local/workers/{project.name}")["hostname_url"].removeprefix("http://")
    assert host.startswith(f"{project.name}.localhost")
    assert request(f"{url}/worker", headers={"Host": host}).text == "worker 1"


def test_a_worker_goes_back_with_its_image(cli: Cli, project: Project, platform: Platform) -> None:
    first = cli.run("deploy", "--json").check().json["version"]
    url = platform.worker_url(project.name)
    project.replace("Dockerfile", "box 1", "box 2")
    second = cli.run("deploy", "--json").check().json["version"]
    assert second != first, "another image is another version"
    assert request(url).text == "box 2\n"

    assert cli.run("rollback", "-m", "bad day").check().stdout == f"Current Version ID: {first}\n"
    assert request(url).text == "box 1\n"
    assert cli.run("deployments", "status", "--json").check().json["versions"][0]["version_id"] == first
    assert [each["id"] for each in cli.run("versions", "list", "--json").check().json] == [first, second]

    # Neither image goes while a version needs it.
    assert cli.run("local", "prune").check()
    assert cli.run("versions", "deploy", f"{second}@100%", "-y").check()
    assert request(url).text == "box 2\n"

    # An uploaded version changes nothing before it is deployed, and brings its image then.
    project.replace("Dockerfile", "box 2", "box 3")
    uploaded = cli.run("versions", "upload", "--json").check().json["version_id"]
    assert request(url).text == "box 2\n"
    assert cli.run("versions", "deploy", uploaded).check()
    assert request(url).text == "box 3\n"
