"""Uploads of Workers: what becomes a version, what is refused, and what a failure leaves behind."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import FormData

from pywrangler.local.rest.operations import WorkerStartError
from pywrangler.local.rest.scripts import upload
from pywrangler.local.store import Store
from tests.local.rest.api import CODE, ESM, TOKEN, Api, version_directories
from tests.support.waiting import eventually_async

ROOM = {"name": "ROOMS", "type": "durable_object_namespace", "class_name": "Room"}


async def eventually(holds: Callable[[], bool]) -> None:
    """Returns when it holds."""

    async def look() -> bool:
        return holds()

    await eventually_async(look, what="the change on disk")


async def test_an_upload_is_stored_privately_and_started_once(api: Api) -> None:
    await api.upload(
        "chat", {"index.js": (CODE, ESM), "lib/page.html": (b"<p>", "text/plain; charset=utf-8")}
    )
    version = api.store.versions.active("chat")
    assert version is not None
    assert version.main_module == "index.js"
    assert [(m.name, m.type, m.path.read_bytes()) for m in version.modules] == [
        ("index.js", ESM, CODE),
        ("lib/page.html", "text/plain", b"<p>"),
    ]
    assert {oct(m.path.stat().st_mode & 0o777) for m in version.modules} == {"0o600"}
    assert api.operations.calls == [("activate", "chat", version.id)]
    assert list(api.store.uploads_directory.iterdir()) == []


async def test_the_same_upload_again_is_the_same_version_and_starts_nothing(api: Api) -> None:
    first = (await api.upload("chat", bindings=[{"name": "A", "type": "plain_text", "text": "1"}])).result
    second = (await api.upload("chat", bindings=[{"name": "A", "type": "plain_text", "text": "1"}])).result
    assert second["deployment_id"] == first["deployment_id"]
    assert len(api.operations.calls) == 1
    assert len(version_directories(api, "chat")) == 1
    third = (await api.upload("chat", bindings=[{"name": "A", "type": "plain_text", "text": "2"}])).result
    assert third["deployment_id"] != first["deployment_id"]
    assert third["number"] == 2


async def test_a_new_annotation_is_a_new_deployment_of_the_same_version(api: Api) -> None:
    await api.upload("chat", annotations={"workers/tag": "one"})
    await api.upload("chat", annotations={"workers/tag": "two", "workers/message": None})
    deployments = (await api.call("GET", "/workers/scripts/chat/deployments")).result["deployments"]
    assert [d["annotations"] for d in deployments] == [{"workers/tag": "two"}, {"workers/tag": "one"}]
    assert len({d["versions"][0]["version_id"] for d in deployments}) == 1
    assert [v["percentage"] for v in deployments[0]["versions"]] == [100]
    version_id = deployments[0]["versions"][0]["version_id"]
    version = (await api.call("GET", f"/workers/scripts/chat/versions/{version_id}")).result
    assert version["annotations"] == {"workers/tag": "two"}
    assert len(api.operations.calls) == 1


async def test_a_new_tag_is_a_new_version_where_the_code_sees_it(api: Api) -> None:
    binding = {"type": "version_metadata", "name": "VERSION"}
    versions = [
        (await api.upload("shop", bindings=[binding], annotations={"workers/tag": tag})).result[
            "deployment_id"
        ]
        for tag in ("v7", "v7", "v8")
    ]
    assert versions[0] == versions[1] != versions[2]


async def test_a_worker_that_does_not_start_leaves_nothing(api: Api) -> None:
    api.operations.failures["activate"] = WorkerStartError(
        "the Worker does not start", detail="SyntaxError: x"
    )
    answer = await api.upload(
        "chat", containers=[], migrations={"new_tag": "v1", "new_sqlite_classes": ["Room"]}
    )
    assert answer.refusal == (400, 10021)
    assert "SyntaxError: x" in answer.message
    assert (await api.call("GET", "/workers/scripts")).result == []
    assert (await api.call("GET", "/workers/durable_objects/namespaces")).result == []
    assert version_directories(api, "chat") == []


async def test_the_reason_is_also_given_in_parts(api: Api) -> None:
    api.operations.failures["activate"] = WorkerStartError("It threw.", detail="Error: x", hint="Correct it.")
    answer = await api.upload("chat")
    explained = answer.body["errors"][0]["meta"]["explained"]
    assert {name: explained[name] for name in ("message", "detail", "hint")} == {
        "message": "It threw.",
        "detail": "Error: x",
        "hint": "Correct it.",
    }


async def test_the_same_upload_starts_a_worker_that_does_not_run(api: Api) -> None:
    await api.upload("chat")
    await api.upload("chat")
    api.operations.failed.add("chat")
    service = (await api.call("GET", "/workers/services/chat")).result
    assert service["default_environment"]["script"]["runs"] is False
    await api.upload("chat")
    assert [call[0] for call in api.operations.calls] == ["activate", "activate"]


async def test_a_version_that_does_not_start_changes_nothing(api: Api) -> None:
    await api.upload_with_class("chat")
    before = (await api.call("GET", "/workers/scripts/chat/settings")).result
    api.operations.failures["activate"] = WorkerStartError("no")
    migrations = {"old_tag": "v1", "new_tag": "v2", "renamed_classes": [{"from": "Room", "to": "Hall"}]}
    answer = await api.upload(
        "chat",
        bindings=[{**ROOM, "class_name": "Hall"}, {"name": "S", "type": "secret_text", "text": "x"}],
        migrations=migrations,
    )
    assert answer.status == 400
    assert (await api.call("GET", "/workers/scripts/chat/settings")).result == before
    assert [n.class_name for n in api.store.namespaces.all()] == ["Room"]
    assert len(version_directories(api, "chat")) == 1
    del api.operations.failures["activate"]
    assert (
        await api.upload("chat", bindings=[{**ROOM, "class_name": "Hall"}], migrations=migrations)
    ).status == 200


@pytest.mark.parametrize(
    ("metadata", "refusal", "word"),
    [
        ({"main_module": "other.js"}, (400, 10021), "other.js"),
        ({"main_module": None}, (400, 10021), "main module"),
        ({"body_part": "index.js"}, (501, 10501), "service-worker"),
        ({"assets": {"jwt": "x"}}, (400, 10021), "Upload them first"),
        ({"assets": {"config": {}}}, (400, 10021), "jwt"),
        ({"bindings": ["text"]}, (400, 10021), "binding"),
        ({"bindings": [{"name": "A"}]}, (400, 10021), "type"),
        ({"bindings": [{"type": "plain_text"}]}, (400, 10021), "no name"),
        ({"bindings": [{"name": "A", "type": "plain_text"}] * 2}, (400, 10021), '"A"'),
        ({"bindings": [{"name": "S", "type": "secret_text"}]}, (400, 10021), "no text"),
        ({"bindings": [{"name": "O", "type": "inherit"}]}, (400, 10057), '"O"'),
        ({"bindings": [ROOM]}, (400, 10061), "new_sqlite_classes"),
        ({"bindings": [{"name": "S", "type": "service"}]}, (400, 10144), '"S"'),
        ({"bindings": [{"name": "K", "type": "kv_namespace", "namespace_id": "0"}]}, (400, 10041), "`K`"),
        (
            {
                "bindings": [
                    {"name": "K", "type": "secrets_store_secret", "store_id": "0", "secret_name": "s"}
                ]
            },
            (400, 10182),
            '"s"',
        ),
        ({"containers": [{"class_name": "Room"}]}, (400, 10061), "Room"),
        ({"containers": [{"name": "x"}]}, (400, 10021), "class_name"),
        (
            {"containers": [{"class_name": "Room"}], "migrations": {"new_classes": ["Room"]}},
            (400, 10021),
            "new_sqlite_classes",
        ),
        ({"migrations": {"old_tag": "v9", "steps": []}}, (412, 10079), "v9"),
        ({"migrations": {"steps": [{"transferred_classes": [{}]}]}}, (400, 10021), "transferred_classes"),
        ({"keep_bindings": "secret_text"}, (400, 10021), "keep_bindings"),
        ({"annotations": ["x"]}, (400, 10021), "annotations"),
        ({"compatibility_date": 20260101}, (400, 10021), "compatibility_date"),
    ],
)
async def test_a_wrong_upload_is_refused(
    api: Api, metadata: dict[str, Any], refusal: tuple[int, int], word: str
) -> None:
    answer = await api.upload("chat", **metadata)
    assert answer.refusal == refusal
    assert word in answer.message
    assert api.operations.calls == []
    assert api.store.workers.all() == []


async def test_uploads_that_are_no_uploads(api: Api) -> None:
    path = f"/accounts/{api.store.account_id}/workers/scripts/chat"
    assert (await api.send("PUT", path, json={"main_module": "x"})).refusal == (400, 10001)
    only_module = FormData()
    only_module.add_field("index.js", CODE, filename="index.js", content_type=ESM)
    assert (await api.send("PUT", path, data=only_module)).refusal == (400, 10001)
    for text in ("{", "[]"):
        form = FormData()
        form.add_field("metadata", text)
        form.add_field("index.js", CODE, filename="index.js", content_type=ESM)
        assert (await api.send("PUT", path, data=form)).refusal == (400, 10001)
    broken = {"Content-Type": "multipart/form-data; boundary=xyz"}
    assert (await api.send("PUT", path, data=b"no boundary in here", headers=broken)).status == 400
    assert (
        await api.send("PUT", path, data=b"", headers={"Content-Type": "multipart/form-data"})
    ).status == 400
    assert list(api.store.uploads_directory.iterdir()) == []


@pytest.mark.parametrize("name", ["Chat", "a" * 64, "..%2Fchat", "a.b", "-x", "%20"])
async def test_a_name_that_no_worker_may_have(api: Api, name: str) -> None:
    from yarl import URL

    path = f"/client/v4/accounts/{api.store.account_id}/workers/scripts/{name}"
    form = FormData()
    form.add_field("metadata", json.dumps({"main_module": "index.js"}))
    form.add_field("index.js", CODE, filename="index.js", content_type=ESM)
    url = api.client.make_url("").join(URL(path, encoded=True))
    async with api.client.session.put(
        url, data=form, headers={"Authorization": "Bearer a-token-of-this-test"}
    ) as response:
        assert response.status in (400, 404)
    assert not list(api.store.uploads_directory.parent.glob("workers/*"))


async def test_a_big_module_arrives_whole(api: Api) -> None:
    content = bytes(range(256)) * 4096 * 40
    await api.upload("chat", {"index.js": (CODE, ESM), "big.bin": (content, "application/octet-stream")})
    version = api.store.versions.active("chat")
    assert version is not None
    assert (
        hashlib.sha256(version.modules[1].path.read_bytes()).hexdigest()
        == hashlib.sha256(content).hexdigest()
    )
    assert version.modules[1].sha256 == hashlib.sha256(content).hexdigest()


async def test_uploads_of_one_worker_wait_for_each_other(api: Api) -> None:
    running: list[str] = []
    most = 0

    async def activate(worker: str, version_id: str) -> None:
        nonlocal most
        running.append(version_id)
        most = max(most, len(running))
        # To prove that no other one begins meanwhile takes a while in which one could.
        await asyncio.sleep(0.05)
        running.remove(version_id)

    api.operations.activate = activate  # type: ignore[method-assign]
    texts = [str(number) for number in range(5)]
    answers = await asyncio.gather(
        *(api.upload("chat", bindings=[{"name": "A", "type": "plain_text", "text": text}]) for text in texts)
    )
    assert sorted(answer.result["number"] for answer in answers) == [1, 2, 3, 4, 5]
    assert most == 1


async def test_an_upload_that_is_cut_off_leaves_nothing(api: Api) -> None:
    url = api.client.make_url("/")
    _reader, writer = await asyncio.open_connection(url.host, url.port)
    path = f"/client/v4/accounts/{api.store.account_id}/workers/scripts/chat"
    head = [
        f"PUT {path} HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {TOKEN}",
        "Content-Length: 100000",
        "Content-Type: multipart/form-data; boundary=b",
    ]
    body = [
        "--b",
        'Content-Disposition: form-data; name="metadata"',
        "",
        '{"main_module": "index.js"}',
        "--b",
        'Content-Disposition: form-data; name="index.js"; filename="index.js"',
        "",
        "half a mod",
    ]
    writer.write("\r\n".join([*head, "", *body]).encode())
    await writer.drain()
    await eventually(lambda: any(api.store.uploads_directory.iterdir()))
    writer.close()
    await eventually(lambda: not any(api.store.uploads_directory.iterdir()))
    assert api.operations.calls == []
    assert (await api.upload("chat")).status == 200


async def test_a_crash_during_a_first_deploy_leaves_no_worker(api: Api) -> None:
    api.store.workers.create("chat", 1.0)
    api.store.close()
    again = Store.open(api.store.uploads_directory.parent, b"k" * 32)
    assert again.workers.all() == []
    again.close()


async def test_modules_without_end_are_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MAX_MODULES", 2)
    modules = {f"{number}.js": (CODE, ESM) for number in range(3)}
    answer = await api.upload("chat", {"index.js": (CODE, ESM), **modules})
    assert (answer.status, b"more than 2 modules" in answer.raw) == (413, True)
    assert list(api.store.uploads_directory.iterdir()) == []
