"""The REST API on a loopback port, and a client that speaks like Wrangler."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from aiohttp import FormData
from aiohttp.test_utils import TestClient

from pywrangler.local.store import Store
from tests.local.rest.recorder import MemoryValues, Recorder

TOKEN = "a-token-of-this-test"
WIRE = Path(__file__).parents[2] / "wire"
CODE = b"export default { fetch() { return new Response('hello') } }"
ESM = "application/javascript+module"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        """The envelope."""
        parsed = json.loads(self.raw)
        assert isinstance(parsed, dict)
        return parsed

    @property
    def result(self) -> Any:
        """The result; the request must have succeeded."""
        assert self.status == 200, self.raw
        assert self.body["success"] is True
        assert self.body["errors"] == []
        return self.body["result"]

    @property
    def refusal(self) -> tuple[int, int]:
        """HTTP status and code of a request that must have been refused."""
        assert self.body["success"] is False
        assert isinstance(self.body["errors"][0]["message"], str)
        return self.status, self.body["errors"][0]["code"]

    @property
    def message(self) -> str:
        """The message of a refusal."""
        return str(self.body["errors"][0]["message"])


@dataclass
class Api:
    """A running API with the parts behind it."""

    client: TestClient[Any, Any]
    store: Store
    operations: Recorder
    values: MemoryValues
    ids: dict[str, str] = field(default_factory=dict)
    """The values for `{name}` in recorded requests."""

    async def send(self, method: str, path: str, **options: Any) -> Answer:
        """One request below `/client/v4`, as it is."""
        headers = {"Authorization": f"Bearer {TOKEN}", **options.pop("headers", {})}
        async with self.client.request(method, f"/client/v4{path}", headers=headers, **options) as response:
            return Answer(response.status, dict(response.headers), await response.read())

    async def call(self, method: str, path: str, body: Any = None) -> Answer:
        """One request about the account, with a JSON body."""
        options = {} if body is None else {"json": body}
        return await self.send(method, f"/accounts/{self.store.account_id}{path}", **options)

    async def upload(
        self,
        name: str,
        modules: Mapping[str, tuple[bytes, str]] | None = None,
        *,
        versions: bool = False,
        **metadata: Any,
    ) -> Answer:
        """Upload a Worker; without `modules`, one that says hello."""
        given = modules or {"index.js": (CODE, ESM)}
        full = {
            "main_module": next(iter(given)),
            "compatibility_date": "2026-01-10",
            "bindings": [],
            **metadata,
        }
        form = FormData()
        form.add_field("metadata", json.dumps(full))
        for module, (content, content_type) in given.items():
            form.add_field(module, BytesIO(content), filename=module, content_type=content_type)
        method, tail = ("POST", "/versions") if versions else ("PUT", "")
        path = f"/accounts/{self.store.account_id}/workers/scripts/{name}{tail}"
        return await self.send(method, path, data=form)

    async def upload_with_class(self, name: str, class_name: str = "Room", **metadata: Any) -> str:
        """Upload a Worker with a container class; returns the namespace's id."""
        answer = await self.upload(
            name,
            bindings=[{"name": "ROOMS", "type": "durable_object_namespace", "class_name": class_name}],
            containers=[{"class_name": class_name}],
            migrations={"new_tag": "v1", "steps": [{"new_sqlite_classes": [class_name]}]},
            **metadata,
        )
        assert answer.result["id"] == name
        namespace = self.store.namespaces.find(name, class_name)
        assert namespace is not None
        return namespace.id

    async def create_application(self, namespace_id: str, name: str = "chat-room", **fields: Any) -> Any:
        """Create an application and return it."""
        body = {
            "name": name,
            "configuration": {"image": "app:v1", "instance_type": "lite"},
            "max_instances": 10,
            "durable_objects": {"namespace_id": namespace_id},
            **fields,
        }
        return (await self.call("POST", "/containers/applications", body)).result

    async def replay(self, name: str) -> Answer:
        """Send a recorded request of `tests/wire`."""
        text = (WIRE / f"{name}.json").read_text()
        for key, value in self.ids.items():
            text = text.replace("{" + key + "}", value)
        request = json.loads(text)
        if request["method"] != "PUT" or "modules" not in request["body"]:
            return await self.call(request["method"], request["path"], request["body"])
        form = FormData()
        form.add_field("metadata", json.dumps(request["body"]["metadata"]))
        for module, content_type in request["body"]["modules"].items():
            form.add_field(module, CODE, filename=module, content_type=content_type)
        return await self.send(
            request["method"], f"/accounts/{self.store.account_id}{request['path']}", data=form
        )


def version_directories(api: Api, worker: str) -> list[Path]:
    """Directories of module files that are on disk."""
    return sorted(api.store.uploads_directory.parent.glob(f"workers/{worker}/versions/*"))
