"""How a platform becomes a node: it makes a cluster, or joins one. Each writes the settings that the next
start reads.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.bucket import Absent, Bucket, BucketAddress
from pywrangler.local.cluster.identity import (
    fingerprint,
    make_cluster_authority,
    make_key,
    make_node,
    make_node_certificate,
)
from pywrangler.local.cluster.probe import MAX_CLOCK_DIFFERENCE_SECONDS, check_bucket, measure_bucket
from pywrangler.local.cluster.settings import FILE_NAME, ClusterSettings, parse_address, write_settings
from pywrangler.local.cluster.state.contents import Contents
from pywrangler.local.cluster.state.log import StateLog
from pywrangler.local.cluster.tokens import parse_token
from pywrangler.local.daemon.cluster.api import listen_for_nodes
from pywrangler.local.daemon.cluster.peers import PeerError, ask_to_join
from pywrangler.local.protocol import DATABASE_NAME
from pywrangler.local.store.migrations import known_migrations
from pywrangler.sensitive import Sensitive

OF_CLUSTER = ("workers", "durable-objects", "assets", "blobs", "key-values", "d1", "cluster-tokens.json")
"""What a node keeps of its cluster, besides database and settings."""
FACTS = "cluster.json"
"""The object of the bucket that says whose it is."""


class ClusterFoundingError(PywranglerError):
    """This platform cannot become a node."""

    code = "cluster-founding"


async def found_cluster(
    home: Path, address: BucketAddress, advertise: str, account_id: str
) -> ClusterSettings:
    """Make a cluster in the bucket; the platform in `home` is its first node. Raises `PywranglerError`."""
    host, port = parse_address(advertise)
    listen_for_nodes(host, port).close()
    key, authority, node = make_key(), make_cluster_authority(), make_node()
    certificate = make_node_certificate(authority, node, host)
    settings = ClusterSettings(address, key, account_id, node, host, port, authority, certificate)
    async with Bucket(address) as bucket:
        times = await check_bucket(bucket)
        check_clock(times.clock_difference_seconds)
        cluster = uuid.uuid4().hex
        facts = {"id": cluster, "fingerprint": fingerprint(key), "account_id": account_id}
        if await bucket.put_if_absent(FACTS, json.dumps(facts).encode()) is None:
            raise ClusterFoundingError(
                f"The bucket `{address.url}` holds a cluster already.",
                hint="Join it with a token of `pywrangler cluster token`, or choose another prefix.",
            )
        try:
            await StateLog(bucket).create(cluster, Contents(known_migrations()[-1].number, 0, {}))
        except BaseException:
            with contextlib.suppress(PywranglerError):
                await bucket.delete(FACTS)
            raise
    write_settings(home, settings)
    return settings


def forget_cluster(home: Path) -> None:
    """Remove what belongs to the cluster, which this platform has left. All of it is in the bucket."""
    for name in (*OF_CLUSTER, f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-shm", DATABASE_NAME, FILE_NAME):
        path = home / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


async def join_cluster(home: Path, token: str, advertise: str) -> ClusterSettings:
    """Make the platform in `home` a node of the token's cluster. Raises `PywranglerError`."""
    host, port = parse_address(advertise)
    listen_for_nodes(host, port).close()
    parsed = parse_token(token)
    settings = settings_from(await ask_to_join(parsed), host, port)
    async with Bucket(settings.bucket) as bucket:
        await check_cluster(bucket, settings)
        check_clock((await measure_bucket(bucket)).clock_difference_seconds)
    write_settings(home, settings)
    return settings


def settings_from(told: Mapping[str, Any], host: str, port: int) -> ClusterSettings:
    """The settings of a new node from what a node of the cluster says. Raises `PeerError`."""
    try:
        bucket = {name: str(told["bucket"][name]) for name in BUCKET_FIELDS}
        secret = Sensitive(str(told["bucket"]["secret_access_key"]))
        authority, node = Sensitive(str(told["authority"])), make_node()
        return ClusterSettings(
            bucket=BucketAddress(**bucket, secret_access_key=secret),
            key=Sensitive(str(told["key"])),
            account_id=str(told["account_id"]),
            node=node,
            address=host,
            port=port,
            authority=authority,
            certificate=make_node_certificate(authority, node, host),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PeerError("The node of the cluster gave an answer that cannot be read.") from error


BUCKET_FIELDS = ("bucket", "prefix", "endpoint", "region", "access_key_id")


async def check_cluster(bucket: Bucket, settings: ClusterSettings) -> None:
    """Check that the bucket's cluster has this node's key: with another one it could claim objects and never
    be reached. Raises `PywranglerError`.
    """
    found = await bucket.get(FACTS)
    facts = None if isinstance(found, Absent) else read_facts(found.content)
    if facts is None:
        raise ClusterFoundingError(
            f"The bucket `{settings.bucket.url}` holds no cluster.",
            hint="Correct the bucket and its prefix, or make a cluster with `pywrangler cluster init`.",
        )
    if facts.get("fingerprint") != fingerprint(settings.key):
        raise ClusterFoundingError(
            f"The cluster in `{settings.bucket.url}` has another key than this node.",
            hint="Join it again: remove `cluster.json` from the platform's directory, and use a new token.",
        )


def read_facts(content: bytes) -> Mapping[str, Any] | None:
    """What the bucket says about its cluster; None if that cannot be read."""
    try:
        facts = json.loads(content)
    except ValueError:
        return None
    return facts if isinstance(facts, dict) else None


def check_clock(difference_seconds: float) -> None:
    """Refuse a clock with which this machine and other nodes would not understand each other."""
    if abs(difference_seconds) > MAX_CLOCK_DIFFERENCE_SECONDS:
        ahead = "ahead of" if difference_seconds > 0 else "behind"
        raise ClusterFoundingError(
            f"The clock of this machine is {abs(difference_seconds):.0f} s {ahead} the bucket's; nodes may"
            f" differ by at most {MAX_CLOCK_DIFFERENCE_SECONDS:.0f} s.",
            hint="Set the clock, for example with `timedatectl set-ntp true`, and repeat the command.",
        )
