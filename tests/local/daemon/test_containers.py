"""The whole platform in its own process, with Workers that have containers: bring-up, rollouts, restarts."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from pywrangler.local.client.stopping import stop
from tests.local.daemon.uploads import BOX_METADATA, Account, Bundler, serve
from tests.support.hammer import Hammer
from tests.support.http import request
from tests.support.waiting import eventually

pytestmark = [pytest.mark.workerd, pytest.mark.docker]


def test_a_worker_answers_from_its_container(account: Account, bundler: Bundler, image: str) -> None:
    url = account.deploy("boxes", bundler.container_worker(), **BOX_METADATA)
    account.create_application("boxes", image)
    assert request(url).text == "box 1\n"
    [container] = account.platform.containers()
    assert container["State"]["Running"]
    assert account.platform.instances("boxes-box")


def test_bring_up_starts_one_instance_and_tells_its_port(
    account: Account, bundler: Bundler, image: str
) -> None:
    account.deploy("boxes", bundler.container_worker(), **BOX_METADATA)
    account.create_application("boxes", image)
    answer = account.bring_up("boxes")
    assert answer.status == 200, answer.text
    result = answer.json["result"]
    assert (result["state"], result["ports"]) == ("running", [8080])
    assert result["durable_object_name"] == "cf-singleton-container"
    assert len(account.platform.containers(running_only=True)) == 1


def test_bring_up_needs_no_slot_of_its_own_when_requests_have_them_all(
    account: Account, bundler: Bundler, image: str
) -> None:
    url = account.deploy("boxes", bundler.container_worker(), **BOX_METADATA)
    account.create_application("boxes", image, max_instances=2)
    for name in "ab":
        request(f"{url}?name={name}")
    answer = account.bring_up("boxes")
    assert answer.status == 200, answer.text
    assert answer.json["result"]["durable_object_name"] in ("a", "b")
    assert len(account.platform.containers()) == 2


def test_an_image_that_exits_at_once_is_reported_with_its_exit_code_and_words(
    account: Account, bundler: Bundler, images: Callable[..., str]
) -> None:
    image = images('["sh", "-c", "echo no configuration; exit 3"]')
    account.deploy("boxes", bundler.container_worker(), **BOX_METADATA)
    account.create_application("boxes", image)
    answer = account.bring_up("boxes")
    assert answer.status == 422
    result = answer.json["result"]
    assert result["exit_code"] == 3
    assert result["reason"] == "exited with code 3"
    assert result["log_tail"] == ["no configuration"]
    assert result["application"] == "boxes-box"


def test_a_job_has_come_up_when_it_has_ended_well(
    account: Account, bundler: Bundler, images: Callable[..., str]
) -> None:
    account.deploy("boxes", bundler.container_worker(port=None), **BOX_METADATA)
    account.create_application("boxes", images('["echo", "nothing to do"]'))
    answer = account.bring_up("boxes")
    assert answer.status == 200, answer.text
    assert (answer.json["result"]["state"], answer.json["result"]["ports"]) == ("stopped", [])


def test_a_server_has_not_come_up_when_it_has_ended_well(
    account: Account, bundler: Bundler, images: Callable[..., str]
) -> None:
    account.deploy("boxes", bundler.container_worker(), **BOX_METADATA)
    account.create_application("boxes", images('["echo", "gone to the background"]'))
    result = account.bring_up("boxes").json["result"]
    assert (result["exit_code"], result["refused_ports"]) == (0, [8080])


@pytest.mark.slow
def test_a_port_that_never_opens_is_reported_with_what_the_container_listens_on(
    account: Account, bundler: Bundler, images: Callable[..., str]
) -> None:
    image = images(serve(9090))
    account.deploy("boxes", bundler.container_worker(), **BOX_METADATA)
    account.create_application("boxes", image)
    result = account.bring_up("boxes").json["result"]
    assert result["refused_ports"] == [8080]
    assert [entry["port"] for entry in result["listening"]] == [9090]
    assert result["reason"] == "nothing in the container listens on port 8080"


def test_containers_outlive_a_new_version_of_their_worker(
    account: Account, bundler: Bundler, image: str
) -> None:
    url = account.deploy("boxes", bundler.container_worker(), **BOX_METADATA)
    account.create_application("boxes", image)
    request(url)
    [before] = account.platform.containers()
    with Hammer(url, clients=2) as hammer:
        account.deploy("boxes", bundler.container_worker(version="worker 2"), **BOX_METADATA)
    assert request(f"{url}/worker").text == "worker 2"
    assert request(url).text == "box 1\n"
    # For a moment there is another one, by which the platform sees what the new version asks of its network.
    eventually(
        lambda: [each["Id"] for each in account.platform.containers()] == [before["Id"]],
        what="the end of every container but the one from before",
    )
    assert request(url).text == "box 1\n"
    assert hammer.failures == []
    assert hammer.statuses() == {200}


def test_a_killed_platform_adopts_its_containers(account: Account, bundler: Bundler, image: str) -> None:
    url = account.deploy("boxes", bundler.container_worker(), **BOX_METADATA)
    account.create_application("boxes", image)
    request(url)
    [before] = account.platform.containers()
    account.platform.kill()
    account.platform.start()
    assert request(url).text == "box 1\n"
    [after] = account.platform.containers()
    assert after["Id"] == before["Id"]


def test_stopping_the_platform_stops_its_containers(account: Account, bundler: Bundler, image: str) -> None:
    url = account.deploy("boxes", bundler.container_worker(), **BOX_METADATA)
    account.create_application("boxes", image)
    request(url)
    stop(os.environ)
    assert account.platform.containers() == []
    account.platform.start()
    assert request(url).text == "box 1\n"


def test_a_rollout_replaces_running_instances(
    account: Account, bundler: Bundler, image: str, images: Callable[..., str]
) -> None:
    url = account.deploy("boxes", bundler.container_worker(), **BOX_METADATA)
    application = account.create_application("boxes", image)
    assert request(f"{url}?name=a").text == "box 1\n"
    assert request(f"{url}?name=b").text == "box 1\n"
    newer = images(serve(), page="box 2")
    path = f"containers/applications/{application['id']}/rollouts"
    body = {
        "description": "newer",
        "strategy": "rolling",
        "kind": "full_auto",
        "target_configuration": {"image": newer},
        "steps": [{"step_size": {"percentage": 50}}, {"step_size": {"percentage": 100}}],
    }
    rollout = account.platform.call(path, method="POST", body=body)

    def status() -> str:
        return str(account.platform.call(f"{path}/{rollout['id']}")["status"])

    eventually(lambda: status() == "completed")
    assert {request(f"{url}?name={name}").text for name in "ab"} == {"box 2\n"}


def test_names_of_durable_objects_are_known(account: Account, bundler: Bundler, image: str) -> None:
    url = account.deploy("boxes", bundler.container_worker(), **BOX_METADATA)
    account.create_application("boxes", image)
    request(f"{url}?name=session-7")
    application = next(iter(account.platform.call("containers/dash/applications")))

    def names() -> set[str | None]:
        path = f"containers/dash/applications/{application['id']}/instances"
        return {entry.get("name") for entry in account.platform.call(path)["durable_objects"]}

    assert eventually(lambda: "session-7" in names())


def test_a_deleted_application_has_no_container_left(account: Account, bundler: Bundler, image: str) -> None:
    url = account.deploy("boxes", bundler.container_worker(), **BOX_METADATA)
    application = account.create_application("boxes", image)
    request(url)
    account.platform.call(f"containers/applications/{application['id']}", method="DELETE")
    assert account.platform.containers() == []


def test_a_rollout_to_an_image_that_fails_stops_and_says_why(
    account: Account, bundler: Bundler, image: str, images: Callable[..., str]
) -> None:
    url = account.deploy("boxes", bundler.container_worker(), **BOX_METADATA)
    application = account.create_application("boxes", image)
    for name in "abc":
        assert request(f"{url}?name={name}").text == "box 1\n"
    path = f"containers/applications/{application['id']}/rollouts"
    broken = images('["sh", "-c", "echo broken; exit 7"]')
    body = {"kind": "full_auto", "target_configuration": {"image": broken}, "step_percentage": 100}
    with Hammer(f"{url}?name=a", clients=1):
        rollout = account.platform.call(path, method="POST", body=body)
        reason = eventually(lambda: account.platform.call(f"{path}/{rollout['id']}").get("reason"))
    assert "exited with code 7" in reason
    # The others continue with the image that works.
    assert request(f"{url}?name=c").text == "box 1\n"
