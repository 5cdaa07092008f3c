"""A platform that runs nothing: it writes down what the REST API asks for, and fails where a test says so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any

from pywrangler.local.rest.kv.store import KvKey, KvPage, KvPut, KvValue
from pywrangler.local.rest.operations import (
    BringUp,
    ContainerLogLine,
    ContainerLogQuery,
    CronRun,
    EngineStatus,
    ImageListing,
    Leftover,
    ListedImage,
    LogLine,
    PlatformStatus,
    Pruned,
    WorkerStatus,
)
from pywrangler.local.store.records import Share

IMAGE = ListedImage("tools/web", "v1", "sha256:1", 2_000_000, "2026-11-01T00:00:00Z", ("app",))


class Recorder:
    """`Operations` of which only the calls remain. `failures` maps a method's name to what it raises."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.failures: dict[str, Exception] = {}
        self.names: dict[str, str] = {}
        self.gone_images: set[str] = set()
        self.has_snapshot = True
        self.failed: set[str] = set()
        """Workers that do not run."""
        self.troubles: list[str] = []

    def _note(self, method: str, *arguments: Any) -> None:
        self.calls.append((method, *arguments))
        if method in self.failures:
            raise self.failures[method]

    async def activate(self, worker: str, version_id: str, beside: Share | None = None) -> None:
        self._note("activate", worker, version_id, *([beside] if beside else []))

    async def problems(self) -> list[str]:
        return list(self.troubles)

    async def stop_worker(self, worker: str) -> None:
        self._note("stop_worker", worker)

    async def stop_containers(self, worker: str) -> None:
        self._note("stop_containers", worker)

    async def remove_worker(self, worker: str) -> None:
        self._note("remove_worker", worker)

    async def remove_application(self, application_id: str) -> None:
        self._note("remove_application", application_id)

    async def start_rollout(self, rollout_id: str, *, is_proved: bool = False) -> None:
        self._note("start_rollout", rollout_id)

    async def share_images(self, references: Collection[str]) -> None:
        """There are no other nodes."""

    async def missing_images(self, references: Collection[str]) -> list[str]:
        """Those that the test says are gone."""
        return [each for each in references if each in self.gone_images]

    def drop_old_images(self) -> None:
        """Nothing: there is no engine."""

    async def bring_up(self, worker: str, class_name: str) -> BringUp:
        self._note("bring_up", worker, class_name)
        return BringUp("d" * 64, "cf-singleton-container", "i1", "running", (8080,), 0.25)

    def worker_status(self, worker: str) -> WorkerStatus:
        return WorkerStatus(8787, "failed" if worker in self.failed else "running")

    async def set_address(self, worker: str, port: int | None, ip: str | None) -> str | None:
        self._note("set_address", worker, port, ip)
        return None

    def platform_status(self) -> PlatformStatus:
        return PlatformStatus("0.1.0", 4711, "/home", 1_790_000_000.0)

    async def engine_status(self) -> EngineStatus:
        return EngineStatus("unix:///var/run/docker.sock", reachable=True, version="26.1.5")

    async def durable_object_names(self, namespace_id: str) -> dict[str, str]:
        return self.names

    async def follow_logs(self, worker: str | None, tail: int, follow: bool) -> AsyncIterator[LogLine]:
        self._note("follow_logs", worker, tail, follow)
        yield LogLine(1_790_000_000.0, worker, "stdout", "one")
        yield LogLine(1_790_000_001.0, worker, "stderr", "two")

    async def follow_container_logs(self, query: ContainerLogQuery) -> AsyncIterator[ContainerLogLine]:
        self._note("follow_container_logs", query)
        yield ContainerLogLine(1_790_000_000.0, "i1", "d" * 64, None, "stdout", "one")

    async def trigger_cron(self, worker: str, cron: str) -> CronRun:
        self._note("trigger_cron", worker, cron)
        return CronRun(cron, "ok", 0.1)

    async def release_classes(self, worker: str, namespace_ids: Collection[str]) -> None:
        self._note("release_classes", worker, *namespace_ids)

    async def refresh_links(self, worker: str) -> None:
        self._note("refresh_links", worker)

    async def remove_objects(self, namespace_ids: Collection[str]) -> None:
        self._note("remove_objects", set(namespace_ids))

    async def follow_events(self, worker: str) -> AsyncIterator[Mapping[str, Any]]:
        self._note("follow_events", worker)

        async def events() -> AsyncIterator[Mapping[str, Any]]:
            yield {"outcome": "ok", "scriptName": worker}

        return events()

    async def prune(self, *, dry_run: bool) -> Pruned:
        self._note("prune", dry_run)
        return Pruned(containers=(Leftover("c1", "workerd-1", "no instance on record"),))

    async def remove_snapshot(self, snapshot_id: str) -> bool:
        self._note("remove_snapshot", snapshot_id)
        return self.has_snapshot

    async def images(self) -> ImageListing:
        self._note("images")
        return ImageListing((IMAGE,), "no engine")

    async def remove_image(self, name: str, tag: str) -> ListedImage:
        self._note("remove_image", name, tag)
        return IMAGE

    async def refresh_bindings(self, worker: str) -> None:
        self._note("refresh_bindings", worker)

    async def stop(self) -> None:
        self._note("stop")


class MemoryValues:
    """`KvStore` in a dictionary."""

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, KvPut]] = {}

    async def get(self, namespace_id: str, key: str) -> KvValue | None:
        entry = self.entries.get(namespace_id, {}).get(key)
        return KvValue(entry.value, entry.metadata, entry.expiration) if entry else None

    async def put(self, namespace_id: str, entry: KvPut) -> None:
        self.entries.setdefault(namespace_id, {})[entry.key] = entry

    async def delete(self, namespace_id: str, key: str) -> None:
        self.entries.get(namespace_id, {}).pop(key, None)

    async def page(self, namespace_id: str, prefix: str, limit: int, cursor: str | None) -> KvPage:
        names = sorted(key for key in self.entries.get(namespace_id, {}) if key.startswith(prefix))
        start = int(cursor or 0)
        following = str(start + limit) if start + limit < len(names) else None
        return KvPage(tuple(KvKey(name) for name in names[start : start + limit]), following)

    async def remove_namespace(self, namespace_id: str) -> None:
        self.entries.pop(namespace_id, None)
