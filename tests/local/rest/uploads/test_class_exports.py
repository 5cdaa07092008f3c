"""Durable Object classes that an upload declares by `exports`: created, renamed, deleted, or refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.rest.api import Answer, Api

SQLITE = {"type": "durable-object", "storage": "sqlite"}
DELETED = {"type": "durable-object", "state": "deleted"}


def renamed(to: str) -> dict[str, str]:
    return {"type": "durable-object", "state": "renamed", "renamed_to": to}


async def declare(api: Api, **exports: Any) -> Answer:
    return await api.upload("chat", exports=exports)


async def declared(api: Api, **exports: Any) -> dict[str, Any]:
    """The report's parts that say something."""
    report = (await declare(api, **exports)).result["exports_reconciliation"]
    assert set(report) == {
        "created", "updated", "deleted", "renamed", "transferred", "transfer_pending", "warnings", "info",
        "removable_entries",
    }  # fmt: skip
    return {name: found for name, found in report.items() if found}


def ids(api: Api) -> dict[str, str]:
    return {each.class_name: each.id for each in api.store.namespaces.of_script("chat")}


async def test_classes_come_are_renamed_and_go(api: Api) -> None:
    assert await declared(api, Room=SQLITE, Hall=SQLITE) == {"created": ["Hall", "Room"]}
    first = ids(api)
    assert await declared(api, Room=renamed("Lobby"), Lobby=SQLITE, Hall=DELETED) == {
        "deleted": ["Hall"],
        "renamed": [{"from": "Room", "to": "Lobby"}],
    }
    assert ids(api) == {"Lobby": first["Room"]}, "its objects are the same"


async def test_an_entry_without_effect_may_stay_and_is_named(api: Api) -> None:
    await declare(api, Room=SQLITE)
    report = await declared(api, Room=SQLITE, Gone=DELETED)
    assert report["removable_entries"] == ["Gone"]
    assert [entry["scenario"] for entry in report["info"]] == ["stale_tombstone"]


async def test_a_worker_with_migrations_can_change_over(api: Api) -> None:
    namespace = await api.upload_with_class("chat")
    assert await declared(api, Room=SQLITE) == {}
    assert ids(api) == {"Room": namespace}


async def test_a_container_is_linked_from_the_export(api: Api) -> None:
    answer = await api.upload(
        "chat", exports={"Room": {**SQLITE, "container": "app"}}, containers=[{"name": "app"}]
    )
    assert answer.result["exports_reconciliation"]["created"] == ["Room"]
    version = api.store.versions.active("chat")
    assert version is not None
    assert version.container_classes == {"Room"}


async def test_exports_of_workers_are_no_classes(api: Api) -> None:
    answer = await declare(api, Inner={"type": "worker", "cache": {"enabled": True}})
    assert "exports_reconciliation" not in answer.result
    assert ids(api) == {}


@pytest.mark.parametrize(
    ("exports", "scenario"),
    [
        ({"Hall": SQLITE}, "orphaned_provisioned_namespace"),
        ({"Room": {"type": "durable-object", "storage": "legacy-kv"}}, "storage_type_mismatch"),
        ({"Room": renamed("Nowhere")}, "invalid_export"),
    ],
)
async def test_what_would_lose_data_is_refused_with_the_class(
    api: Api, exports: dict[str, Any], scenario: str
) -> None:
    await declare(api, Room=SQLITE)
    before = ids(api)
    answer = await declare(api, **exports)
    assert answer.refusal == (400, 100402)
    (detail,) = answer.body["errors"][0]["meta"]["details"]
    assert (detail["class"], detail["scenario"]) == ("Room", scenario)
    assert "Room" in answer.message
    assert ids(api) == before


@pytest.mark.parametrize(
    ("metadata", "status"),
    [
        ({"exports": ["Room"]}, 400),
        ({"exports": {"Room": "sqlite"}}, 400),
        ({"exports": {"Room": {"type": "durable-object"}}}, 400),
        ({"exports": {"Room": {"type": "durable-object", "storage": ["sqlite"]}}}, 400),
        ({"exports": {"Room": {**SQLITE, "state": "dissolved"}}}, 400),
        ({"exports": {"Room": {**SQLITE, "state": ["deleted"]}}}, 400),
        ({"exports": {"Room": SQLITE}, "migrations": {"steps": []}}, 400),
        ({"exports": {"Room": {**SQLITE, "state": "expecting-transfer"}}}, 400),
        ({"exports": {"Room": {**SQLITE, "state": "expecting-transfer", "transfer_from": "chat"}}}, 400),
    ],
)
async def test_declarations_that_make_no_sense_are_refused(
    api: Api, metadata: dict[str, Any], status: int
) -> None:
    answer = await api.upload("chat", **metadata)
    assert answer.refusal[0] == status
    assert api.store.workers.get("chat") is None


async def test_a_version_gets_its_classes_when_it_is_deployed(api: Api) -> None:
    await api.upload("chat")
    made = (await api.upload("chat", versions=True, exports={"Room": SQLITE})).result
    assert ids(api) == {}
    deployment = {"strategy": "percentage", "versions": [{"version_id": made["id"], "percentage": 100}]}
    assert (await api.call("POST", "/workers/scripts/chat/deployments", deployment)).status == 200
    assert list(ids(api)) == ["Room"]
