"""Images of containers that go back with the version of their Worker."""

from __future__ import annotations

from typing import Any

from pywrangler.local.store.versions import VERSIONS_WITH_IMAGES
from tests.local.rest.api import Api

BINDINGS = [{"name": "ROOMS", "type": "durable_object_namespace", "class_name": "Room"}]


def naming(image: str) -> dict[str, Any]:
    """What an upload of pywrangler says about the container."""
    containers = [{"class_name": "Room", "name": "chat-room", "image": image}]
    return {"bindings": BINDINGS, "containers": containers}


async def deploy(api: Api, version_id: str) -> Any:
    body = {"versions": [{"version_id": version_id, "percentage": 100}]}
    return (await api.call("POST", "/workers/scripts/chat/deployments", body)).result


async def rolled_out(api: Api, application: Any, image: str) -> None:
    path = f"/containers/applications/{application['id']}/rollouts"
    body = {"description": "", "strategy": "rolling", "target_configuration": {"image": image}}
    assert (await api.call("POST", path, body)).status == 200


def active(api: Api) -> str:
    version = api.store.versions.active("chat")
    assert version is not None
    return version.id


async def test_another_image_makes_another_version_and_goes_back_with_it(api: Api) -> None:
    application = await api.create_application(await api.upload_with_class("chat"))
    await api.upload("chat", **naming("app:v1"))
    first = active(api)
    await api.upload("chat", **naming("app:v1"))
    assert active(api) == first, "an equal upload is the same version"
    await api.upload("chat", **naming("app:v2"))
    assert active(api) != first
    await rolled_out(api, application, "app:v2")

    back = await deploy(api, first)
    (change,) = back["images"]
    assert (change["application"]["name"], change["image"]) == ("chat-room", "app:v1")
    record = api.store.applications.get(application["id"])
    assert record is not None
    assert record.configuration["image"] == "app:v1"
    rollout = api.store.rollouts.get(change["rollout"]["id"])
    assert rollout is not None
    assert (rollout.target_configuration["image"], rollout.steps[0].percentage) == ("app:v1", 100)
    assert "images" not in await deploy(api, first)
    shown = (await api.call("GET", f"/workers/scripts/chat/deployments/{back['id']}")).result
    assert shown["versions"] == back["versions"]
    assert (await api.call("GET", "/workers/scripts/chat/deployments/x")).refusal == (404, 10198)


async def test_an_uploaded_version_brings_its_image(api: Api) -> None:
    application = await api.create_application(await api.upload_with_class("chat"))
    waiting = (await api.upload("chat", versions=True, **naming("app:v9"))).result["id"]
    record = api.store.applications.get(application["id"])
    assert record is not None
    assert record.configuration["image"] == "app:v1"
    assert [each["image"] for each in (await deploy(api, waiting))["images"]] == ["app:v9"]


async def test_images_that_no_upload_names_belong_to_the_version_of_their_time(api: Api) -> None:
    """Wrangler (4.164) changes the application after an upload that does not name the image."""
    application = await api.create_application(await api.upload_with_class("chat"))
    first = active(api)
    plain = {"bindings": BINDINGS, "containers": [{"class_name": "Room"}]}
    await api.upload("chat", **plain)
    second = active(api)
    assert second != first
    await rolled_out(api, application, "app:v2")
    assert [each["image"] for each in (await deploy(api, first))["images"]] == ["app:v1"]
    assert [each["image"] for each in (await deploy(api, second))["images"]] == ["app:v2"]


async def test_the_newest_versions_keep_their_images(api: Api) -> None:
    await api.create_application(await api.upload_with_class("chat"))
    for number in range(VERSIONS_WITH_IMAGES + 2):
        await api.upload("chat", **naming(f"app:n{number}"))
    needed = set(api.store.versions.needed_images())
    newest = {("chat-room", f"app:n{number}") for number in range(2, VERSIONS_WITH_IMAGES + 2)}
    assert newest <= needed
    assert not {("chat-room", "app:n0"), ("chat-room", "app:n1")} & needed


async def test_a_version_whose_image_is_gone_does_not_come_back(api: Api) -> None:
    application = await api.create_application(await api.upload_with_class("chat"))
    first = active(api)
    await api.upload("chat", **naming("app:v2"))
    await rolled_out(api, application, "app:v2")
    second = active(api)
    api.operations.gone_images = {"app:v1"}
    body = {"versions": [{"version_id": first, "percentage": 100}]}
    refused = await api.call("POST", "/workers/scripts/chat/deployments", body)
    assert refused.refusal == (409, 10502)
    assert "its image app:v1 is no longer in the Docker Engine" in refused.message
    assert active(api) == second
