"""What this node tells other nodes about itself, and does for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.cluster.probe import measure_bucket
from pywrangler.local.daemon.cluster.api import Answer
from pywrangler.local.daemon.cluster.node import ClusterNode
from pywrangler.local.daemon.cluster.others import ACTIVATE, FOLLOW, REPLACE
from pywrangler.local.daemon.cluster.shared_state import SharedState
from pywrangler.local.daemon.platform import Platform
from pywrangler.local.store.records import Share


class NodeAnswers:
    """The calls that `NodeApi` serves."""

    def __init__(self, shared: SharedState, platform: Platform, node: ClusterNode) -> None:
        self._shared = shared
        self._store = shared.store
        self._platform = platform
        self._node = node

    def answers(self) -> dict[str, Answer]:
        """By the path of the call."""
        return {
            "/node/status": self._status,
            ACTIVATE: self._activate,
            REPLACE: self._replace,
            FOLLOW: self._follow,
        }

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
