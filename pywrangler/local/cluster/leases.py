"""Leases of this machine's `workerd` processes that have ended. Without them other nodes take over at once,
and not only when a lease is over.

`workerd` (2026-11-17) writes `v1/nodes/<id>.json` into its part of the bucket, with the `address` at which
others reach it. It holds that port as long as it lives, also while it is suspended, so a port of this machine
that refuses connections proves its end. Another layout of the bucket is left alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable

from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.bucket import Bucket, StoredObject

log = logging.getLogger(__name__)

LEASES = "v1/nodes/"
FORGET_SECONDS = 3.0
"""Longer makes nothing faster."""
CONNECT_SECONDS = 1.0

IsGone = Callable[[str, int], Awaitable[bool]]
"""Whether nothing listens at this address of this machine."""


def leased_address(content: bytes) -> tuple[str, int] | None:
    """The address in a lease; None if it has another form."""
    try:
        host, _, port = json.loads(content)["address"].rpartition(":")
        return (host.strip("[]"), int(port)) if host else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


async def is_gone(host: str, port: int) -> bool:
    """Whether this machine refuses connections there."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return False


async def forget_ended(bucket: Bucket, purpose: str, host: str, gone: IsGone = is_gone) -> int:
    """Remove the leases of processes at `host`, an address of this machine, that have ended; how many.

    Call it when their containers are gone. Without the bucket nothing happens: the leases end by themselves.
    """
    count = 0
    try:
        async with asyncio.timeout(FORGET_SECONDS):
            keys = [each.key async for each in bucket.list(f"{purpose}/{LEASES}")]
            for key in keys:
                found = await bucket.get(key)
                address = leased_address(found.content) if isinstance(found, StoredObject) else None
                if address is not None and address[0] == host and await gone(*address):
                    await bucket.delete(key)
                    count += 1
    except (PywranglerError, TimeoutError) as error:
        log.info("The leases of %s are not removed, and end by themselves: %s", purpose, error)
    return count
