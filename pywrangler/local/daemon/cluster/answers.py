"""What this node tells other nodes about itself, and does for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pywrangler.engine.streams import open_connection
from pywrangler.local.cluster.probe import measure_bucket
from pywrangler.local.daemon.cluster.api import Answer, Stream
from pywrangler.local.daemon.cluster.instances import InstanceAnswers
from pywrangler.local.daemon.cluster.node import ClusterNode
from pywrangler.local.daemon.cluster.others import (
    ACTIVATE,
    ADDRESS,
    FOLLOW,
    FORGET_APPLICATION,
    REPLACE,
    STOP_CONTAINERS,
)
from pywrangler.local.daemon.cluster.shared_state import SharedState
from pywrangler.local.daemon.cluster.streams import CONTAINER_LINES, WORKER_LINES
from pywrangler.local.daemon.cluster.tunnels import Stream as ByteStream
from pywrangler.local.daemon.platform import Platform
from pywrangler.local.instances.records import Instance
from pywrangler.local.rest.operations import ContainerLogQuery
from pywrangler.local.store.records import Share


class NodeAnswers:
    """The calls that `NodeApi` serves."""

    def __init__(self, shared: SharedState, platform: Platform, node: ClusterNode) -> None:
        self._shared = shared
        self._store = shared.store
        self._platform = platform
        self._node = node
        self._instances = InstanceAnswers(platform.instances, self._store.instances, self._named)

    def answers(self) -> dict[str, Answer]:
        """By the path of the call."""
        return {
            "/node/status": self._status,
            ACTIVATE: self._activate,
            REPLACE: self._replace,
            FOLLOW: self._follow,
            ADDRESS: self._set_address,
            STOP_CONTAINERS: self._stop_containers,
            FORGET_APPLICATION: self._forget_application,
            **self._instances.answers(),
        }

    def streams(self) -> dict[str, Stream]:
        """Those that are answered line by line."""
        return {WORKER_LINES: self._worker_lines, CONTAINER_LINES: self._container_lines}

    async def open_stream(self, query: Mapping[str, str]) -> ByteStream:
        """What a tunnel leads to: this node's engine, or a port of an instance. Raises `PywranglerError`."""
        if query.get("to") == "engine":
            return await open_connection(self._platform.engine)
        host, port = await self._instances.locate(query["instance"], int(query["port"]))
        return await asyncio.open_connection(host, port)

    async def _follow(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """The node that asks has changed the state."""
        await self._shared.database.follow()
        return {}

    async def _activate(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """For a deploy on another node."""
        await self._shared.database.follow()
        version_id, beside = call.get("version_id"), call.get("beside")
        share = Share(str(beside[0]), int(beside[1])) if beside else None
        await self._platform.run_version(str(call["worker"]), version_id, share)
        return {}

    async def _replace(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """For a rollout on another node."""
        await self._shared.database.follow()
        await self._platform.replace_instances(
            str(call["application_id"]), int(call["version"]), int(call["percentage"])
        )
        return {}

    async def _set_address(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """The Worker has an address that all nodes use."""
        await self._platform.set_own_address(str(call["worker"]), call.get("port"), call.get("ip"))
        return {}

    async def _stop_containers(self, call: Mapping[str, Any]) -> dict[str, Any]:
        await self._platform.stop_own_containers(str(call["worker"]))
        return {}

    async def _forget_application(self, call: Mapping[str, Any]) -> dict[str, Any]:
        await self._platform.forget_application(str(call["application_id"]))
        return {}

    async def _worker_lines(self, call: Mapping[str, Any]) -> AsyncIterator[Mapping[str, Any]]:
        tail, follow = int(call["tail"]), bool(call["follow"])
        async for line in self._platform.own_logs(str(call["worker"]), tail, follow):
            yield asdict(line)

    async def _container_lines(self, call: Mapping[str, Any]) -> AsyncIterator[Mapping[str, Any]]:
        async for line in self._platform.own_container_logs(ContainerLogQuery(**call)):
            yield asdict(line)

    async def _named(self, instances: Sequence[Instance]) -> list[Instance]:
        """Instances with the names of their Durable Objects, as far as this node knows them."""
        named = []
        names: dict[str, Mapping[str, str]] = {}
        for each in instances:
            record = self._store.applications.get(each.application_id)
            if record is not None and record.namespace_id not in names:
                names[record.namespace_id] = await self._platform.durable_object_names(record.namespace_id)
            known = names[record.namespace_id].get(each.durable_object_id) if record else None
            named.append(each.with_(durable_object_name=known or each.durable_object_name))
        return named

    async def _status(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """For `cluster status`."""
        engine = await self._platform.engine_status()
        times = await measure_bucket(self._node.bucket, rounds=1)
        workers = []
        for each in self._store.workers.all():
            if each.active_version_id and not each.is_stopped:
                status = self._platform.worker_status(each.name)
                workers.append(
                    {
                        "name": each.name,
                        "version_id": each.active_version_id,
                        "state": status.state,
                        "error": status.error,
                    }
                )
        return {
            "is_ready": engine.reachable and all(each["state"] == "running" for each in workers),
            "engine": engine.version if engine.reachable else None,
            "engine_error": engine.error,
            "instances": len(self._platform.alive_instances()),
            "workers": workers,
            "clock_difference_seconds": round(times.clock_difference_seconds, 1),
        }
