"""Histories of migrations that name classes which this platform never had."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.rest.api import Api


def rename(former: str, name: str) -> dict[str, Any]:
    return {"renamed_classes": [{"from": former, "to": name}]}


def take(former: str, script: str, name: str) -> dict[str, Any]:
    return {"transferred_classes": [{"from": former, "from_script": script, "to": name}]}


def delete(*names: str) -> dict[str, Any]:
    return {"deleted_classes": list(names)}


def create(*names: str) -> dict[str, Any]:
    return {"new_sqlite_classes": list(names)}


def history(*steps: dict[str, Any], tag: str = "v9", **fields: str) -> dict[str, Any]:
    return {"new_tag": tag, "steps": list(steps), **fields}


def classes(api: Api, worker: str = "chat") -> dict[str, bool]:
    return {each.class_name: each.use_sqlite for each in api.store.namespaces.of_script(worker)}


CREATE_KV = {"new_classes": ["Old"]}
HISTORIES: dict[str, tuple[list[dict[str, Any]], dict[str, bool], list[tuple[str, str | None]]]] = {
    "deletes": ([create("Room"), delete("Legacy")], {"Room": True}, [("Legacy", None)]),
    "deletes first": ([delete("Legacy"), create("Legacy")], {"Legacy": True}, [("Legacy", None)]),
    "deletes twice": ([create("A"), delete("A"), delete("A")], {}, [("A", None)]),
    "renames": ([rename("Ghost", "Room")], {"Room": True}, [("Ghost", "Room")]),
    "renames and uses": (
        [rename("Ghost", "Room"), rename("Room", "Hall")],
        {"Hall": True},
        [("Ghost", "Hall")],
    ),
    "renames and deletes": ([rename("Ghost", "Ghost2"), delete("Ghost2")], {}, [("Ghost", None)]),
    "renames, deletes, creates again": (
        [rename("Ghost", "Room"), delete("Room"), {"new_classes": ["Room"]}],
        {"Room": False},
        [("Ghost", None)],
    ),
    "renames in one step": (
        [{"renamed_classes": [{"from": "A", "to": "B"}, {"from": "B", "to": "C"}]}],
        {"C": True},
        [("A", "C")],
    ),
    "all in one step": (
        [{**create("Room"), **rename("Ghost", "Hall"), **delete("Attic")}],
        {"Room": True, "Hall": True},
        [("Attic", None), ("Ghost", "Hall")],
    ),
    "deletes and creates again in one step": (
        [CREATE_KV, {**delete("Old"), **create("Old")}],
        {"Old": True},
        [],
    ),
    "deletes and creates what it never had": (
        [{**delete("Old"), **create("Old")}],
        {"Old": True},
        [("Old", None)],
    ),
    "gives a name on in one step": (
        [create("A"), {**rename("A", "B"), "new_classes": ["A"]}],
        {"A": False, "B": True},
        [],
    ),
    "whose first step got the new name": (
        [create("Room"), rename("Lobby", "Room")],
        {"Room": True},
        [("Lobby", "Room")],
    ),
    "of key-value classes": ([CREATE_KV, delete("Old"), create("Room")], {"Room": True}, []),
    "of a key-value class that is kept": ([CREATE_KV, rename("Old", "Room")], {"Room": False}, []),
    "a known chain": ([create("A"), rename("A", "B"), rename("B", "C")], {"C": True}, []),
    "a known swap": (
        [create("A"), CREATE_KV, rename("A", "T"), rename("Old", "A"), rename("T", "Old")],
        {"Old": True, "A": False},
        [],
    ),
    "takes from nobody": ([take("Room", "nobody", "Hall")], {"Hall": True}, [("Room", "Hall")]),
    "takes what is not there": ([take("Cellar", "club", "Hall")], {"Hall": True}, [("Cellar", "Hall")]),
    "takes and renames": (
        [take("Room", "nobody", "Hall"), rename("Hall", "Room")],
        {"Room": True},
        [("Room", "Room")],
    ),
}


@pytest.mark.parametrize("name", HISTORIES)
async def test_a_history_is_applied_on_a_platform_that_never_had_its_classes(api: Api, name: str) -> None:
    steps, expected, unknown = HISTORIES[name]
    await api.upload("club", migrations=history(create("Room"), tag="v1"))
    answer = (await api.upload("chat", migrations=history(*steps))).result
    assert classes(api) == expected
    told = [(each["name"], each["to"]) for each in answer.get("unknown_classes", ())]
    assert told == unknown
    worker = api.store.workers.get("chat")
    assert worker is not None
    assert worker.migration_tag == "v9"
    assert classes(api, "club") == {"Room": True}


@pytest.mark.parametrize("name", HISTORIES)
async def test_so_it_is_when_its_steps_come_one_by_one_from_the_first_tag_on(api: Api, name: str) -> None:
    """But for classes that a later upload renames or takes: then the platform should have had them."""
    steps, expected, unknown = HISTORIES[name]
    await api.upload("chat", migrations=history(create("Other"), tag="v0"))
    answer = await api.upload("chat", migrations=history(*steps, old_tag="v0"))
    if any(kind in step for step in steps for kind in ("renamed_classes", "transferred_classes")) and unknown:
        assert answer.refusal in ((400, 10061), (400, 10064))
        assert classes(api) == {"Other": True}
    else:
        assert answer.status == 200, answer.message
        assert classes(api) == {"Other": True, **expected}


async def test_the_refusal_of_a_later_rename_says_what_there_is(api: Api) -> None:
    await api.upload("chat", migrations=history(create("Room", "Attic"), tag="v2"))
    answer = await api.upload("chat", migrations=history(rename("Ghost", "Hall"), tag="v3", old_tag="v2"))
    assert answer.message == (
        'Cannot apply the migration renamed_classes to class "Ghost", which has no Durable Objects'
        ' (this Worker has Attic, Room). To create the class "Hall" without objects, name it in'
        ' "new_sqlite_classes" instead.'
    )


async def test_a_worker_without_migrations_so_far_is_as_a_new_one(api: Api) -> None:
    await api.upload("chat")
    answer = await api.upload("chat", migrations=history(rename("Ghost", "Hall")))
    assert answer.status == 200, answer.message
    assert classes(api) == {"Hall": True}


async def test_a_class_that_was_begun_may_have_a_container(api: Api) -> None:
    answer = await api.upload(
        "chat", migrations=history(rename("Ghost", "Hall")), containers=[{"class_name": "Hall"}]
    )
    assert answer.status == 200, answer.message


@pytest.mark.parametrize(
    ("migrations", "refusal"),
    [
        (history(create("Room"), old_tag="v1"), (412, 10079)),
        (history(create("Room"), create("Room")), (400, 10074)),
        (history(rename("Ghost", "Room"), create("Room")), (400, 10074)),
        (history(create("A", "B"), rename("A", "B")), (400, 10074)),
        (history(take("Room", "chat", "Hall")), (400, 10021)),
        (history(rename("", "Hall")), (400, 10021)),
        (history(rename("Ghost", "")), (400, 10021)),
        (history(take("", "nobody", "Hall")), (400, 10021)),
    ],
)
async def test_what_is_wrong_anywhere_is_refused(
    api: Api, migrations: dict[str, Any], refusal: tuple[int, int]
) -> None:
    assert (await api.upload("chat", migrations=migrations)).refusal == refusal
    assert api.store.workers.get("chat") is None


async def test_a_binding_to_a_class_that_only_was_to_be_deleted_is_refused(api: Api) -> None:
    binding = {"name": "OLD", "type": "durable_object_namespace", "class_name": "Legacy"}
    answer = await api.upload("chat", migrations=history(delete("Legacy")), bindings=[binding])
    assert answer.refusal == (400, 10061)


async def test_the_same_tag_again_changes_nothing(api: Api) -> None:
    migrations = history(create("Room"), delete("Legacy"), rename("Ghost", "Hall"))
    await api.upload("chat", migrations=migrations)
    ids = {each.class_name: each.id for each in api.store.namespaces.all()}
    assert (await api.upload("chat")).status == 200
    assert (await api.upload("chat", migrations=migrations)).refusal == (412, 10079)
    assert {each.class_name: each.id for each in api.store.namespaces.all()} == ids
