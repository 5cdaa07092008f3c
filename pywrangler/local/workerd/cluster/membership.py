"""How a `workerd` takes part in a cluster: a block of its configuration, an argument, and credentials.

Source: the schema that workerd 2026-11-17 carries (`ClusterConfig`), and its `serve --help`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pywrangler.local.workerd.capnp import Value
from pywrangler.sensitive import Sensitive

STOP_TIMEOUT_SECONDS = 8.0
"""How long a `workerd` may take to hand its Durable Objects over to other nodes; its own default.

Until half of it a request in flight may finish, and `@cloudflare/containers` always has one, its alarm. So
other requests to the object wait that long, and the container then has a quarter of it to end.
"""
CONTAINER_GRACE_SECONDS = 1.5
"""Between SIGTERM and SIGKILL for a container whose Durable Object leaves the node."""
MARGIN_SECONDS = 2.0


@dataclass(frozen=True)
class ClusterMembership:
    """One `workerd` in the cluster of all that run the same on other nodes."""

    bucket: str
    """`s3://bucket/prefix`, of these alone."""
    endpoint: str
    """Empty for Amazon S3."""
    region: str
    key: Sensitive[str]
    """Of these alone, 64 hex digits."""
    address: str
    """Where the others reach this one. It takes a free port."""
    credentials: Mapping[str, Sensitive[str]]
    """Variables of the process, which its Workers do not see."""
    time_divisor: int = 1
    """For tests; see `unsafeTimeDivisor`."""

    @property
    def stop_seconds(self) -> float:
        """How long it may take to end. If it is killed before, others wait until its lease is over."""
        return STOP_TIMEOUT_SECONDS + MARGIN_SECONDS


def cluster_arguments(membership: ClusterMembership) -> tuple[str, ...]:
    """Arguments of `workerd serve`. With a port of 0 the lease record names the one that it got."""
    host = f"[{membership.address}]" if ":" in membership.address else membership.address
    return (f"--cluster-addr={host}:0",)


def cluster_block(membership: ClusterMembership) -> Value:
    """`Config.cluster`."""
    options = [f"aws_region={membership.region}"]
    if membership.endpoint:
        options.insert(0, f"aws_endpoint={membership.endpoint}")
    block: dict[str, Value] = {
        "bucket": membership.bucket,
        "bucketOptions": list(options),
        "key": membership.key.reveal(),
        "stopTimeoutMs": round(STOP_TIMEOUT_SECONDS * 1000),
    }
    if membership.time_divisor != 1:
        block["unsafeTimeDivisor"] = membership.time_divisor
    return block
