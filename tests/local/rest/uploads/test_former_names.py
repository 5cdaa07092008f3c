"""Bindings of other Workers to a Durable Object class that was renamed, or that went to another Worker."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.local.rest.operations import WorkerStartError
from tests.local.rest.api import Api

Step = dict[str, Any]


def binding(class_name: str, script: str | None = "chat", name: str = "ROOMS") -> dict[str, str]:
    elsewhere = {"script_name": script} if script else {}
    return {"name": name, "type": "durable_object_namespace", "class_name": class_name, **elsewhere}


def rename(former: str, name: str) -> Step:
    return {"renamed_classes": [{"from": former, "to": name}]}


def create(name: str) -> Step:
    return {"new_sqlite_classes": [name]}


async def migrate(api: Api, *steps: Step, worker: str = "chat", **metadata: Any) -> Any:
    """The next upload of the Worker, with these steps."""
    found = api.store.workers.get(worker)
    before = found.migration_tag if found else None
    tag = f"v{int(before[1:]) + 1}" if before else "v1"
    told = {"old_tag": before} if before else {}
    answer = await api.upload(worker, migrations={**told, "new_tag": tag, "steps": list(steps)}, **metadata)
    assert answer.status == 200, answer.message
    return answer.result


async def bind(api: Api, worker: str, *bindings: dict[str, str]) -> Any:
    answer = await api.upload(worker, bindings=list(bindings))
    assert answer.status == 200, answer.message
    return answer.result


def leads(api: Api, worker: str, name: str = "ROOMS") -> str | None:
    """The id of the namespace that a binding of the Worker's active version leads to."""
    version = api.store.versions.active(worker)
    assert version is not None
    found = next(each for each in version.bindings if each["name"] == name)
    namespace = api.store.namespaces.find(found.get("script_name", worker), found["class_name"])
    return namespace.id if namespace else None


def id_of(api: Api, class_name: str, worker: str = "chat") -> str:
    found = api.store.namespaces.find(worker, class_name)
    assert found is not None
    return found.id


async def test_bindings_of_all_workers_follow_a_rename(api: Api) -> None:
    await migrate(api, create("Room"))
    await bind(api, "guest", binding("Room"), binding("Room", name="TWICE"))
    await bind(api, "other", binding("Room"))
    room = id_of(api, "Room")
    api.operations.calls.clear()
    await migrate(api, rename("Room", "Hall"))
    assert {leads(api, "guest"), leads(api, "guest", "TWICE"), leads(api, "other")} == {room}
    assert api.operations.calls[-2:] == [("refresh_links", "guest"), ("refresh_links", "other")]


async def test_they_follow_further_renames(api: Api) -> None:
    await migrate(api, create("A"))
    await bind(api, "guest", binding("A"))
    first = id_of(api, "A")
    await migrate(api, rename("A", "B"), rename("B", "C"))
    assert leads(api, "guest") == first
    await migrate(api, rename("C", "D"))
    assert leads(api, "guest") == first == id_of(api, "D")
    for former in "ABCD":
        await bind(api, "guest", binding(former))
        assert leads(api, "guest") == first


async def test_a_rename_back_and_a_swap(api: Api) -> None:
    await migrate(api, create("A"), create("B"))
    await bind(api, "guest", binding("A"), binding("B", name="OTHER"))
    a, b = id_of(api, "A"), id_of(api, "B")
    await migrate(api, rename("A", "T"), rename("B", "A"), rename("T", "B"))
    assert (leads(api, "guest"), leads(api, "guest", "OTHER")) == (a, b)
    await bind(api, "guest", binding("A"), binding("B", name="OTHER"))
    assert (leads(api, "guest"), leads(api, "guest", "OTHER")) == (b, a)
    await migrate(api, rename("A", "T"), rename("B", "A"), rename("T", "B"))
    assert (leads(api, "guest"), leads(api, "guest", "OTHER")) == (b, a)


async def test_deployed_again_with_the_former_name_the_binding_leads_there_and_that_is_reported(
    api: Api,
) -> None:
    await migrate(api, create("Room"))
    await bind(api, "guest", binding("Room"))
    room = id_of(api, "Room")
    await migrate(api, rename("Room", "Hall"))
    answer = await bind(api, "guest", binding("Room"))
    assert answer["forwarded_bindings"] == [
        {
            "binding": "ROOMS",
            "from": {"script": "chat", "class": "Room"},
            "to": {"script": "chat", "class": "Hall"},
        }
    ]
    assert leads(api, "guest") == room
    version = (await api.upload("guest", versions=True, bindings=[binding("Room")])).result
    assert [each["binding"] for each in version["forwarded_bindings"]] == ["ROOMS"]
    assert "forwarded_bindings" not in await bind(api, "guest", binding("Hall"))
    assert (await api.call("PUT", "/workers/scripts/guest/secrets", SECRET)).status == 200
    assert leads(api, "guest") == room


SECRET = {"name": "KEY", "text": "x", "type": "secret_text"}


async def test_a_rollback_of_the_bound_worker_leads_there(api: Api) -> None:
    await migrate(api, create("Room"))
    await bind(api, "guest", binding("Room"))
    first = api.store.versions.active("guest")
    assert first is not None
    await bind(api, "guest")
    room = id_of(api, "Room")
    await migrate(api, rename("Room", "Hall"), create("Room"))
    body = {"versions": [{"version_id": first.id, "percentage": 100}], "strategy": "percentage"}
    assert (await api.call("POST", "/workers/scripts/guest/deployments", body)).status == 200
    assert leads(api, "guest") == room != id_of(api, "Room")


async def test_a_new_class_of_the_former_name_is_that_class_for_later_deploys(api: Api) -> None:
    await migrate(api, create("Room"))
    await bind(api, "guest", binding("Room"))
    room = id_of(api, "Room")
    await migrate(api, rename("Room", "Hall"))
    await migrate(api, create("Room"))
    assert leads(api, "guest") == room
    answer = await bind(api, "guest", binding("Room"))
    assert leads(api, "guest") == id_of(api, "Room") != room
    assert "forwarded_bindings" not in answer
    await migrate(api, {"deleted_classes": ["Room"]})
    refused = await api.upload("late", bindings=[binding("Room")])
    assert refused.refusal == (400, 10061)


async def test_a_deleted_class_is_gone_by_all_of_its_names(api: Api) -> None:
    await migrate(api, create("Room"))
    await bind(api, "guest", binding("Room"))
    await migrate(api, rename("Room", "Hall"))
    await migrate(api, {"deleted_classes": ["Hall"]})
    assert leads(api, "guest") is None
    assert api.store.namespaces.former() == {}
    for name in ("Room", "Hall"):
        assert (await api.upload("guest", bindings=[binding(name)])).refusal == (400, 10061)


async def test_a_worker_bound_to_itself_needs_the_new_name(api: Api) -> None:
    await migrate(api, create("Room"), bindings=[binding("Room")])
    room = id_of(api, "Room")
    for own in (binding("Room"), binding("Room", None)):
        migrations = {"old_tag": "v1", "new_tag": "v2", "steps": [rename("Room", "Hall")]}
        refused = await api.upload("chat", migrations=migrations, bindings=[own])
        assert refused.refusal == (400, 10061)
    await migrate(api, rename("Room", "Hall"), bindings=[binding("Hall")])
    assert leads(api, "chat") == room
    assert (await api.upload("chat", bindings=[binding("Room")])).refusal == (400, 10061)


async def test_after_a_transfer_the_former_place_is_known(api: Api) -> None:
    await migrate(api, create("Room"))
    await bind(api, "guest", binding("Room"))
    await bind(api, "guest", binding("Room"), binding("Room", name="TWICE"))
    room = id_of(api, "Room")
    taking = {"transferred_classes": [{"from": "Room", "from_script": "chat", "to": "Hall"}]}
    await migrate(api, taking, worker="club")
    assert leads(api, "guest") == room
    answer = await bind(api, "guest", binding("Room"))
    assert answer["forwarded_bindings"][0]["to"] == {"script": "club", "class": "Hall"}
    assert leads(api, "guest") == room
    await migrate(api, rename("Hall", "Cellar"), worker="club")
    assert leads(api, "guest") == room
    await bind(api, "guest", binding("Room"))
    await bind(api, "late", binding("Hall", "club"))
    assert leads(api, "guest") == leads(api, "late") == room
    await migrate(api, {"transferred_classes": [{"from": "Cellar", "from_script": "club", "to": "Room"}]})
    await bind(api, "late", binding("Cellar", "club"))
    assert leads(api, "guest") == leads(api, "late") == room == id_of(api, "Room")


async def test_exports_rename_too(api: Api) -> None:
    sqlite = {"type": "durable-object", "storage": "sqlite"}
    await api.upload("chat", exports={"Room": sqlite})
    await bind(api, "guest", binding("Room"))
    room = id_of(api, "Room")
    renamed = {"type": "durable-object", "state": "renamed", "renamed_to": "Hall"}
    assert (await api.upload("chat", exports={"Room": renamed, "Hall": sqlite})).status == 200
    assert leads(api, "guest") == room == id_of(api, "Hall")
    await bind(api, "guest", binding("Room"))
    assert leads(api, "guest") == room


async def test_a_worker_that_was_there_before_the_class_is_bound_by_the_name_of_a_history(api: Api) -> None:
    await bind(api, "guest", binding("Ghost"), binding("Room", name="OTHER"))
    await migrate(api, rename("Ghost", "Attic"), create("Room"), rename("Room", "Hall"))
    assert (leads(api, "guest"), leads(api, "guest", "OTHER")) == (id_of(api, "Attic"), id_of(api, "Hall"))
    assert ("refresh_links", "guest") in api.operations.calls


async def test_when_the_renamed_class_does_not_start_nothing_changes(api: Api) -> None:
    await migrate(api, create("Room"))
    await bind(api, "guest", binding("Room"))
    room = id_of(api, "Room")
    api.operations.failures["activate"] = WorkerStartError("a syntax error")
    migrations = {"old_tag": "v1", "new_tag": "v2", "steps": [rename("Room", "Hall")]}
    assert (await api.upload("chat", migrations=migrations)).status != 200
    assert leads(api, "guest") == room == id_of(api, "Room")
    assert api.store.namespaces.former() == {}


@pytest.mark.parametrize("again", [create("Room"), create("Other")])
async def test_names_end_with_their_worker(api: Api, again: Step) -> None:
    await migrate(api, create("Room"))
    await bind(api, "guest", binding("Room"))
    await migrate(api, rename("Room", "Hall"))
    await api.call("DELETE", "/workers/scripts/chat?force=true")
    assert api.store.namespaces.former() == {}
    await migrate(api, again)
    assert leads(api, "guest") is None
    answer = await api.upload("guest", bindings=[binding("Room")])
    assert answer.status == (200 if again == create("Room") else 400)
