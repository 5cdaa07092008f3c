"""The command line's own REST client against the platform's API: written apart, they have to agree."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from pywrangler.cloudflare import containers, kv, local, secrets_store, workers
from pywrangler.cloudflare.auth import ApiToken
from pywrangler.cloudflare.client import Client, Part
from pywrangler.local.instances.records import InstanceState
from pywrangler.local.rest.operations import BringUpFailed, BringUpFailure, ListeningAddress
from pywrangler.sensitive import Sensitive
from tests.local.rest.api import CODE, ESM, TOKEN, Api
from tests.local.rest.test_containers import instance

T = TypeVar("T")


async def ask(api: Api, call: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """Call a function of the client, which blocks, without blocking the server."""
    base_url = str(api.client.make_url("/client/v4"))
    client = Client(base_url, api.store.account_id, ApiToken(Sensitive(TOKEN)))
    return await asyncio.to_thread(call, client, *arguments, **options)


METADATA = {
    "main_module": "index.js",
    "bindings": [{"name": "ROOMS", "type": "durable_object_namespace", "class_name": "Room"}],
    "containers": [{"class_name": "Room"}],
    "migrations": {"new_tag": "v1", "steps": [{"new_sqlite_classes": ["Room"]}]},
    "annotations": {"workers/tag": "hash-of-the-upload"},
}
MODULES = [Part("index.js", CODE, ESM, "index.js")]


async def test_a_worker_with_a_container(api: Api) -> None:
    assert await ask(api, workers.find_worker, "chat") is None
    assert await ask(api, workers.list_deployments, "chat") == []
    await ask(api, workers.upload_worker, "chat", METADATA, MODULES)
    found = await ask(api, workers.find_worker, "chat")
    assert found is not None
    assert found["default_environment"]["script"]["migration_tag"] == "v1"
    [deployment] = await ask(api, workers.list_deployments, "chat")
    assert deployment["annotations"] == {"workers/tag": "hash-of-the-upload"}
    [namespace] = await ask(api, workers.list_namespaces)
    assert (namespace.script, namespace.class_name) == ("chat", "Room")

    body = {
        "name": "chat-room",
        "configuration": {"image": "app:v1", "instance_type": "basic"},
        "max_instances": 3,
        "durable_objects": {"namespace_id": namespace.id},
    }
    made = await ask(api, containers.create_application, body)
    assert [entry["id"] for entry in await ask(api, containers.list_applications)] == [made["id"]]
    for number in range(1, 8):
        state = InstanceState.RUNNING if number % 2 else InstanceState.STOPPED
        api.store.instances.save(instance(made, number, state=state))
    api.operations.names = {f"{7:064x}": "alice"}
    pages = await ask(api, lambda c: list(containers.instance_pages(c, made["id"], per_page=3)))
    rows = containers.summarize_instances(pages)
    assert len(pages) == 3
    assert [row.state for row in rows] == ["running", "stopped"] * 3 + ["running"]
    assert (rows[6].id, rows[6].name) == (f"{7:064x}", "alice")
    [summary] = await ask(api, containers.list_summaries)
    assert (summary.name, summary.state, summary.instances) == ("chat-room", "active", 4)

    rollout = await ask(
        api,
        containers.create_rollout,
        made["id"],
        {"target_configuration": {"image": "app:v2"}, "step_percentage": 100},
    )
    assert (await ask(api, containers.get_rollout, made["id"], rollout["id"]))["status"] == "pending"
    await ask(api, containers.delete_application, made["id"])
    await ask(api, workers.delete_worker, "chat")
    assert await ask(api, workers.list_scripts) == []


async def test_secrets_and_triggers(api: Api) -> None:
    await ask(api, workers.create_empty_worker, "chat")
    await ask(api, workers.put_secret, "chat", "ONE", Sensitive("1"))
    await ask(api, workers.change_secrets, "chat", {"TWO": Sensitive("2"), "ONE": None})
    assert [entry["name"] for entry in await ask(api, workers.list_secrets, "chat")] == ["TWO"]
    await ask(api, workers.delete_secret, "chat", "TWO")
    assert await ask(api, workers.list_secrets, "chat") == []
    await ask(api, workers.set_schedules, "chat", ["0 * * * *"])
    assert await ask(api, workers.get_schedules, "chat") == ("0 * * * *",)
    await ask(api, workers.set_subdomain, "chat", enabled=False)
    assert (await ask(api, subdomain_settings, "chat"))["enabled"] is False


def subdomain_settings(client: Client, name: str) -> Any:
    """What the platform says of a Worker's workers.dev address."""
    return client.request("GET", f"workers/scripts/{name}/subdomain")


async def test_stores_and_namespaces(api: Api) -> None:
    store = await ask(api, secrets_store.create_store, "default")
    assert await ask(api, secrets_store.list_stores) == [store]
    namespace = await ask(api, kv.create_namespace, "cache")
    await ask(api, kv.rename_namespace, namespace["id"], "other")
    assert [entry["title"] for entry in await ask(api, kv.list_namespaces)] == ["other"]
    await ask(api, kv.delete_namespace, namespace["id"])
    assert await ask(api, kv.list_namespaces) == []


async def test_what_only_the_platform_has(api: Api) -> None:
    await ask(api, workers.upload_worker, "chat", METADATA, MODULES)
    assert [entry["name"] for entry in (await ask(api, local.status))["workers"]] == ["chat"]
    assert (await ask(api, local.worker, "chat"))["url"] == "http://localhost:8787"
    lines = await ask(api, lambda c: list(local.log_lines(c, worker="chat", follow=False, tail=5)))
    assert len(lines) == 2
    namespace = api.store.namespaces.find("chat", "Room")
    assert namespace is not None
    await api.create_application(namespace.id)
    up = await ask(api, local.bring_up, "chat", "Room")
    assert isinstance(up, local.BroughtUp)
    assert up.ports == (8080,)
    failure = BringUpFailure(
        reason="r", application="chat-room", exit_code=3, listening=(ListeningAddress("::", 1),)
    )
    api.operations.failures["bring_up"] = BringUpFailed("it exited", failure)
    down = await ask(api, local.bring_up, "chat", "Room")
    assert isinstance(down, local.NotBroughtUp)
    assert (down.message, down.exit_code, down.listening) == ("it exited", 3, (":::1",))
