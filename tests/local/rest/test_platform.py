"""The endpoints that only the local platform has."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from pywrangler.errors import PywranglerError
from pywrangler.local.instances.snapshots import Snapshot
from pywrangler.local.rest import streaming
from pywrangler.local.rest.operations import (
    BringUpFailed,
    BringUpFailure,
    ContainerLogQuery,
    ImageInUse,
    ListeningAddress,
    LogLine,
    NoImage,
)
from tests.local.rest.api import TOKEN, Api


async def test_status(api: Api) -> None:
    await api.upload("chat")
    api.store.workers.create("draft", 1.0)
    status = (await api.call("GET", "/local/status")).result
    assert (status["version"], status["pid"], status["home"]) == ("0.1.0", 4711, "/home")
    assert status["account_id"] == api.store.account_id
    assert status["started_at"] == "2026-09-21T14:13:20.000000Z"
    assert status["engine"] == {
        "address": "unix:///var/run/docker.sock",
        "reachable": True,
        "version": "26.1.5",
        "error": None,
    }
    [worker] = status["workers"]
    version = api.store.versions.active("chat")
    assert version is not None
    assert worker | {"created_on": "", "modified_on": ""} == {
        "name": "chat",
        "url": "http://localhost:8787",
        "hostname_url": "http://chat.localhost:8787",
        "port": 8787,
        "ip": None,
        "state": "running",
        "error": None,
        "version_id": version.id,
        "created_on": "",
        "modified_on": "",
    }
    assert (await api.call("GET", "/local/workers/chat")).result == worker
    moved = await api.call("PUT", "/local/workers/chat/address", {"port": 9000, "ip": "*"})
    assert moved.result == {**worker, "problem": None}
    assert ("set_address", "chat", 9000, "*") in api.operations.calls
    for port in (0, 65536, "9000", 1.5):
        assert (await api.call("PUT", "/local/workers/chat/address", {"port": port})).status == 400
    assert (await api.call("PUT", "/local/workers/draft/address", {})).status == 404
    assert (await api.call("GET", "/local/workers/draft")).refusal == (404, 10007)


async def test_images(api: Api) -> None:
    assert (await api.call("GET", "/local/images")).result == {
        "images": [
            {
                "name": "tools/web",
                "tag": "v1",
                "digest": "sha256:1",
                "size_bytes": 2_000_000,
                "created": "2026-11-01T00:00:00Z",
                "used_by": ["app"],
            }
        ],
        "problem": "no engine",
    }
    path = "/local/images?name=tools/web&tag=v1"
    assert (await api.call("DELETE", path)).result["digest"] == "sha256:1"
    assert ("remove_image", "tools/web", "v1") in api.operations.calls
    assert (await api.call("DELETE", "/local/images?name=web")).status == 400
    api.operations.failures["remove_image"] = NoImage("web", "v1", None)
    assert (await api.call("DELETE", path)).refusal == (404, 1000)
    api.operations.failures["remove_image"] = ImageInUse("web:v1", ("app", "other"))
    refused = await api.call("DELETE", path)
    assert refused.refusal == (409, 1000)
    assert "The applications `app`, `other` use the image `web:v1`" in refused.message


async def test_bring_up(api: Api) -> None:
    await api.create_application(await api.upload_with_class("chat"))
    up = (await api.call("POST", "/local/workers/chat/bring-up", {"class_name": "Room"})).result
    assert up == {
        "durable_object_id": "d" * 64,
        "durable_object_name": "cf-singleton-container",
        "instance_id": "i1",
        "state": "running",
        "ports": [8080],
        "seconds": 0.25,
        "note": None,
        "kept": None,
        "outdated": None,
    }
    assert (await api.call("POST", "/local/workers/chat/bring-up", {"class_name": "No"})).refusal == (
        404,
        10061,
    )
    assert (await api.call("POST", "/local/workers/chat/bring-up", {})).refusal == (400, 10021)
    assert (await api.call("POST", "/local/workers/no/bring-up", {"class_name": "Room"})).refusal == (
        404,
        10007,
    )


async def test_a_bring_up_that_fails_says_all_that_is_known(api: Api) -> None:
    await api.create_application(await api.upload_with_class("chat"))
    failure = BringUpFailure(
        reason="port 8080 did not open",
        application="chat-room",
        exit_code=None,
        log_tail=("listening on 127.0.0.1:9000",),
        refused_ports=(8080,),
        listening=(ListeningAddress("127.0.0.1", 9000),),
        stack=("at new Room (src/index.ts:3:11)",),
    )
    api.operations.failures["bring_up"] = BringUpFailed("no instance of chat-room came up", failure)
    answer = await api.call("POST", "/local/workers/chat/bring-up", {"class_name": "Room"})
    assert answer.refusal == (422, 10500)
    assert answer.message == "no instance of chat-room came up"
    assert answer.body["result"] == {
        "reason": "port 8080 did not open",
        "application": "chat-room",
        "exit_code": None,
        "oom_killed": False,
        "log_tail": ["listening on 127.0.0.1:9000"],
        "refused_ports": [8080],
        "listening": [{"address": "127.0.0.1", "port": 9000}],
        "stack": ["at new Room (src/index.ts:3:11)"],
    }


async def test_events_of_a_worker_come_after_the_word_that_it_is_followed(api: Api) -> None:
    await api.upload("chat")
    answer = await api.call("GET", "/local/workers/chat/tail")
    assert [json.loads(line) for line in answer.raw.splitlines()] == [
        {"following": "chat"},
        {"outcome": "ok", "scriptName": "chat"},
    ]
    assert api.operations.calls[-1] == ("follow_events", "chat")
    assert (await api.call("GET", "/local/workers/nobody/tail")).refusal == (404, 10007)


async def test_logs_are_lines_of_json(api: Api) -> None:
    await api.upload("chat")
    answer = await api.call("GET", "/local/logs?worker=chat&tail=7&follow=1")
    assert answer.status == 200
    assert [json.loads(line) for line in answer.raw.splitlines()] == [
        {"time": "2026-09-21T14:13:20.000000Z", "stream": "stdout", "text": "one", "worker": "chat"},
        {"time": "2026-09-21T14:13:21.000000Z", "stream": "stderr", "text": "two", "worker": "chat"},
    ]
    assert api.operations.calls[-1] == ("follow_logs", "chat", 7, True)
    own = await api.call("GET", "/local/logs")
    assert [json.loads(line)["text"] for line in own.raw.splitlines()] == ["one", "two"]
    assert b"worker" not in own.raw
    assert api.operations.calls[-1] == ("follow_logs", None, 100, False)
    assert (await api.call("GET", "/local/logs?worker=nobody")).refusal == (404, 10007)
    assert (await api.call("GET", "/local/logs?tail=many")).refusal == (400, 10021)


async def test_following_a_quiet_log_ends_when_the_client_hangs_up(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "HANG_UP_CHECK_SECONDS", 0.02)
    ended = asyncio.Event()

    async def follow_logs(worker: str | None, tail: int, follow: bool) -> AsyncIterator[LogLine]:
        try:
            yield LogLine(1.0, None, "platform", "the only line")
            await asyncio.Event().wait()
        finally:
            ended.set()

    api.operations.follow_logs = follow_logs  # type: ignore[method-assign]
    path = f"/client/v4/accounts/{api.store.account_id}/local/logs?follow=1"
    response = await api.client.get(path, headers={"Authorization": f"Bearer {TOKEN}"})
    assert json.loads(await response.content.readline())["text"] == "the only line"
    response.close()
    async with asyncio.timeout(5):
        await ended.wait()


async def test_snapshots(api: Api) -> None:
    snapshot = Snapshot("s-1", "a-1", "shop", "0" * 64, "sha256:1", 1000, 100.0, 200.0, "first")
    api.store.snapshots.save(snapshot)
    [listed] = (await api.call("GET", "/local/snapshots")).result
    assert (listed["id"], listed["name"]) == ("s-1", "first")
    assert (listed["worker"], listed["application"]) == ("shop", None)
    assert (listed["size_bytes"], listed["created_at"]) == (1000, "1970-01-01T00:01:40.000000Z")
    assert listed["expires_at"] == "1970-01-31T00:03:20.000000Z"
    assert (await api.call("DELETE", "/local/snapshots/s-1")).result == {}
    assert api.operations.calls[-1] == ("remove_snapshot", "s-1")
    api.operations.has_snapshot = False
    assert (await api.call("DELETE", "/local/snapshots/s-2")).refusal[0] == 404


async def test_stopping(api: Api) -> None:
    assert (await api.call("POST", "/local/stop")).result == {}
    assert api.operations.calls == [("stop",)]


async def test_an_error_of_another_part_reaches_the_client_in_words(api: Api) -> None:
    made = await api.create_application(await api.upload_with_class("chat"))
    api.operations.failures["remove_application"] = PywranglerError(
        "The engine does not answer.", hint="Start it."
    )
    answer = await api.call("DELETE", f"/containers/applications/{made['id']}")
    assert answer.refusal == (424, 10013)
    assert answer.message == "The engine does not answer. Start it."
    assert len(api.store.applications.all()) == 1


async def test_names_of_durable_objects(api: Api) -> None:
    namespace_id = await api.upload_with_class("chat")
    api.operations.names = {"a" * 64: "alice"}
    objects = (await api.call("GET", f"/workers/durable_objects/namespaces/{namespace_id}/objects")).result
    assert objects == [{"id": "a" * 64, "hasStoredData": True, "name": "alice"}]
    missing = await api.call("GET", "/workers/durable_objects/namespaces/nope/objects")
    assert missing.refusal == (404, 10066)


async def test_lines_of_containers_are_asked_for_by_instance_time_and_number(api: Api) -> None:
    application = await api.create_application(await api.upload_with_class("chat"))
    path = f"/local/applications/{application['id']}/logs"
    answer = await api.call("GET", f"{path}?since=12.5&tail=3&follow=1")
    assert json.loads(answer.raw) == {
        "time": "2026-09-21T14:13:20.000000Z",
        "instance": "i1",
        "durable_object_id": "d" * 64,
        "durable_object_name": None,
        "stream": "stdout",
        "text": "one",
    }
    query = ContainerLogQuery(application["id"], since=12.5, tail=3, follow=True)
    assert api.operations.calls[-1] == ("follow_container_logs", query)
    for wrong in ("since=yesterday", "tail=-1", "instance=nobody"):
        assert (await api.call("GET", f"{path}?{wrong}")).status in (400, 404)
