"""How the REST API has this platform become a node of a cluster, and leave it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pywrangler.sensitive import Sensitive


@dataclass(frozen=True)
class NewCluster:
    """The cluster that a request wants."""

    bucket: str
    """`s3://bucket/prefix`."""
    endpoint: str | None
    """None for Amazon S3."""
    region: str
    access_key_id: str
    secret_access_key: Sensitive[str]
    advertise: str
    """`ADDRESS` or `ADDRESS:PORT` of this machine."""


class ClusterOperations(Protocol):
    """What the platform's process does for these requests. All raise `PywranglerError`."""

    @property
    def is_node(self) -> bool:
        """Whether this platform is a node of a cluster now."""

    async def init(self, wanted: NewCluster) -> Mapping[str, Any]:
        """Make a cluster with this platform as its first node, from its next start on."""

    async def join(self, token: Sensitive[str], advertise: str) -> Mapping[str, Any]:
        """Make this platform a node of a cluster, from its next start on."""

    async def leave(self) -> None:
        """Begin to leave: the platform hands over, stops, and forgets what belongs to the cluster."""

    def make_token(self) -> Sensitive[str]:
        """A new token, with which one machine can join."""

    async def status(self) -> Mapping[str, Any] | None:
        """The cluster and its nodes; None if this platform is no node."""
