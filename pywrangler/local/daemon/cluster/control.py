"""What `pywrangler cluster` asks of the platform."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.bucket import BucketAddress
from pywrangler.local.cluster.identity import authority_certificate, authority_fingerprint
from pywrangler.local.cluster.probe import measure_bucket
from pywrangler.local.cluster.settings import ClusterSettings, joined
from pywrangler.local.cluster.tokens import JoinTokens
from pywrangler.local.daemon.cluster.founding import ClusterFoundingError, found_cluster, join_cluster
from pywrangler.local.daemon.cluster.members import ClusterMember
from pywrangler.local.daemon.cluster.node import ClusterNode
from pywrangler.local.rest.cluster.interface import NewCluster
from pywrangler.local.store import Store
from pywrangler.sensitive import Sensitive

log = logging.getLogger(__name__)

STATUS_SECONDS = 5.0


class ClusterControl:
    """Implements `pywrangler.local.rest.cluster.interface.ClusterOperations`, which describes the methods."""

    def __init__(
        self,
        home: Path,
        store: Store,
        node: ClusterNode | None,
        stop: Callable[[], None],
        leaving: asyncio.Event,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._home = home
        self._store = store
        self._node = node
        self._stop = stop
        self._leaving = leaving
        """Set when the platform stops to leave the cluster."""
        self._clock = clock

    @property
    def is_node(self) -> bool:
        return self._node is not None

    async def init(self, wanted: NewCluster) -> Mapping[str, Any]:
        self._require_free()
        address = BucketAddress.parse(
            wanted.bucket, wanted.endpoint, wanted.region, wanted.access_key_id, wanted.secret_access_key
        )
        settings = await found_cluster(self._home, address, wanted.advertise, self._store.account_id)
        return _told(settings)

    async def join(self, token: Sensitive[str], advertise: str) -> Mapping[str, Any]:
        self._require_free()
        return _told(await join_cluster(self._home, token.reveal(), advertise))

    async def leave(self) -> None:
        node = self._require_node()
        others = [each for each in await self._others(node) if each.is_alive(node.settings.time_divisor)]
        if not others:
            raise ClusterFoundingError(
                "This is the only node of its cluster that is alive, so there is none to hand over to.",
                hint="To end the cluster, run `pywrangler local stop` and remove the platform's directory.",
            )
        self._leaving.set()
        self._stop()

    def make_token(self) -> Sensitive[str]:
        settings = self._require_node().settings
        authority = authority_fingerprint(authority_certificate(settings.authority))
        where = joined(settings.address, settings.port)
        return JoinTokens(self._home).make(where, authority, self._clock()).text()

    async def status(self) -> Mapping[str, Any] | None:
        node = self._node
        if node is None:
            return None
        members, times = await asyncio.gather(node.members.all(), measure_bucket(node.bucket))
        nodes = await asyncio.gather(*(self._describe(node, each) for each in members))
        return {
            "bucket": node.settings.bucket.url,
            "endpoint": node.settings.bucket.endpoint,
            "node": node.name,
            "bucket_seconds": round(times.latency_seconds, 4),
            "clock_difference_seconds": round(times.clock_difference_seconds, 1),
            "nodes": nodes,
        }

    async def _describe(self, node: ClusterNode, member: ClusterMember) -> dict[str, Any]:
        """A node: what its record says, and what it says itself if it answers."""
        record = member.record
        told: dict[str, Any] = {
            "node": record.node,
            "address": joined(record.address, record.port),
            "version": record.version,
            "is_this": record.node == node.name,
            "is_alive": member.is_alive(node.settings.time_divisor),
            "seen_seconds_ago": member.age_seconds,
        }
        try:
            said = await node.peers.ask(record, "/node/status", seconds=STATUS_SECONDS)
            return {**told, **said, "error": None}
        except PywranglerError as error:
            return {**told, "is_ready": False, "error": error.message}

    async def _others(self, node: ClusterNode) -> list[ClusterMember]:
        return [each for each in await node.members.all() if each.record.node != node.name]

    def _require_node(self) -> ClusterNode:
        if self._node is None:
            raise ClusterFoundingError(
                "This platform is not a node of a cluster.",
                hint="Make a cluster with `pywrangler cluster init`, or join one with"
                " `pywrangler cluster join`.",
            )
        return self._node

    def _require_free(self) -> None:
        """Refuse if there is something that would be lost, or a cluster already."""
        if self._node is not None:
            raise ClusterFoundingError(
                f"This platform is a node of the cluster in `{self._node.settings.bucket.url}` already.",
                hint="Leave that one first with `pywrangler cluster leave`.",
            )
        if kept := what_is_kept(self._store):
            raise ClusterFoundingError(
                f"This platform has {', '.join(kept)}, which cannot move into a cluster.",
                hint="Set PYWRANGLER_HOME to a new directory and repeat the command there, or delete them."
                " Deploy them again in the cluster.",
            )


def what_is_kept(store: Store) -> list[str]:
    """What a platform has that a cluster would not have, in words."""
    stores = store.secrets_stores
    kept = {
        "Workers": store.workers.all(),
        "KV namespaces": store.kv.all(),
        "D1 databases": store.d1.all(),
        "R2 buckets": store.r2.all(),
        "queues": store.queues.all(),
        "secrets": [secret for each in stores.all() for secret in stores.secrets(each.id)],
        "registries": store.registries.all(),
        "client certificates": store.mtls.all(),
        "dispatch namespaces": store.dispatch.all(),
    }
    return [words for words, found in kept.items() if found]


def _told(settings: ClusterSettings) -> dict[str, Any]:
    return {
        "node": settings.node,
        "bucket": settings.bucket.url,
        "address": joined(settings.address, settings.port),
    }
