"""Requests about the cluster that a local platform is a node of."""

from __future__ import annotations

from typing import Any

from pywrangler.cloudflare.client import Client
from pywrangler.sensitive import Sensitive

BASE = "local/cluster"
CHANGE_READ_SECONDS = 120
"""A bucket may be slow, and has several seconds for each of a dozen requests."""


def make_cluster(
    client: Client,
    bucket: str,
    *,
    endpoint: str | None,
    region: str,
    access_key_id: str,
    secret_access_key: Sensitive[str],
    advertise: str,
) -> dict[str, Any]:
    """Make a cluster in the bucket: `node`, `bucket` and `address` of its first node, which the platform is
    after its next start.
    """
    body = {
        "bucket": bucket,
        "endpoint": endpoint,
        "region": region,
        "access_key_id": access_key_id,
        "secret_access_key": secret_access_key.reveal(),
        "advertise": advertise,
    }
    return _changed(client, "init", body)


def join_cluster(client: Client, token: Sensitive[str], advertise: str) -> dict[str, Any]:
    """Join the cluster of a token: `node`, `bucket` and `address`, which the platform has after its next
    start.
    """
    return _changed(client, "join", {"token": token.reveal(), "advertise": advertise})


def leave_cluster(client: Client) -> None:
    """Have the platform leave its cluster. It stops after this response."""
    client.request("POST", f"{BASE}/leave", read_seconds=CHANGE_READ_SECONDS)


def make_join_token(client: Client) -> Sensitive[str]:
    """A new token, with which one machine can join."""
    return Sensitive(str(client.call("POST", f"{BASE}/tokens").fields["token"]))


def cluster_status(client: Client) -> dict[str, Any] | None:
    """The cluster with its `nodes`; None if the platform is not a node."""
    found: dict[str, Any] | None = client.request("GET", BASE, read_seconds=CHANGE_READ_SECONDS)
    return found


def _changed(client: Client, call: str, body: dict[str, Any]) -> dict[str, Any]:
    path = f"{BASE}/{call}"
    made: dict[str, Any] = client.call("POST", path, json=body, read_seconds=CHANGE_READ_SECONDS).fields
    return made
