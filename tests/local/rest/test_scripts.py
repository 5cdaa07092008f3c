"""Workers that were uploaded: versions, deployments, settings, classes, deletion."""

from __future__ import annotations

from pywrangler.local.rest.operations import WorkerStartError
from tests.local.rest.api import CODE, ESM, Api, version_directories

ROOM = {"name": "ROOMS", "type": "durable_object_namespace", "class_name": "Room"}


async def test_vars_and_secrets_are_kept_when_asked_for(api: Api) -> None:
    bindings = [
        {"name": "VAR", "type": "plain_text", "text": "v"},
        {"name": "SECRET", "type": "secret_text", "text": "s3cret"},
    ]
    await api.upload("chat", bindings=bindings)
    await api.upload("chat", bindings=[], keep_bindings=["secret_text"], compatibility_date="2026-02-01")
    version = api.store.versions.active("chat")
    assert version is not None
    assert [b["name"] for b in version.bindings] == ["SECRET"]
    assert api.store.secrets.of_version(version.id)["SECRET"].reveal() == "s3cret"
    await api.upload("chat", bindings=[{"name": "OTHER", "type": "inherit", "old_name": "SECRET"}])
    version = api.store.versions.active("chat")
    assert version is not None
    assert api.store.secrets.of_version(version.id)["OTHER"].reveal() == "s3cret"
    await api.upload("chat", bindings=[])
    assert (await api.call("GET", "/workers/scripts/chat/secrets")).result == []


async def test_classes_move_with_their_namespace(api: Api) -> None:
    namespace_id = await api.upload_with_class("chat")
    await api.upload(
        "chat",
        bindings=[{**ROOM, "class_name": "Hall"}],
        migrations={
            "old_tag": "v1",
            "new_tag": "v2",
            "steps": [{"renamed_classes": [{"from": "Room", "to": "Hall"}]}],
        },
    )
    assert [(n.id, n.class_name) for n in api.store.namespaces.all()] == [(namespace_id, "Hall")]
    await api.upload(
        "chat", migrations={"old_tag": "v2", "new_tag": "v3", "steps": [{"deleted_classes": ["Hall"]}]}
    )
    assert api.store.namespaces.all() == []
    assert api.operations.calls[-1] == ("remove_objects", {namespace_id})
    again = await api.upload(
        "chat", migrations={"old_tag": "v2", "new_tag": "v4", "new_sqlite_classes": ["Hall"]}
    )
    assert again.refusal == (412, 10079)


async def test_deleting_a_worker(api: Api) -> None:
    await api.upload_with_class("chat")
    await api.upload("front", bindings=[{"name": "CHAT", "type": "service", "service": "chat"}])
    references = (await api.call("GET", "/workers/scripts/chat/references")).result
    assert [entry["service"] for entry in references["services"]["incoming"]] == ["front"]
    refused = await api.call("DELETE", "/workers/services/chat?force=false")
    assert refused.refusal == (400, 10064)
    assert "front" in refused.message
    assert (await api.call("DELETE", "/workers/services/chat?force=true")).result is None
    assert ("remove_worker", "chat") in api.operations.calls
    assert [w["id"] for w in (await api.call("GET", "/workers/scripts")).result] == ["front"]
    assert api.store.namespaces.all() == []
    assert version_directories(api, "chat") == []
    assert (await api.call("DELETE", "/workers/scripts/chat")).refusal == (404, 10007)


async def test_an_uploaded_version_waits_for_its_deployment(api: Api) -> None:
    await api.upload("chat")
    waiting = (await api.upload("chat", {"index.js": (b"// two", ESM)}, versions=True)).result
    assert waiting["number"] == 2
    assert len(api.operations.calls) == 1
    items = (await api.call("GET", "/workers/scripts/chat/versions?deployable=true")).result["items"]
    assert [item["number"] for item in items] == [2, 1]
    for _ in range(10):
        await api.upload("chat", versions=True)
    assert len((await api.call("GET", "/workers/scripts/chat/versions")).result["items"]) == 10
    assert (
        len((await api.call("GET", "/workers/scripts/chat/versions?deployable=true")).result["items"]) == 12
    )
    body = {
        "strategy": "percentage",
        "versions": [{"version_id": waiting["id"], "percentage": 100}],
        "annotations": {},
    }
    made = (await api.call("POST", "/workers/scripts/chat/deployments", body)).result
    assert made["versions"] == [{"version_id": waiting["id"], "percentage": 100}]
    assert api.operations.calls[-1] == ("activate", "chat", waiting["id"])
    unknown = {"versions": [{"version_id": "x", "percentage": 100}]}
    assert (await api.call("POST", "/workers/scripts/chat/deployments", unknown)).refusal == (404, 100146)
    migrating = await api.upload(
        "chat", versions=True, migrations={"new_tag": "v1", "new_sqlite_classes": ["Room"]}
    )
    assert migrating.refusal == (400, 10211)
    assert (await api.upload("nobody", versions=True)).refusal == (404, 10007)


async def test_an_old_version_deployed_again_keeps_the_classes_of_today(api: Api) -> None:
    first = (await api.upload("chat")).result["deployment_id"]
    namespace_id = await api.upload_with_class("chat")
    old = next(v for v in api.store.versions.of_worker("chat") if v.id.replace("-", "") == first)
    body = {"versions": [{"version_id": old.id, "percentage": 100}]}
    assert (await api.call("POST", "/workers/scripts/chat/deployments", body)).status == 200
    assert [n.id for n in api.store.namespaces.of_script("chat")] == [namespace_id]
    worker = api.store.workers.get("chat")
    assert worker is not None
    assert (worker.active_version_id, worker.migration_tag) == (old.id, "v1")


async def test_settings_beside_and_of_the_version(api: Api) -> None:
    await api.upload("chat", observability={"enabled": True})
    settings = (await api.call("GET", "/workers/scripts/chat/script-settings")).result
    assert settings["observability"] == {"enabled": True}
    changed = await api.call(
        "PATCH", "/workers/scripts/chat/script-settings", {"tags": ["cf:service=chat"], "logpush": True}
    )
    assert changed.result["tags"] == ["cf:service=chat"]
    assert changed.result["observability"] == {"enabled": True}
    assert len(api.operations.calls) == 1
    bindings = [{"name": "A", "type": "plain_text", "text": "1"}]
    patched = await api.call("PATCH", "/workers/scripts/chat/settings", {"bindings": bindings})
    assert patched.result["bindings"] == bindings
    dated = await api.call("PATCH", "/workers/scripts/chat/settings", {"compatibility_date": "2026-03-01"})
    assert dated.result["bindings"] == bindings
    assert dated.result["compatibility_date"] == "2026-03-01"
    assert [call[0] for call in api.operations.calls] == ["activate"] * 3


async def test_a_cron_expression_that_the_runtime_refuses_is_not_kept(api: Api) -> None:
    await api.upload("chat")
    await api.call("PUT", "/workers/scripts/chat/schedules", [{"cron": "0 * * * *"}])
    api.operations.failures["refresh_bindings"] = WorkerStartError("bad cron")
    assert (await api.call("PUT", "/workers/scripts/chat/schedules", [{"cron": "nonsense"}])).status == 400
    schedules = (await api.call("GET", "/workers/scripts/chat/schedules")).result["schedules"]
    assert [entry["cron"] for entry in schedules] == ["0 * * * *"]


async def test_a_worker_by_its_newer_name(api: Api) -> None:
    await api.upload("chat")
    shown = (await api.call("GET", "/workers/workers/chat")).result
    assert (shown["name"], shown["subdomain"]["enabled"]) == ("chat", True)
    assert (await api.call("GET", "/workers/scripts/chat")).raw == CODE
    assert (await api.call("GET", "/workers/tails/by-consumer/chat")).result == []


async def test_a_consumer_of_events_is_in_use(api: Api) -> None:
    await api.upload("logs")
    await api.upload("chat", tail_consumers=[{"service": "logs"}, {"service": "chat"}])
    (used,) = (await api.call("GET", "/workers/tails/by-consumer/logs")).result
    assert (used["consumer"]["service"], used["producer"]["service"]) == ("logs", "chat")
    assert (await api.call("GET", "/workers/tails/by-consumer/chat")).result == []
    settings = (await api.call("GET", "/workers/scripts/chat/script-settings")).result
    assert settings["tail_consumers"] == [{"service": "logs"}, {"service": "chat"}]
    assert (await api.call("DELETE", "/workers/scripts/logs")).refusal == (400, 10064)
    await api.upload("chat")
    settings = (await api.call("GET", "/workers/scripts/chat/script-settings")).result
    assert settings["tail_consumers"] is None
    assert (await api.call("DELETE", "/workers/scripts/logs")).status == 200
