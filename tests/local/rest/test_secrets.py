"""Secrets go in and never come out, neither in a response nor in a file."""

from __future__ import annotations

from pathlib import Path

from tests.local.rest.api import Api

PLANTED = "planted-value-that-must-not-be-seen"


def files_with(directory: Path, text: str) -> list[str]:
    """Files below a directory that hold a text."""
    return [
        str(path) for path in directory.rglob("*") if path.is_file() and text.encode() in path.read_bytes()
    ]


async def test_a_secret_is_a_new_version_with_the_same_code(api: Api) -> None:
    await api.upload_with_class("chat")
    put = await api.call(
        "PUT", "/workers/scripts/chat/secrets", {"name": "KEY", "text": PLANTED, "type": "secret_text"}
    )
    assert put.result == {"name": "KEY", "type": "secret_text"}
    assert [call[0] for call in api.operations.calls] == ["activate", "activate"]
    version = api.store.versions.active("chat")
    assert version is not None
    assert version.number == 2
    assert api.store.secrets.of_version(version.id)["KEY"].reveal() == PLANTED
    assert [n.class_name for n in version.namespaces] == ["Room"]
    assert (await api.call("GET", "/workers/scripts/chat/secrets")).result == [
        {"name": "KEY", "type": "secret_text"}
    ]
    assert (await api.call("GET", "/workers/scripts/chat/secrets/KEY")).result["name"] == "KEY"


async def test_the_same_secret_again_starts_nothing(api: Api) -> None:
    await api.upload("chat")
    for _ in range(2):
        await api.call("PUT", "/workers/scripts/chat/secrets", {"name": "KEY", "text": PLANTED})
    assert len(api.operations.calls) == 2


async def test_many_at_once_by_merge_patch(api: Api) -> None:
    await api.upload("chat")
    for name in ("KEEP", "DROP", "CHANGE"):
        await api.call("PUT", "/workers/scripts/chat/secrets", {"name": name, "text": "old"})
    patch = {
        "secrets": {
            "CHANGE": {"name": "CHANGE", "text": "new", "type": "secret_text"},
            "DROP": None,
            "GONE": None,
        }
    }
    result = (await api.call("PATCH", "/workers/scripts/chat/secrets-bulk", patch)).result
    assert [entry["name"] for entry in result] == ["CHANGE", "KEEP"]
    version = api.store.versions.active("chat")
    assert version is not None
    values = api.store.secrets.of_version(version.id)
    assert {name: value.reveal() for name, value in values.items()} == {"CHANGE": "new", "KEEP": "old"}
    assert len(api.operations.calls) == 5


async def test_removing_one(api: Api) -> None:
    await api.upload("chat", bindings=[{"name": "KEY", "type": "secret_text", "text": "x"}])
    assert (await api.call("DELETE", "/workers/scripts/chat/secrets/KEY?url_encoded=true")).result is None
    assert (await api.call("DELETE", "/workers/scripts/chat/secrets/KEY")).refusal == (404, 10056)
    assert (await api.call("GET", "/workers/scripts/chat/secrets/KEY")).refusal == (404, 10056)


async def test_what_is_refused(api: Api) -> None:
    secret = {"name": "KEY", "text": "x", "type": "secret_text"}
    assert (await api.call("PUT", "/workers/scripts/nobody/secrets", secret)).refusal == (404, 10007)
    await api.upload("chat", bindings=[{"name": "VAR", "type": "plain_text", "text": "v"}])
    taken = await api.call("PUT", "/workers/scripts/chat/secrets", {**secret, "name": "VAR"})
    assert taken.refusal == (400, 10053)
    assert (await api.call("PUT", "/workers/scripts/chat/secrets", {"name": "KEY"})).status == 400
    key = await api.call("PUT", "/workers/scripts/chat/secrets", {**secret, "type": "secret_key"})
    assert key.refusal == (501, 10501)


async def test_no_value_is_readable_anywhere(api: Api) -> None:
    await api.upload("chat", bindings=[{"name": "KEY", "type": "secret_text", "text": PLANTED}])
    store = (await api.call("POST", "/secrets_store/stores", {"name": "s"})).result["id"]
    await api.call(
        "POST",
        f"/secrets_store/stores/{store}/secrets",
        [{"name": "k", "value": PLANTED, "scopes": ["workers"]}],
    )
    assert files_with(api.store.uploads_directory.parent, PLANTED) == []
    for path in (
        "/workers/scripts",
        "/workers/scripts/chat/settings",
        "/workers/scripts/chat/secrets",
        "/workers/scripts/chat/versions",
        "/workers/services/chat",
        f"/secrets_store/stores/{store}/secrets",
    ):
        assert PLANTED.encode() not in (await api.call("GET", path)).raw


async def test_the_secrets_store(api: Api) -> None:
    store = (await api.call("POST", "/secrets_store/stores", {"name": "s"})).result
    assert (await api.call("POST", "/secrets_store/stores", {"name": "s"})).refusal == (409, 1003)
    assert [entry["id"] for entry in (await api.call("GET", "/secrets_store/stores")).result] == [store["id"]]
    base = f"/secrets_store/stores/{store['id']}/secrets"
    made = (
        await api.call("POST", base, [{"name": "k", "value": "one", "scopes": ["workers"], "comment": "c"}])
    ).result
    assert made[0]["comment"] == "c"
    one = f"{base}/{made[0]['id']}"
    await api.upload(
        "chat",
        bindings=[{"name": "K", "type": "secrets_store_secret", "store_id": store["id"], "secret_name": "k"}],
    )
    await api.call("PATCH", one, {"comment": "d", "scopes": ["workers", "containers"]})
    await api.call("PATCH", one, {"value": "two"})
    assert api.operations.calls[-1][0] == "activate", "nothing must be restarted: bindings ask for values"
    shown = (await api.call("GET", one)).result
    assert (shown["comment"], shown["scopes"]) == ("d", ["workers", "containers"])
    value = api.store.secrets_stores.value(store["id"], "k")
    assert value is not None
    assert value.reveal() == "two"
    copy = (
        await api.call("POST", f"{one}/duplicate", {"name": "copy", "scopes": ["workers"], "comment": ""})
    ).result
    copied = api.store.secrets_stores.value(store["id"], copy["name"])
    assert copied is not None
    assert copied.reveal() == "two"
    assert [s["name"] for s in (await api.call("GET", f"{base}?search=cop")).result] == ["copy"]
    assert (await api.call("POST", base, [{"name": "k", "value": "x", "scopes": []}])).refusal == (409, 1003)
    await api.call("DELETE", one)
    assert (await api.call("GET", one)).refusal == (404, 1001)
    await api.call("DELETE", f"/secrets_store/stores/{store['id']}")
    assert (await api.call("GET", base)).refusal == (404, 1001)


async def test_a_version_with_a_new_secret_does_not_serve(api: Api) -> None:
    await api.upload_with_class("chat")
    await api.call("PUT", "/workers/scripts/chat/secrets", {"name": "KEEP", "text": "kept"})
    path, before = "/workers/workers/chat/versions/latest", len(api.operations.calls)
    serving = api.store.versions.active("chat")
    said = {"workers/message": "why", "workers/tag": None}
    for name in ("ONE", "TWO"):
        patch = {"env": {name: {"type": "secret_text", "text": PLANTED}}, "annotations": said}
        made = await api.call("PATCH", path, patch)
        assert PLANTED.encode() not in made.body
    assert len(api.operations.calls) == before
    assert api.store.versions.active("chat") == serving
    version = api.store.versions.get(made.result["id"])
    assert version is not None
    assert version.annotations == {"workers/triggered_by": "secret", "workers/message": "why"}
    values = api.store.secrets.of_version(version.id)
    assert {name: value.reveal() for name, value in values.items()} == {
        "KEEP": "kept",
        "ONE": PLANTED,
        "TWO": PLANTED,
    }
    removed = await api.call("PATCH", path, {"env": {"KEEP": None}})
    assert set(api.store.secrets.of_version(removed.result["id"])) == {"ONE", "TWO"}
