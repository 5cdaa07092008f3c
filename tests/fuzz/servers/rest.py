"""The REST API with everything it serves, in a directory that is thrown away, and requests to it."""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import logging
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import aiohttp
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from pywrangler.local.daemon.logs.logbooks import is_of_platform
from pywrangler.local.instances.records import Instance
from pywrangler.local.rest.app import BASE, make_app
from pywrangler.local.rest.containers.control_interface import InstanceDetails
from pywrangler.local.rest.runtimes import Runtimes
from pywrangler.local.store import Store
from tests.local.rest.api import CODE, ESM, TOKEN, Api
from tests.local.rest.products.memory import MemoryDatabases, MemoryObjects, NotedS3, WorkflowEngine
from tests.local.rest.products.test_instance_control import NotedControl
from tests.local.rest.recorder import MemoryValues
from tests.local.rest.test_containers import instance
from tests.local.rest.test_image_registry import OwnRegistry
from tests.local.rest.test_queues import NotedMessages

OWN = "pywrangler.local.rest"
CORPUS = Path(__file__).parents[1] / "corpus" / "rest.json"
LONGEST_SECONDS = 1.0


@dataclass(frozen=True)
class ApiRequest:
    """One request. In `path` and `body`, `{id}` and the like stand for what the world knows by that name."""

    method: str
    path: str
    body: bytes | None = None
    """Of JSON, or with `is_form` the metadata of an upload."""
    is_form: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.body!r} {dict(self.headers) or ''}"


@dataclass(frozen=True)
class KnownRoute:
    """A route, with what its handler's code looks for in a request."""

    method: str
    path: str
    """Below `BASE`, with `{...}` for names."""
    words: tuple[str, ...]

    @property
    def resource(self) -> str:
        """What it is about: the first words of its path below the account."""
        return "/".join(self.path.split("/")[3:5])


class KnowingControl(NotedControl):
    """`InstanceControl` to which the engine says nothing of instances."""

    async def details(self, instances: Sequence[Instance]) -> Mapping[str, InstanceDetails]:
        return {each.id: InstanceDetails() for each in instances}


class RestWorld:
    """An API whose store has something of everything. `faults` is what it did wrong so far."""

    def __init__(self, directory: Path, template: Path | None = None) -> None:
        self.faults: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda _, context: self.faults.append(f"{context}"))
        self.home = directory / "home"
        if template is not None:
            shutil.copytree(template, self.home)
        self.known: dict[str, str] = {}
        self._loop.run_until_complete(self._open())
        if template is None:
            self._loop.run_until_complete(self._fill())
            (self.home / "known.json").write_text(json.dumps(self.known))
        else:
            self.known = json.loads((self.home / "known.json").read_text())

    async def _open(self) -> None:
        self._databases = MemoryDatabases()
        values, operations = MemoryValues(), WorkflowEngine()
        self._store = Store.open(self.home, b"k" * 32)
        runtimes = Runtimes(
            values,
            objects=MemoryObjects(),
            s3=NotedS3(),
            databases=self._databases,
            messages=NotedMessages(),
            registry=OwnRegistry(),
            instances=KnowingControl(),
        )
        self.app = make_app(self._store, operations, TOKEN, self._store.account_id, runtimes)
        self._client: TestClient[Any, Any] = TestClient(TestServer(self.app))
        await self._client.start_server()
        self._api = Api(self._client, self._store, operations, values)

    async def _fill(self) -> None:
        api = self._api
        namespace = await api.upload_with_class("chat")
        application = await api.create_application(namespace)
        found = instance(application, 1, durable_object_name="alice")
        self._store.instances.save(found)
        rollout = await api.call(
            "POST",
            f"/containers/applications/{application['id']}/rollouts",
            {"strategy": "rolling", "step_percentage": 50, "target_configuration": {"image": "app:v2"}},
        )
        made = {
            "id": application["id"],
            "rollout": rollout.result["id"],
            "database": (await api.call("POST", "/d1/database", {"name": "base"})).result["uuid"],
            "queue": (await api.call("POST", "/queues", {"queue_name": "jobs"})).result["queue_id"],
            "namespace": (await api.call("POST", "/storage/kv/namespaces", {"title": "kv"})).result["id"],
            "bucket": (await api.call("POST", "/r2/buckets", {"name": "files"})).result["name"],
            "store": (await api.call("POST", "/secrets_store/stores", {"name": "safe"})).result["id"],
            "version": (await api.call("GET", "/workers/scripts/chat/versions")).result["items"][0]["id"],
            "name": "chat",
            "worker": "chat",
            "workflow": "order",
            "instance": "one",
            "application": application["name"],
            "account": api.store.account_id,
            "key": "key",
            "secret": "SECRET",
        }
        await api.call("PUT", "/workflows/order", {"script_name": "chat", "class_name": "Order"})
        await api.call(
            "PUT", "/workers/scripts/chat/secrets", {"name": "SECRET", "text": "x", "type": "secret_text"}
        )
        self.known = made

    def routes(self) -> list[KnownRoute]:
        """Every route of the API, from its own table."""
        found = {
            (route.method, route.resource.canonical, route.handler)
            for route in self.app.router.routes()
            if route.resource is not None and route.method != "HEAD"
        }
        return [
            KnownRoute("GET" if method == "*" else method, plain(path.removeprefix(BASE)), words_of(handler))
            for method, path, handler in sorted(found, key=lambda each: each[:2])
            if path.startswith(f"{BASE}/accounts/")
        ]

    def send(self, request: ApiRequest) -> int:
        """The response's status; what is wrong is noted in `faults`."""
        body = request.body and self._filled(request.body.decode("latin-1")).encode("latin-1")
        request = replace(request, path=self._filled(request.path), body=body)
        begin = time.process_time()
        before = len(self.faults)
        with Complaints.noted_in(self.faults):
            status, content_type, content = self._loop.run_until_complete(self._exchange(request))
        self.faults[before:] = [f"{request}: {fault}" for fault in self.faults[before:]]
        if status >= 500 and status not in (501,):
            self.faults.append(f"{request}: {status} {content[:300]!r}")
        if content_type == "application/json" and not is_strict_json(content):
            self.faults.append(f"{request}: the response is not JSON: {content[:300]!r}")
        if (took := time.process_time() - begin) > LONGEST_SECONDS:
            self.faults.append(f"{request}: it took {took:.1f} s of processor time")
        return status

    def _filled(self, text: str) -> str:
        for name, value in self.known.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    async def _exchange(self, request: ApiRequest) -> tuple[int, str, bytes]:
        headers = {"Authorization": f"Bearer {TOKEN}", **request.headers}
        data: Any = request.body
        if request.is_form:
            data = aiohttp.FormData()
            metadata = BytesIO(request.body or b"")
            data.add_field("metadata", metadata, filename="metadata", content_type="application/json")
            data.add_field("index.js", BytesIO(CODE), filename="index.js", content_type=ESM)
        elif request.body is not None:
            headers.setdefault("Content-Type", "application/json")
        url = URL(f"{str(self._client.make_url('/')).rstrip('/')}{BASE}{request.path}", encoded=True)
        async with self._client.session.request(
            request.method, url, headers=headers, data=data, allow_redirects=False
        ) as response:
            return response.status, response.content_type, await response.read()

    def look(self) -> None:
        """Ask for everything that is listed or shown: what was stored must not break that."""
        for route in self.routes():
            if route.method == "GET" and not route.path.endswith(("/tail", "/logs")):
                self.send(ApiRequest("GET", route.path))

    def close(self) -> None:
        """End the API."""
        self._loop.run_until_complete(self._client.close())
        self._store.close()
        self._databases.close()
        self._loop.close()


class Complaints(logging.Handler):
    """Notes errors that are logged, and every traceback."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(logging.INFO)
        self.addFilter(is_of_platform)
        self._faults = faults

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR:
            self._faults.append(logging.Formatter().format(record))

    @classmethod
    @contextmanager
    def noted_in(cls, faults: list[str], *, besides: str = "") -> Iterator[None]:
        """While this is open, `faults` gets them, without those of the logger `besides`."""
        handler, root = cls(faults), logging.getLogger()
        handler.addFilter(lambda record: record.name != besides)
        root.addHandler(handler)
        try:
            yield
        finally:
            root.removeHandler(handler)


def plain(path: str) -> str:
    """A route's path with the names alone in `{...}`."""
    return re.sub(r"\{(\w+):[^{}]*(?:\{[^}]*\})?[^{}]*\}", r"{\1}", path)


def is_strict_json(content: bytes) -> bool:
    """Whether every JSON reader takes it: Python's own alone takes `NaN`."""

    def refuse(_: str) -> None:
        raise ValueError

    try:
        json.loads(content, parse_constant=refuse)
    except ValueError:
        return False
    return True


def words_of(handler: Any) -> tuple[str, ...]:
    """Texts in the code of a handler's module, and in what that imports of the API: names of fields,
    parameters and headers, and what they may be.
    """
    module = sys.modules[inspect.unwrap(handler).__module__]
    inner = [each for each in vars(module).values() if getattr(each, "__module__", "").startswith(OWN)]
    modules = {module.__name__, *(each.__module__ for each in inner)}
    return tuple(sorted({word for name in modules for word in _words_in(name)}))


@cache
def _words_in(name: str) -> frozenset[str]:
    module: ModuleType = sys.modules[name]
    texts = {
        node.value
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return frozenset(text for text in texts if 0 < len(text) <= 40 and text.isascii() and " " not in text)


@cache
def known_bodies() -> Mapping[str, Sequence[Any]]:
    """Bodies that clients send, by `METHOD /path`."""
    found: dict[str, list[Any]] = json.loads(CORPUS.read_text())
    return found
