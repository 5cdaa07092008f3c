"""The requests of a whole deploy, replayed in order, with what Cloudflare's clients read in responses."""

from __future__ import annotations

from tests.local.rest.api import Api


async def test_a_first_deploy(api: Api) -> None:
    missing = await api.call("GET", "/workers/services/chat")
    assert missing.refusal == (404, 10090)

    uploaded = (await api.replay("upload-container-worker")).result
    version_id = uploaded["deployment_id"]
    assert len(version_id) == 32
    dashed = "-".join(
        (version_id[:8], version_id[8:12], version_id[12:16], version_id[16:20], version_id[20:])
    )
    assert api.operations.calls == [("activate", "chat", dashed)]

    version = (await api.call("GET", f"/workers/scripts/chat/versions/{dashed}")).result
    binding = version["resources"]["bindings"][0]
    assert (binding["type"], binding["class_name"]) == ("durable_object_namespace", "Room")
    api.ids["namespace"] = binding["namespace_id"]

    listed = (await api.call("GET", "/workers/durable_objects/namespaces?per_page=1000")).result
    assert [(n["id"], n["class"], n["script"], n["use_sqlite"]) for n in listed] == [
        (binding["namespace_id"], "Room", "chat", True)
    ]

    application = (await api.replay("create-application")).result
    assert application["version"] == 1
    assert application["durable_objects"] == {"namespace_id": binding["namespace_id"]}
    assert application["configuration"]["memory_mib"] == 256

    assert (await api.call("GET", "/workers/subdomain")).result["subdomain"]
    assert (await api.replay("enable-subdomain")).result == {"enabled": True, "previews_enabled": False}
    schedules = (await api.replay("put-schedules")).result["schedules"]
    assert [entry["cron"] for entry in schedules] == ["0 * * * *", "*/5 * * * *"]
    assert api.operations.calls[-1] == ("refresh_bindings", "chat")


async def test_a_second_deploy_finds_what_the_first_left(api: Api) -> None:
    await api.replay("upload-container-worker")
    service = (await api.call("GET", "/workers/services/chat")).result
    script = service["default_environment"]["script"]
    assert script["migration_tag"] == "v1"
    assert script["last_deployed_from"] == "wrangler"
    assert len(script["tag"]) == 32
    namespace = (await api.call("GET", "/workers/durable_objects/namespaces")).result[0]
    api.ids["namespace"] = namespace["id"]
    api.ids["application"] = (await api.replay("create-application")).result["id"]

    modified = (await api.replay("modify-application")).result
    assert modified["version"] == 2
    assert modified["configuration"]["image"].endswith("b" * 64)
    rollout = (await api.replay("create-rollout")).result
    assert (rollout["current_version"], rollout["target_version"]) == (1, 2)
    assert [step["step_size"]["percentage"] for step in rollout["steps"]] == [10, 100]
    assert rollout["status"] == "pending"
    assert api.operations.calls[-1] == ("start_rollout", rollout["id"])
    again = (await api.replay("create-rollout-immediate")).result
    assert [step["step_size"]["percentage"] for step in again["steps"]] == [100]


async def test_bindings_of_every_kind_that_a_configuration_makes(api: Api) -> None:
    await api.replay("upload-container-worker")
    api.ids["kv"] = (await api.replay("create-kv-namespace")).result["id"]
    api.ids["store"] = (await api.replay("create-secrets-store")).result["id"]
    assert (await api.replay("create-store-secret")).result[0]["status"] == "active"
    assert (await api.replay("put-secret")).result == {"name": "API_KEY", "type": "secret_text"}
    await api.replay("upload-with-bindings")
    version = api.store.versions.active("chat")
    assert version is not None
    assert {b["name"]: b["type"] for b in version.bindings} == {
        "API_KEY": "secret_text",
        "CACHE": "kv_namespace",
        "GREETING": "plain_text",
        "KEY": "secrets_store_secret",
        "LIMITS": "json",
        "ROOMS": "durable_object_namespace",
    }
    assert api.store.secrets.of_version(version.id)["API_KEY"].reveal() == "planted-secret"
    assert {m.name: m.type for m in version.modules} == {
        "index.js": "application/javascript+module",
        "page.html": "text/plain",
        "add.wasm": "application/wasm",
    }


async def test_a_registry_keeps_its_password_in_the_secrets_store(api: Api) -> None:
    api.ids["store"] = (await api.replay("create-secrets-store")).result["id"]
    await api.replay("create-store-secret")
    made = (await api.replay("configure-registry")).result
    assert made["private_credential"] == {"store_id": api.ids["store"], "secret_name": "key"}
    assert (await api.replay("configure-registry")).refusal == (409, 1000)
    body = {"permissions": ["pull"], "expiration_minutes": 15}
    login = (await api.call("POST", "/containers/registries/docker.io/credentials", body)).result
    assert (login["username"], login["password"]) == ("somebody", "planted-store-secret")
    gone = (await api.call("DELETE", "/containers/registries/docker.io")).result
    assert gone["secrets_store_ref"] == f"{api.ids['store']}:key"
    assert (await api.call("DELETE", "/containers/registries/docker.io")).refusal == (404, 1000)
