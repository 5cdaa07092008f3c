"""Deployments in which two versions share the requests of a Worker."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.local.store.records import Share
from tests.local.rest.api import ESM, Answer, Api

DEPLOYMENTS = "/workers/scripts/chat/deployments"


async def two_versions(api: Api) -> tuple[str, str]:
    """The id of the version that serves, and of one that does not."""
    await api.upload("chat")
    waiting = (await api.upload("chat", {"index.js": (b"// two", ESM)}, versions=True)).result["id"]
    active = api.store.versions.active("chat")
    assert active is not None
    return active.id, waiting


async def deploy(api: Api, **shares: Any) -> Answer:
    versions = [{"version_id": name, "percentage": share} for name, share in shares.items()]
    return await api.call("POST", DEPLOYMENTS, {"strategy": "percentage", "versions": versions})


async def test_the_larger_share_is_the_active_version(api: Api) -> None:
    old, new = await two_versions(api)
    made = (await deploy(api, **{old: 40, new: 60})).result
    assert made["versions"] == [
        {"version_id": old, "percentage": 40},
        {"version_id": new, "percentage": 60},
    ]
    assert api.operations.calls[-1] == ("activate", "chat", new, Share(old, 40))
    active = api.store.versions.active("chat")
    assert active is not None
    assert active.id == new
    listed = (await api.call("GET", DEPLOYMENTS)).result["deployments"]
    assert listed[0] == made
    assert listed[1]["versions"] == [{"version_id": old, "percentage": 100}]


async def test_of_equal_shares_the_active_version_stays(api: Api) -> None:
    old, new = await two_versions(api)
    await deploy(api, **{new: 50, old: 50})
    assert api.operations.calls[-1] == ("activate", "chat", old, Share(new, 50))


async def test_the_same_split_again_starts_nothing(api: Api) -> None:
    old, new = await two_versions(api)
    await deploy(api, **{old: 90, new: 10})
    before = len(api.operations.calls)
    await deploy(api, **{old: 90, new: 10})
    assert len(api.operations.calls) == before
    await deploy(api, **{old: 80, new: 20})
    assert api.operations.calls[-1] == ("activate", "chat", old, Share(new, 20))


async def test_one_version_alone_and_an_equal_upload_end_it(api: Api) -> None:
    old, new = await two_versions(api)
    await deploy(api, **{old: 90, new: 10})
    await deploy(api, **{old: 100})
    assert api.operations.calls[-1] == ("activate", "chat", old)
    assert api.store.workers.split("chat") == ()
    await deploy(api, **{old: 90, new: 10})
    await api.upload("chat")
    assert api.store.workers.split("chat") == ()
    assert len(api.operations.calls[-1]) == 3


async def test_a_secret_of_a_shared_worker_is_not_changed(api: Api) -> None:
    old, new = await two_versions(api)
    await deploy(api, **{old: 90, new: 10})
    put = await api.call("PUT", "/workers/scripts/chat/secrets", {"name": "KEY", "text": "x"})
    assert put.refusal == (400, 10215)
    assert api.store.workers.split("chat") == (Share(old, 90), Share(new, 10))


async def test_versions_that_serve_are_never_discarded(api: Api) -> None:
    old, new = await two_versions(api)
    await deploy(api, **{old: 90, new: 10})
    for number in range(25):
        await api.upload("chat", {"index.js": (f"// {number}".encode(), ESM)}, versions=True)
    left = {version.id for version in api.store.versions.of_worker("chat")}
    assert {old, new} <= left
    assert len(left) == 22


@pytest.mark.parametrize(
    ("shares", "refusal"),
    [
        ({"old": 50, "new": 49}, (400, 10021)),
        ({"old": 110, "new": -10}, (400, 10021)),
        ({"old": True, "new": 99}, (400, 10021)),
        ({"old": "100"}, (400, 10021)),
        ({"old": 40, "new": 30, "x": 30}, (501, 10501)),
        ({"old": 40, "x": 60}, (404, 100146)),
    ],
)
async def test_what_cannot_be_shared_changes_nothing(
    api: Api, shares: dict[str, Any], refusal: tuple[int, int]
) -> None:
    ids = dict(zip(("old", "new"), await two_versions(api), strict=True))
    before = len(api.operations.calls)
    refused = await deploy(api, **{ids.get(name, name): share for name, share in shares.items()})
    assert refused.refusal == refusal
    assert len(api.operations.calls) == before
