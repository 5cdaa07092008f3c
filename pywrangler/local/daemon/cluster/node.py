"""One node of a cluster, as the other parts of its platform see it."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pywrangler.local.cluster.bucket import Bucket
from pywrangler.local.cluster.identity import derived_key, node_platform_id
from pywrangler.local.cluster.leases import forget_ended
from pywrangler.local.cluster.settings import ClusterSettings
from pywrangler.local.daemon.cluster.members import MemberRecord, Members
from pywrangler.local.daemon.cluster.peers import Peers
from pywrangler.local.gateway.settings import Places
from pywrangler.local.workerd.cluster.membership import ClusterMembership
from pywrangler.sensitive import Sensitive
from pywrangler.version import VERSION

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClusterNode:
    """This node."""

    settings: ClusterSettings
    bucket: Bucket
    members: Members
    peers: Peers
    places: Places | None = None

    @property
    def name(self) -> str:
        """8 hex digits."""
        return self.settings.node

    @property
    def secrets_key(self) -> bytes:
        """What secrets are encrypted with in the database, which all nodes share: 32 bytes."""
        return bytes.fromhex(derived_key(self.settings.key, "secrets").reveal())

    @property
    def platform_id(self) -> str:
        """What marks this node's containers and networks."""
        return node_platform_id(self.settings.account_id, self.settings.node)

    def membership(self, purpose: str) -> ClusterMembership:
        """How a `workerd` of this node finds those that do the same on others, such as `workers/shop`."""
        bucket = self.settings.bucket
        credentials = {
            "AWS_ACCESS_KEY_ID": Sensitive(bucket.access_key_id),
            "AWS_SECRET_ACCESS_KEY": bucket.secret_access_key,
        }
        return ClusterMembership(
            bucket=f"s3://{bucket.bucket}/{bucket.prefix}{purpose}",
            endpoint=bucket.endpoint,
            region=bucket.region,
            key=derived_key(self.settings.key, purpose),
            address=self.settings.address,
            credentials=credentials,
            time_divisor=self.settings.time_divisor,
        )

    async def forget_leases(self, purpose: str) -> None:
        """Let other nodes take over at once from `workerd` processes of this node that have ended. Call it
        when their containers are gone.
        """
        if count := await forget_ended(self.bucket, purpose, self.settings.address):
            log.info("Removed %d leases of ended runtimes of %s.", count, purpose)


@asynccontextmanager
async def joining(settings: ClusterSettings, leaving: asyncio.Event) -> AsyncIterator[ClusterNode]:
    """This node, which says that it is alive as long as the context is open. If `leaving` is set at its end,
    the cluster forgets the node.
    """
    record = MemberRecord(settings.node, uuid.uuid4().hex, settings.address, settings.port, VERSION)
    async with Bucket(settings.bucket) as bucket:
        members = Members(bucket, record, settings.time_divisor)
        peers = Peers(settings)
        beating = asyncio.create_task(members.beat_on())
        try:
            yield ClusterNode(settings, bucket, members, peers)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            if leaving.is_set():
                await members.leave()
            await peers.close()
