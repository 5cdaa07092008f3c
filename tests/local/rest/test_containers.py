"""Applications, their instances and their rollouts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pywrangler.local.instances.records import Instance, InstanceState
from pywrangler.local.rest.containers.configuration import complete_configuration
from pywrangler.local.rest.containers.rollouts import plan_steps
from pywrangler.local.rest.errors import RestError
from tests.local.rest.api import Api


def instance(application: Any, number: int, **fields: Any) -> Instance:
    """An instance's record."""
    made = Instance(
        id=f"00000000-0000-4000-8000-{number:012d}",
        application_id=application["id"],
        worker="chat",
        durable_object_id=f"{number:064x}",
        container_name=f"workerd-x-{number:064x}",
        state=InstanceState.RUNNING,
        image="sha256:1",
        version=1,
        created_at=1_790_000_000.0 + number,
    )
    return replace(made, **fields)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("lite", 0.0625, 256, 2000)),
        ({"instance_type": "basic"}, ("basic", 0.25, 1024, 4000)),
        ({"instance_type": "standard-4"}, ("standard-4", 4, 12288, 20000)),
        ({"vcpu": 1, "memory_mib": 1024, "disk": {"size_mb": 4000}}, (None, 1, 1024, 4000)),
        ({"memory_mib": 512}, (None, 0.0625, 512, 2000)),
    ],
)
def test_sizes(given: dict[str, Any], expected: tuple[Any, ...]) -> None:
    made = complete_configuration({"image": "a", **given})
    assert (made.get("instance_type"), made["vcpu"], made["memory_mib"], made["disk"]["size_mb"]) == expected


def test_a_modified_configuration_keeps_what_is_not_mentioned() -> None:
    first = complete_configuration({"image": "a", "instance_type": "basic", "observability": {"logs": {}}})
    assert complete_configuration({"image": "b"}, first) == {**first, "image": "b"}
    assert complete_configuration(first | {"instance_type": None}, first) == {
        key: value for key, value in first.items() if key != "instance_type"
    }
    custom = complete_configuration({"vcpu": 2}, first)
    assert ("instance_type" in custom, custom["vcpu"], custom["memory_mib"]) == (False, 2, 1024)
    assert complete_configuration({"instance_type": "lite"}, custom)["vcpu"] == 0.0625


@pytest.mark.parametrize(
    "given",
    [
        {"image": ""},
        {"image": None},
        {"image": "a", "instance_type": "huge"},
        {"image": "a", "instance_type": "lite", "vcpu": 1},
        {"image": "a", "vcpu": 5},
        {"image": "a", "vcpu": 0},
        {"image": "a", "memory_mib": "256"},
        {"image": "a", "vcpu": True},
        {"image": "a", "disk": 5},
        {"image": "a", "memory": "256MiB"},
        {"image": "a", "disk": {"size": "2GB"}},
    ],
)
def test_configurations_that_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(RestError):
        complete_configuration(given)


@pytest.mark.parametrize(
    ("body", "percentages"),
    [
        ({}, [100]),
        ({"step_percentage": 25}, [25, 50, 75, 100]),
        ({"step_percentage": 100, "steps": []}, [100]),
        ({"steps": [{"step_size": {"percentage": 10}}, {"step_size": {"percentage": 100}}]}, [10, 100]),
    ],
)
def test_steps(body: dict[str, Any], percentages: list[int]) -> None:
    steps = plan_steps(body)
    assert [step.percentage for step in steps] == percentages
    assert [step.id for step in steps] == list(range(1, len(steps) + 1))


@pytest.mark.parametrize(
    "body",
    [
        {"step_percentage": 7},
        {"step_percentage": 50, "steps": [{"step_size": {"percentage": 100}}]},
        {"steps": [{"step_size": {"percentage": 50}}]},
        {"steps": [{"step_size": {"percentage": 100}}, {"step_size": {"percentage": 100}}]},
        {"steps": [{"step_size": {"percentage": 0}}]},
        {"steps": [{"percentage": 100}]},
        {"steps": ["all"]},
    ],
)
def test_steps_that_are_refused(body: dict[str, Any]) -> None:
    with pytest.raises(RestError):
        plan_steps(body)


async def test_an_application_is_completed_and_shown(api: Api) -> None:
    namespace_id = await api.upload_with_class("chat")
    made = await api.create_application(
        namespace_id, constraints={"regions": ["WEUR"]}, rollout_active_grace_period=5
    )
    assert made["configuration"] == {
        "image": "app:v1",
        "instance_type": "lite",
        "vcpu": 0.0625,
        "memory_mib": 256,
        "memory": "256MiB",
        "disk": {"size_mb": 2000, "size": "2000MB"},
    }
    assert made["health"] == {
        "instances": {"active": 0, "healthy": 10, "failed": 0, "starting": 0, "scheduling": 0}
    }
    assert (made["max_instances"], made["scheduling_policy"], made["instances"]) == (10, "default", 0)
    assert (await api.call("GET", f"/containers/applications/{made['id']}")).result == made
    assert (await api.call("GET", "/containers/applications")).result == [made]
    assert (await api.call("GET", "/containers/applications?name=other")).result == []
    runnable = api.store.applications.by_namespace(namespace_id)
    assert runnable is not None
    assert runnable == api.store.applications.by_id(made["id"])
    assert (runnable.worker, runnable.class_name, runnable.image) == ("chat", "Room", "app:v1")
    assert (runnable.max_instances, runnable.memory_mib, runnable.grace_seconds) == (10, 256, 5)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": ""}, (400, 10021)),
        ({"configuration": {}}, (400, 1000)),
        ({"configuration": "app:v1"}, (400, 1000)),
        ({"max_instances": -1}, (400, 1000)),
        ({"max_instances": "3"}, (400, 1000)),
        ({"constraints": []}, (400, 1000)),
        ({"durable_objects": None}, (400, 1000)),
        ({"durable_objects": {"namespace_id": "0" * 32}}, (400, 1000)),
        ({"scheduling_policy": "durable_object"}, (400, 1000)),
        ({"scheduling_policy": "durable_object", "max_instances": 3, "configuration": {}}, (400, 1000)),
        ({"jobs": True}, (501, 10501)),
    ],
)
async def test_an_application_that_is_refused(
    api: Api, changes: dict[str, Any], refusal: tuple[int, int]
) -> None:
    namespace_id = await api.upload_with_class("chat")
    body = {
        "name": "a",
        "configuration": {"image": "a"},
        "durable_objects": {"namespace_id": namespace_id},
        **changes,
    }
    assert (await api.call("POST", "/containers/applications", body)).refusal == refusal
    assert api.store.applications.all() == []


async def test_an_application_that_its_class_manages_has_the_id_of_its_namespace(api: Api) -> None:
    namespace_id = await api.upload_with_class("chat")
    place = {"durable_objects": {"namespace_id": namespace_id}}
    body = {"name": "a", "scheduling_policy": "durable_object", **place}
    made = (await api.call("POST", "/containers/applications", body)).result
    assert (made["id"], made["configuration"]) == (namespace_id, {})
    runnable = api.store.applications.by_id(namespace_id)
    assert runnable is not None
    assert (runnable.is_managed, runnable.image, runnable.memory_mib) == (True, "", 256)
    # The upload named no images, so the Worker starts again with code that passes sizes on.
    active = api.store.versions.active("chat")
    assert active is not None
    assert api.operations.calls.count(("activate", "chat", active.id)) == 2

    path = f"/containers/applications/{namespace_id}"
    changed = (await api.call("PATCH", path, {"configuration": {"wrangler_ssh": {"enabled": True}}})).result
    assert changed["configuration"] == {"wrangler_ssh": {"enabled": True}}
    for wrong in ({"scheduling_policy": "default"}, {"configuration": {"image": "a"}}, {"max_instances": 1}):
        assert (await api.call("PATCH", path, wrong)).refusal == (400, 1000)
    steps = {"steps": [{"step_size": {"percentage": 100}}], "target_configuration": {}}
    answer = await api.call("POST", f"{path}/rollouts", steps)
    assert "chooses image and size" in answer.message
    listed = (await api.call("GET", "/containers/dash/applications")).result
    assert [(each["id"], each["image"]) for each in listed] == [(namespace_id, None)]


async def test_an_image_of_the_platform_needs_no_preparation(api: Api) -> None:
    answer = await api.call("POST", "/containers/image-preparations", {"image": "a@sha256:b"})
    assert answer.result == {"image": "a@sha256:b", "status": "ready"}


async def test_a_namespace_has_one_application_and_a_name_too(api: Api) -> None:
    one, other = await api.upload_with_class("one"), await api.upload_with_class("two")
    await api.create_application(one, "app")
    body = {"name": "app", "configuration": {"image": "a"}, "durable_objects": {"namespace_id": other}}
    assert (await api.call("POST", "/containers/applications", body)).refusal == (409, 1000)
    again = {**body, "name": "new", "durable_objects": {"namespace_id": one}}
    answer = await api.call("POST", "/containers/applications", again)
    assert "DURABLE_OBJECT_ALREADY_HAS_APPLICATION" in answer.message
    assert answer.status == 400


async def test_a_class_without_a_container_gets_none(api: Api) -> None:
    await api.upload("chat", migrations={"new_tag": "v1", "new_sqlite_classes": ["Room"]})
    namespace = api.store.namespaces.find("chat", "Room")
    assert namespace is not None
    body = {"name": "a", "configuration": {"image": "a"}, "durable_objects": {"namespace_id": namespace.id}}
    answer = await api.call("POST", "/containers/applications", body)
    assert "DURABLE_OBJECT_NOT_CONTAINER_ENABLED" in answer.message


async def test_the_version_counts_configurations(api: Api) -> None:
    made = await api.create_application(await api.upload_with_class("chat"))
    path = f"/containers/applications/{made['id']}"
    same = (
        await api.call("PATCH", path, {"configuration": made["configuration"] | {"instance_type": "lite"}})
    ).status
    assert same == 400, "a type and sizes exclude each other"
    same = (
        await api.call("PATCH", path, {"configuration": {"image": "app:v1", "instance_type": "lite"}})
    ).result
    assert same == made
    more = (await api.call("PATCH", path, {"max_instances": 20})).result
    assert (more["version"], more["max_instances"]) == (1, 20)
    assert more["updated_at"] > made["updated_at"]
    changed = (await api.call("PATCH", path, {"configuration": {"image": "app:v2"}})).result
    assert (changed["version"], changed["max_instances"], changed["configuration"]["image"]) == (
        2,
        20,
        "app:v2",
    )
    assert (await api.call("PATCH", path, {"name": "other"})).refusal == (501, 10501)
    assert (await api.call("PATCH", "/containers/applications/nope", {})).refusal == (404, 1000)


async def test_deleting_waits_for_its_containers(api: Api) -> None:
    made = await api.create_application(await api.upload_with_class("chat"))
    assert (await api.call("DELETE", f"/containers/applications/{made['id']}")).result == {}
    assert api.operations.calls[-1] == ("remove_application", made["id"])
    assert (await api.call("DELETE", f"/containers/applications/{made['id']}")).refusal == (404, 1000)


async def test_an_application_outlives_its_worker(api: Api) -> None:
    made = await api.create_application(await api.upload_with_class("chat"))
    await api.call("DELETE", "/workers/services/chat?force=true")
    assert [entry["id"] for entry in (await api.call("GET", "/containers/applications")).result] == [
        made["id"]
    ]


async def test_instances_page_by_page(api: Api) -> None:
    made = await api.create_application(await api.upload_with_class("chat"))
    for number in range(1, 6):
        api.store.instances.save(instance(made, number))
    restarted = instance(made, 5)
    again = {
        "id": instance(made, 6).id,
        "created_at": restarted.created_at + 1,
        "state": InstanceState.STARTING,
    }
    api.store.instances.save(replace(restarted, state=InstanceState.STOPPED))
    api.store.instances.save(replace(restarted, **again))
    dead = {"state": InstanceState.FAILED, "exit_code": 137, "oom_killed": True, "reason": "out of memory"}
    api.store.instances.save(instance(made, 7, **dead))
    api.operations.names = {f"{1:064x}": "alice", f"{5:064x}": "eve"}
    base = f"/containers/dash/applications/{made['id']}/instances"

    seen: list[Any] = []
    token = ""
    for _ in range(3):
        answer = await api.call("GET", f"{base}?per_page=2{token}")
        seen += zip(answer.result["instances"], answer.result["durable_objects"], strict=True)
        following = answer.body["result_info"]["next_page_token"]
        token = f"&page_token={following}"
    assert following is None
    assert [shown["id"][-1] for shown, _ in seen] == ["1", "2", "3", "4", "6", "7"]
    assert all(shown["id"] == actor["deployment_id"] for shown, actor in seen)
    assert [actor.get("name") for _, actor in seen] == ["alice", None, None, None, "eve", None]
    states = [shown["current_placement"]["status"]["health"] for shown, _ in seen]
    assert states == ["running"] * 4 + ["placed", "failed"]
    assert seen[5][0]["current_placement"]["status"]["exit_code"] == 137

    for search in ("eve", f"{5:064x}"):
        found = (await api.call("GET", f"{base}?search={search}")).result
        assert [actor["name"] for actor in found["durable_objects"]] == ["eve"]
    assert (await api.call("GET", f"{base}?search=ev")).result["durable_objects"] == []
    for wrong in ("per_page=0", "per_page=x", "page_token=!!", "page_token=bm90"):
        assert (await api.call("GET", f"{base}?{wrong}")).status == 400, wrong
    assert (await api.call("GET", "/containers/dash/applications/nope/instances")).refusal == (404, 1000)

    row = (await api.call("GET", "/containers/dash/applications")).result[0]
    assert (row["instances"], row["image"], row["version"]) == (5, "app:v1", 1)
    assert row["health"]["instances"] == {
        "active": 4,
        "healthy": 9,
        "failed": 1,
        "starting": 1,
        "scheduling": 0,
    }


async def test_a_rollout_is_begun_watched_and_finished(api: Api) -> None:
    made = await api.create_application(await api.upload_with_class("chat"))
    base = f"/containers/applications/{made['id']}/rollouts"
    body = {
        "description": "d",
        "strategy": "rolling",
        "target_configuration": {"image": "app:v2"},
        "step_percentage": 50,
    }
    rollout = (await api.call("POST", base, body)).result
    assert (rollout["status"], rollout["kind"], rollout["description"]) == ("pending", "full_auto", "d")
    assert (rollout["current_configuration"]["image"], rollout["target_configuration"]["image"]) == (
        "app:v1",
        "app:v2",
    )
    assert rollout["progress"] == {
        "total_steps": 2,
        "current_step": 0,
        "updated_instances": 0,
        "total_instances": 0,
    }
    application = (await api.call("GET", f"/containers/applications/{made['id']}")).result
    assert (application["active_rollout_id"], application["version"]) == (rollout["id"], 2)

    stored = api.store.rollouts.get(rollout["id"])
    assert stored is not None
    api.store.rollouts.save(replace(stored, status="completed", updated_instances=3, total_instances=3))
    done = (await api.call("GET", f"{base}/{rollout['id']}")).result
    assert (done["status"], done["progress"]["updated_instances"]) == ("completed", 3)
    application = (await api.call("GET", f"/containers/applications/{made['id']}")).result
    assert "active_rollout_id" not in application
    assert (await api.call("POST", f"{base}/{rollout['id']}", {"action": "next"})).status == 400
    assert (await api.call("DELETE", f"{base}/{rollout['id']}")).result == {}
    assert (await api.call("GET", f"{base}/{rollout['id']}")).refusal == (404, 1000)


async def test_a_new_rollout_replaces_the_running_one(api: Api) -> None:
    made = await api.create_application(await api.upload_with_class("chat"))
    base = f"/containers/applications/{made['id']}/rollouts"
    first = (await api.call("POST", base, {"target_configuration": {"image": "app:v2"}})).result
    assert (await api.call("DELETE", f"{base}/{first['id']}")).status == 400
    second = (await api.call("POST", base, {"target_configuration": {"image": "app:v3"}})).result
    listed = (await api.call("GET", base)).result
    assert [(entry["id"], entry["status"]) for entry in listed] == [
        (second["id"], "pending"),
        (first["id"], "replaced"),
    ]
    assert (second["current_version"], second["target_version"]) == (1, 3)


async def test_reverting_goes_back_to_the_configuration_before(api: Api) -> None:
    made = await api.create_application(await api.upload_with_class("chat"))
    base = f"/containers/applications/{made['id']}/rollouts"
    rollout = (await api.call("POST", base, {"target_configuration": {"image": "app:v2"}})).result
    reverted = (await api.call("POST", f"{base}/{rollout['id']}", {"action": "revert"})).result
    assert (reverted["success"], reverted["rollout"]["status"]) == (True, "reverted")
    application = (await api.call("GET", f"/containers/applications/{made['id']}")).result
    assert (application["version"], application["configuration"]["image"]) == (1, "app:v1")
    back = api.store.rollouts.active(made["id"])
    assert back is not None
    assert (back.current_version, back.target_version) == (2, 1)
    assert api.operations.calls[-1] == ("start_rollout", back.id)
    assert (await api.call("POST", f"{base}/{rollout['id']}", {"action": "revert"})).status == 400
    third = (
        await api.call(
            "PATCH", f"/containers/applications/{made['id']}", {"configuration": {"image": "app:v3"}}
        )
    ).result
    assert third["version"] == 3, "numbers are not used twice"


async def test_rollout_actions(api: Api) -> None:
    made = await api.create_application(await api.upload_with_class("chat"))
    base = f"/containers/applications/{made['id']}/rollouts"
    manual = {"kind": "full_manual", "target_configuration": {"image": "app:v2"}, "step_percentage": 50}
    rollout = (await api.call("POST", base, manual)).result
    stepped = (await api.call("POST", f"{base}/{rollout['id']}", {"action": "next"})).result
    assert stepped["success"] is True
    assert api.operations.calls[-2:] == [("start_rollout", rollout["id"])] * 2
    assert (await api.call("POST", f"{base}/{rollout['id']}", {"action": "previous"})).refusal == (501, 10501)
    assert (await api.call("POST", f"{base}/{rollout['id']}", {"action": "jump"})).refusal == (400, 1000)
    assert (await api.call("POST", base, {"kind": "sometimes"})).refusal == (400, 1000)
    assert (await api.call("POST", f"{base}/nope", {"action": "next"})).refusal == (404, 1000)


async def test_the_account_and_what_is_not_offered(api: Api) -> None:
    me = (await api.call("GET", "/containers/me")).result
    assert me["limits"]["memory_mib_per_deployment"] == 12288
    assert me["defaults"]["memory_mib"] == 256
    answer = await api.call(
        "POST", "/containers/registries/registry.cloudflare.com/credentials", {"permissions": ["push"]}
    )
    assert answer.refusal == (501, 10501)
    assert "it has none" in answer.message
    bad = {"domain": "d", "auth": {"private_credential": {"store_id": "0", "secret_name": "x"}}}
    assert (await api.call("POST", "/containers/registries", bad)).refusal == (400, 1000)
    assert (await api.call("GET", "/containers/registries")).result == []
