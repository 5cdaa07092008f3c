"""A small account of Cloudflare: it remembers what is created in it, and each request that changes it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.api import Call, Handler, Says, refusal, result

SCRIPT = r"/workers/scripts/[^/]+"
SUBDOMAIN = {"enabled": False, "previews_enabled": False}
METADATA = re.compile(rb'name="metadata"[^{]*?\r\n\r\n(\{.*?\})\r\n--', re.DOTALL)


@dataclass
class Account:
    """What is there: names of resources. `changes` are the requests that were not only questions."""

    buckets: list[str] = field(default_factory=list)
    databases: list[str] = field(default_factory=list)
    queues: list[str] = field(default_factory=list)
    namespaces: list[str] = field(default_factory=list)
    searches: list[str] = field(default_factory=list)
    memories: list[str] = field(default_factory=list)
    apps: list[str] = field(default_factory=list)
    is_deployed: bool = False
    """Whether the Worker is there already, in one version without bindings."""
    changes: list[tuple[str, str, Any]] = field(default_factory=list)

    def answer(self, call: Call) -> Says:
        """The answer to a request."""
        if call.method != "GET":
            self.changes.append((call.method, call.path, body_of(call)))
        for method, pattern, handler in self._routes():
            match = re.fullmatch(pattern, call.path)
            if match and method in (call.method, "*"):
                return handler(call, *match.groups())
        return result({"id": "1", "name": "x"} if call.method != "GET" else [])

    @property
    def handler(self) -> Handler:
        """What the server asks."""
        return self.answer

    @property
    def upload(self) -> Any:
        """The metadata of the only upload, with bindings by name."""
        (metadata,) = (
            body
            for _, path, body in self.changes
            if re.fullmatch(r"/workers/scripts/[^/]+(/versions)?", path)
        )
        return {**metadata, "bindings": {each["name"]: each for each in metadata.get("bindings") or ()}}

    def _routes(self) -> list[tuple[str, str, Any]]:
        name = r"([^/]+)"
        return [
            ("GET", f"/workers/services/{name}", lambda *_: self._service()),
            (
                "GET",
                f"/workers/dispatch/namespaces/{name}/scripts/{name}",
                lambda *_: refusal(404, 10092, "no such script"),
            ),
            ("GET", f"{SCRIPT}/deployments", lambda *_: result({"deployments": self._deployments()})),
            ("POST", f"{SCRIPT}/versions", lambda *_: result(_version(NEW))),
            ("POST", f"{SCRIPT}/deployments", lambda *_: result({"id": NEW})),
            ("GET", f"{SCRIPT}/versions/{name}", lambda *_: result(_version(OLD))),
            ("GET", f"{SCRIPT}/script-settings", lambda *_: result({"observability": {}})),
            ("GET", f"{SCRIPT}/subdomain", lambda *_: result(SUBDOMAIN)),
            ("GET", f"{SCRIPT}/schedules", lambda *_: result({"schedules": []})),
            ("GET", f"/workers/scripts/{name}/settings", lambda *_: result({"bindings": []})),
            ("GET", f"/workers/workers/{name}", lambda *_: result({"id": "t", "subdomain": SUBDOMAIN})),
            ("GET", "/workers/subdomain", lambda *_: result({"subdomain": "me"})),
            ("PUT", f"/workers/scripts/{name}", lambda *_: result(UPLOADED)),
            (
                "POST",
                f"/workers/scripts/{name}/assets-upload-session",
                lambda *_: result({"jwt": "T", "buckets": []}),
            ),
            ("GET", "/r2/buckets", lambda *_: result({"buckets": [{"name": each} for each in self.buckets]})),
            ("GET", f"/r2/buckets/{name}", lambda _, each: _one(each, self.buckets, 10006)),
            ("POST", "/r2/buckets", self._create("buckets", "name")),
            ("GET", "/d1/database", lambda *_: result([_database(each) for each in self.databases])),
            ("GET", f"/d1/database/{name}", lambda _, each: _one(each, self.databases, 7404)),
            ("POST", "/d1/database", self._create("databases", "name")),
            ("GET", "/queues", lambda *_: result([_queue(each) for each in self.queues])),
            ("POST", "/queues", self._create("queues", "queue_name")),
            ("GET", "/workers/dispatch/namespaces", lambda *_: result(self._dispatch())),
            ("POST", "/workers/dispatch/namespaces", self._create("namespaces", "name")),
            ("GET", f"/ai-search/namespaces/{name}", lambda _, each: _one(each, self.searches, 7002)),
            ("POST", "/ai-search/namespaces", self._create("searches", "name")),
            ("GET", f"/agent-memory/namespaces/{name}", lambda _, each: _one(each, self.memories, 7002)),
            ("POST", "/agent-memory/namespaces", self._create("memories", "name")),
            ("GET", "/flagship/apps", lambda *_: result([_app(each) for each in self.apps])),
            ("POST", "/flagship/apps", self._create("apps", "name")),
            ("POST", "/storage/kv/namespaces", lambda call: result({"id": f"id-of-{call.json['title']}"})),
            ("GET", f"/workflows/{name}", lambda *_: refusal(404, 10200, "no such Workflow")),
        ]

    def _service(self) -> Says:
        if not self.is_deployed:
            return refusal(404, 10090, "no such Worker")
        script = {"tag": "t", "tags": [], "last_deployed_from": "wrangler", "migration_tag": "v1"}
        return result(
            {"id": "every_kind", "default_environment": {"environment": "production", "script": script}}
        )

    def _deployments(self) -> list[dict[str, Any]]:
        one = {
            "id": OLD,
            "source": "wrangler",
            "strategy": "percentage",
            "author_email": "a@b.example",
            "created_on": "2026-01-01T00:00:00Z",
            "versions": [{"version_id": OLD, "percentage": 100}],
        }
        return [one] if self.is_deployed else []

    def _dispatch(self) -> list[dict[str, str]]:
        return [{"namespace_name": each, "namespace_id": f"id-of-{each}"} for each in self.namespaces]

    def _create(self, kind: str, title: str) -> Any:
        def create(call: Call) -> Says:
            name = call.json[title]
            getattr(self, kind).append(name)
            made = {
                "namespaces": {"namespace_id": f"id-of-{name}"},
                "queues": _queue(name),
                "apps": _app(name),
            }
            return result(made.get(kind, _database(name)))

        return create


OLD, NEW = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
UPLOADED = {"id": "x", "deployment_id": "0123456789abcdef0123456789abcdef", "startup_time_ms": 1, "etag": "e"}


def _version(identifier: str) -> dict[str, Any]:
    resources = {"script": {"etag": "e", "handlers": ["fetch"]}, "bindings": [], "script_runtime": {}}
    return {"id": identifier, "number": 1, "metadata": {}, "resources": resources, "startup_time_ms": 1}


def _database(name: str) -> dict[str, str]:
    return {"name": name, "uuid": f"id-of-{name}"}


def _app(name: str) -> dict[str, str]:
    return {"name": name, "id": f"id-of-{name}"}


def _queue(name: str) -> dict[str, Any]:
    return {"queue_name": name, "queue_id": f"id-of-{name}", "consumers": [], "producers": []}


def _one(name: str, known: list[str], missing: int) -> Says:
    return result(_database(name)) if name in known else refusal(404, missing, "no such thing")


def body_of(call: Call) -> Any:
    """What a request says: JSON, or the metadata of an upload."""
    metadata = METADATA.search(call.body)
    try:
        found = json.loads(metadata[1] if metadata else call.body)
    except ValueError:
        return None
    return dict(found) if isinstance(found, Mapping) else found
