"""Runtimes of products that keep what they hold in memory."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pywrangler.errors import PywranglerError
from pywrangler.local.rest.d1.queries import QueryRefusedError
from pywrangler.local.rest.operations import WorkflowRefused
from pywrangler.local.rest.r2.objects import ObjectFacts, ObjectPage, OpenObject
from tests.local.rest.recorder import Recorder

CREATED_ON = "2026-11-0{}T00:00:00+00:00"


class MemoryObjects:
    """`Objects` in a dictionary."""

    def __init__(self) -> None:
        self.buckets: dict[str, dict[str, tuple[ObjectFacts, bytes]]] = {}
        self.refreshed = 0
        self.refuses: str | None = None
        """R2's reason to refuse what is written."""

    async def refresh(self) -> None:
        self.refreshed += 1

    @asynccontextmanager
    async def open(self, bucket: str, key: str) -> AsyncIterator[OpenObject | None]:
        entry = self.buckets.get(bucket, {}).get(key)

        async def body(value: bytes) -> AsyncIterator[bytes]:
            yield value[:3]
            yield value[3:]

        yield OpenObject(entry[0], body(entry[1])) if entry else None

    async def put(
        self, bucket: str, key: str, body: AsyncIterator[bytes], size: int, http_metadata: Mapping[str, str]
    ) -> ObjectFacts:
        if self.refuses:
            raise PywranglerError(self.refuses)
        value = b"".join([chunk async for chunk in body])
        etag = hashlib.md5(value).hexdigest()  # noqa: S324 - R2's etag
        facts = ObjectFacts(key, size, etag, 1_790_000_000.0, "v1", http_metadata)
        self.buckets.setdefault(bucket, {})[key] = facts, value
        return facts

    async def delete(self, bucket: str, keys: Sequence[str]) -> None:
        for key in keys:
            self.buckets.get(bucket, {}).pop(key, None)

    async def page(
        self,
        bucket: str,
        *,
        prefix: str = "",
        limit: int = 1000,
        cursor: str | None = None,
        delimiter: str = "",
    ) -> ObjectPage:
        keys = sorted(key for key in self.buckets.get(bucket, {}) if key.startswith(prefix))
        prefixes = {
            prefix + head + delimiter
            for head, found, _ in (key.removeprefix(prefix).partition(delimiter or "\0") for key in keys)
            if found
        }
        keys = [key for key in keys if not any(key.startswith(each) for each in prefixes)]
        start = int(cursor or 0)
        following = str(start + limit) if start + limit < len(keys) else None
        shown = tuple(self.buckets[bucket][key][0] for key in keys[start : start + limit])
        return ObjectPage(shown, tuple(sorted(prefixes)), following)


class NotedS3:
    """`S3Interface` that serves nothing."""

    def __init__(self) -> None:
        self.refreshed = 0
        self.fails: str | None = None

    async def refresh(self) -> None:
        self.refreshed += 1
        if self.fails:
            raise PywranglerError(self.fails)

    def endpoint(self) -> str | None:
        return "http://127.0.0.1:9" if self.refreshed else None

    def public_address(self, bucket: str) -> str:
        return f"127.0.0.1:9/{bucket}"


class MemoryDatabases:
    """`Databases` of SQLite itself, one in memory for each id."""

    def __init__(self) -> None:
        self.open: dict[str, sqlite3.Connection] = {}

    async def query(
        self, database_id: str, queries: Sequence[Mapping[str, Any]], *, as_columns: bool = False
    ) -> list[dict[str, Any]]:
        if database_id not in self.open:
            made = self.open[database_id] = sqlite3.connect(":memory:", isolation_level=None)
            made.execute("PRAGMA foreign_keys = ON")
        connection = self.open[database_id]
        connection.execute("BEGIN")
        try:
            found = [self._one(connection, query, as_columns) for query in queries]
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            connection.execute("ROLLBACK")
            raise QueryRefusedError(str(error)) from error
        return found

    def _one(self, connection: sqlite3.Connection, query: Mapping[str, Any], as_columns: bool) -> Any:
        cursor = connection.execute(query["sql"], query.get("params") or [])
        columns = [each[0] for each in cursor.description or ()]
        rows = [list(row) for row in cursor]
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        results: Any = {"columns": columns, "rows": rows}
        if not as_columns:
            results = [dict(zip(columns, row, strict=True)) for row in rows]
        return {"success": True, "results": results, "meta": {"size_after": pages * 4096}}

    def close(self) -> None:
        """Close what was opened."""
        for connection in self.open.values():
            connection.close()


class WorkflowEngine(Recorder):
    """Operations with an engine of Workflows, whose instances do what the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.instances: dict[str, dict[str, Any]] = {}
        self.is_gone = False
        """The Worker has lost the class of the Workflow."""
        self.refuses: str | None = None

    def begin(self, name: str, status: str = "running", day: int = 1) -> None:
        """Have an instance that was created on a day of November."""
        self.instances[name] = {"id": name, "status": status, "created_on": CREATED_ON.format(day)}

    async def workflow_instances(self, worker: str, workflow: str) -> Collection[Mapping[str, Any]]:
        self._note("workflow_instances", worker, workflow)
        if self.is_gone:
            raise WorkflowRefused("the Worker has no such class")
        return [*self.instances.values()]

    async def call_workflow(self, worker: str, call: str, request: Mapping[str, Any]) -> dict[str, Any]:
        self._note("call_workflow", worker, call, dict(request))
        if self.refuses is not None:
            raise WorkflowRefused(self.refuses)
        if call == "delete":
            wanted = request["instances"]
            missing = [each for each in wanted if self.instances.pop(each, None) is None]
            errors = [{"id": each, "code": 10400, "message": f"no {each}"} for each in missing]
            return {"deleted": [each for each in wanted if each not in missing], "errors": errors}
        name = request["id"]
        if call == "create":
            if name in self.instances:
                raise WorkflowRefused("(instance.already_exists) Instance already exists")
            self.begin(name, "queued")
            return {"id": name, "status": "queued"}
        if name not in self.instances:
            raise WorkflowRefused("(instance.not_found) Provided id not found")
        if call == "show":
            begun = {"type": "workflow_started", "timestamp": 1_790_000_000_000, "params": {"a": 1}}
            return {"status": "running", "events": [begun]}
        if call == "change":
            self.instances[name]["status"] = f"{request['action']}d"
            return {"status": self.instances[name]["status"]}
        return {}
