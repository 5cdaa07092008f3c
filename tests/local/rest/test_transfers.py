"""Durable Object classes that move to another Worker: by a migration, and by `exports` in two deploys."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.local.rest.operations import WorkerStartError
from tests.local.rest.api import Answer, Api

SQLITE = {"type": "durable-object", "storage": "sqlite"}
AWAITED = {**SQLITE, "state": "expecting-transfer", "transfer_from": "chat"}
GIVEN = {"type": "durable-object", "state": "transferred", "transferred_to": "club"}


def take(former: str = "Room", source: str = "chat", name: str = "Hall") -> dict[str, Any]:
    step = {"transferred_classes": [{"from": former, "from_script": source, "to": name}]}
    return {"new_tag": "v1", "steps": [step]}


def binding(class_name: str, **fields: str) -> dict[str, str]:
    return {"name": "ROOMS", "type": "durable_object_namespace", "class_name": class_name, **fields}


def bindings(api: Api, worker: str) -> list[Any]:
    version = api.store.versions.active(worker)
    assert version is not None
    return list(version.bindings)


def owners(api: Api) -> dict[str, str]:
    return {each.id: each.name for each in api.store.namespaces.all()}


def everything(api: Api) -> list[Any]:
    """All that a refused upload must not change."""
    workers = api.store.workers.all()
    return [workers, owners(api), [api.store.versions.of_worker(each.name) for each in workers]]


async def club(api: Api, **exports: Any) -> Answer:
    return await api.upload("club", exports=exports)


def scenario(answer: Answer) -> str:
    (detail,) = answer.body["errors"][0]["meta"]["details"]
    return str(detail["scenario"])


async def test_a_migration_takes_a_class_with_its_application_and_bindings_follow(api: Api) -> None:
    namespace = await api.upload_with_class("chat")
    await api.create_application(namespace)
    await api.upload("guest", bindings=[binding("Room", script_name="chat")])
    api.operations.calls.clear()
    answer = await api.upload(
        "club", migrations=take(), bindings=[binding("Hall")], containers=[{"class_name": "Hall"}]
    )
    assert answer.status == 200, answer.message
    assert owners(api) == {namespace: "club_Hall"}
    assert bindings(api, "chat") == bindings(api, "guest") == [binding("Hall", script_name="club")]
    application = api.store.applications.of_namespace(namespace)
    assert application is not None
    assert (application.name, application.worker, application.class_name) == ("chat-room", "club", "Hall")
    version = api.store.versions.active("club")
    assert version is not None
    assert api.operations.calls == [
        ("release_classes", "chat", namespace),
        ("activate", "club", version.id),
        ("refresh_bindings", "chat"),
        ("refresh_links", "chat"),
        ("refresh_links", "guest"),
    ]


async def test_the_source_can_be_changed_afterwards_but_not_have_the_class_again_unsaid(api: Api) -> None:
    await api.upload_with_class("chat")
    await api.upload("club", migrations=take(), containers=[{"class_name": "Hall"}])
    secret = {"name": "KEY", "text": "x", "type": "secret_text"}
    assert (await api.call("PUT", "/workers/scripts/chat/secrets", secret)).status == 200
    again = await api.upload("chat", bindings=[binding("Room")])
    assert again.refusal == (400, 10061)
    assert '"script_name"' in again.message
    assert (await api.upload("chat")).status == 200


async def test_a_target_that_does_not_start_leaves_everything_as_it_was(api: Api) -> None:
    namespace = await api.upload_with_class("chat")
    before = everything(api)
    api.operations.failures["activate"] = WorkerStartError("a syntax error")
    answer = await api.upload("club", migrations=take(), containers=[{"class_name": "Hall"}])
    assert "a syntax error" in answer.message
    assert everything(api) == before
    assert api.operations.calls[-3][0] == "release_classes"
    assert api.operations.calls[-1] == ("refresh_bindings", "chat")
    assert owners(api) == {namespace: "chat_Room"}


@pytest.mark.parametrize(
    ("migrations", "words"),
    [
        (take(source="nobody"), "there is no such Worker"),
        (take(former="Cellar"), "it has no such class (it has Room)"),
        (take(source="club"), '"renamed_classes"'),
        (take(), '"containers"'),
        (take(source="modern", former="Lobby"), '"expecting-transfer"'),
        ({"steps": [{"new_sqlite_classes": ["Hall"]}, *take("Plain", "plain")["steps"]]}, '"Hall"'),
        ({"steps": [*take("Plain", "plain")["steps"], *take("Plain", "plain", "B")["steps"]]}, "twice"),
        ({"steps": [{"transferred_classes": 7}]}, 'transferred_classes" must be an array'),
        ({"steps": [{"transferred_classes": ["Room"]}]}, 'transferred_classes[0]" must be an object'),
    ],
)
async def test_what_cannot_be_taken_is_refused_before_anything_changes(
    api: Api, migrations: dict[str, Any], words: str
) -> None:
    await api.upload_with_class("chat")
    await api.upload("modern", exports={"Lobby": SQLITE})
    await api.upload("plain", migrations={"new_tag": "v1", "new_sqlite_classes": ["Plain"]})
    await api.upload("club", migrations={"new_tag": "v0", "new_sqlite_classes": ["Bar"]})
    before = everything(api)
    api.operations.calls.clear()
    answer = await api.upload("club", migrations={"old_tag": "v0", **migrations})
    assert answer.status == 400
    assert words in answer.message
    assert everything(api) == before
    assert api.operations.calls == []


async def test_exports_transfer_a_class_when_the_source_is_deployed(api: Api) -> None:
    await api.upload("chat", exports={"Room": SQLITE})
    (namespace,) = owners(api)
    await api.upload("guest", bindings=[binding("Room", script_name="chat")])
    waiting = (await api.upload("club", exports={"Room": AWAITED}, bindings=[binding("Room")])).result
    assert waiting["exports_reconciliation"]["transfer_pending"] == [{"class": "Room", "from": "chat"}]
    assert owners(api) == {namespace: "chat_Room"}
    api.operations.calls.clear()
    report = (await api.upload("chat", exports={"Room": GIVEN})).result["exports_reconciliation"]
    assert report["transferred"] == [{"class": "Room", "to": "club", "phase": "committed"}]
    assert report["deleted"] == []
    assert owners(api) == {namespace: "club_Room"}
    assert bindings(api, "guest") == [binding("Room", script_name="club")]
    assert bindings(api, "club") == [binding("Room")]
    version = api.store.versions.active("chat")
    assert version is not None
    assert api.operations.calls[:2] == [("activate", "chat", version.id), ("refresh_bindings", "club")]
    stale = (await api.upload("chat", exports={"Room": GIVEN})).result["exports_reconciliation"]
    assert stale["removable_entries"] == ["Room"]
    came = (await api.upload("club", exports={"Room": AWAITED}, bindings=[])).result["exports_reconciliation"]
    assert [entry["scenario"] for entry in came["info"]] == ["transfer_receive_already_applied"]
    assert (await club(api, Room=SQLITE)).status == 200
    assert owners(api) == {namespace: "club_Room"}


async def test_a_binding_of_the_source_follows_the_class_that_it_transfers(api: Api) -> None:
    await api.upload("chat", exports={"Room": SQLITE}, bindings=[binding("Room")])
    await club(api, Room=AWAITED)
    await api.upload("chat", exports={"Room": GIVEN}, bindings=[binding("Room")])
    assert bindings(api, "chat") == [binding("Room", script_name="club")]


async def test_waiting_ends_with_the_entry(api: Api) -> None:
    await api.upload("chat", exports={"Room": SQLITE})
    await club(api, Room=AWAITED)
    assert (await club(api)).status == 200
    assert scenario(await api.upload("chat", exports={"Room": GIVEN})) == "transferred_pending_not_found"


@pytest.mark.parametrize(
    ("exports", "expected"),
    [
        ({"Room": {**AWAITED, "transfer_from": "nobody"}}, "phase_one_transfer_source_missing"),
        ({"Cellar": AWAITED}, "phase_one_transfer_source_namespace_missing"),
        ({"Room": {**AWAITED, "storage": "legacy-kv"}}, "storage_type_mismatch"),
        ({"Room": {**AWAITED, "container": "box"}}, "transfer_container_parity_mismatch"),
        ({"Mine": AWAITED}, "phase_one_transfer_target_class_provisioned"),
    ],
)
async def test_what_cannot_come_is_refused(api: Api, exports: dict[str, Any], expected: str) -> None:
    await api.upload("chat", exports={"Room": SQLITE, "Mine": SQLITE})
    await club(api, Mine=SQLITE)
    before = everything(api)
    linked = any("container" in entry for entry in exports.values())
    answer = await api.upload("club", exports=exports, containers=[{"name": "box"}] if linked else [])
    assert scenario(answer) == expected
    assert everything(api) == before


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("nobody", "transferred_target_missing"),
        ("plain", "transferred_target_mismatch"),
    ],
)
async def test_what_cannot_go_is_refused(api: Api, target: str, expected: str) -> None:
    await api.upload("chat", exports={"Room": SQLITE})
    await api.upload("plain")
    await club(api, Room=AWAITED)
    before = everything(api)
    answer = await api.upload("chat", exports={"Room": {**GIVEN, "transferred_to": target}})
    assert scenario(answer) == expected
    assert everything(api) == before


async def test_a_source_cannot_be_exchanged_while_waiting_nor_afterwards(api: Api) -> None:
    await api.upload("chat", exports={"Room": SQLITE})
    await api.upload("other", exports={"Room": SQLITE})
    elsewhere = {**AWAITED, "transfer_from": "other"}
    await club(api, Room=AWAITED)
    assert scenario(await club(api, Room=elsewhere)) == "phase_one_transfer_duplicate"
    await api.upload("chat", exports={"Room": GIVEN})
    assert scenario(await club(api, Room=elsewhere)) == "phase_one_transfer_after_commit_mismatch"
