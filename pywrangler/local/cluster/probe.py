"""Whether a bucket can hold a cluster's state, and how far it is: what `cluster init` and `cluster status`
ask.

The state's order, and the leases of `workerd`, rest on writes that only one of several clients can make, and
on reads that see every write that was answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.bucket import Bucket, StoredObject
from pywrangler.local.cluster.bucket_answers import BucketObjectFacts

MAX_CLOCK_DIFFERENCE_SECONDS = 30.0
"""What the leases of `workerd` allow between machines, as it documents."""
_RIVALS = 8
_ROUNDS = 5
_NO_ETAG = '"00000000000000000000000000000000"'


@dataclass(frozen=True)
class BucketTimes:
    """How far a bucket is. The clock's difference is positive if this machine is ahead, within a second."""

    latency_seconds: float
    clock_difference_seconds: float


@dataclass(frozen=True)
class Findings:
    """What was seen of a bucket's promises."""

    creators: int
    """How many of several clients created the same object."""
    is_created_twice: bool
    """Whether an object could be created that was there already."""
    is_replaced_wrongly: bool
    """Whether an object could be replaced with the ETag of another content."""
    is_replaced: bool
    """Whether it could be replaced with its own."""
    stale_reads: int
    """How many of the reads after a write had another content."""
    is_listed: bool
    """Whether a list had the object after its write."""
    is_gone: bool
    """Whether the object could not be read after its removal."""


def problems_of(found: Findings) -> tuple[str, ...]:
    """Why the bucket cannot hold a cluster, each as the rest of a sentence; none if it can."""
    checks = (
        (found.creators > 1, f"it let {found.creators} clients create the same object (If-None-Match)"),
        (found.creators == 0, "it let no client create an object (If-None-Match)"),
        (found.is_created_twice, "it replaced an object that a client wanted to create (If-None-Match)"),
        (
            found.is_replaced_wrongly,
            "it replaced an object for a client that knew another content (If-Match)",
        ),
        (not found.is_replaced, "it did not replace an object for a client that knew its content (If-Match)"),
        (found.stale_reads > 0, f"{found.stale_reads} of {_ROUNDS} reads did not see the write before them"),
        (not found.is_listed, "a list did not have an object that was written before"),
        (not found.is_gone, "an object could be read after it was removed"),
    )
    return tuple(text for is_wrong, text in checks if is_wrong)


async def check_bucket(bucket: Bucket) -> BucketTimes:
    """Try what a cluster needs; returns the distance. Raises `PywranglerError` if the bucket lacks something.

    It writes one small object and removes it.
    """
    key = f"probe/{uuid.uuid4().hex}"
    try:
        found = await _try_out(bucket, key)
    finally:
        with contextlib.suppress(PywranglerError):
            await bucket.delete(key)
    if problems := problems_of(found):
        raise PywranglerError(
            f"The bucket `{bucket.address.url}` cannot hold a cluster: {'; '.join(problems)}.",
            hint="Use a store with conditional writes and consistent reads, such as Amazon S3, Cloudflare R2,"
            " MinIO or SeaweedFS.",
            code="bucket-unfit",
        )
    return await measure_bucket(bucket)


async def measure_bucket(bucket: Bucket, rounds: int = _ROUNDS) -> BucketTimes:
    """The median of small reads, and the clock's difference at the quickest of them."""
    taken: list[tuple[float, float]] = []
    for _ in range(rounds):
        begin, sent = time.monotonic(), datetime.now(UTC)
        answer = await bucket.get("probe/absent")
        seconds = time.monotonic() - begin
        date = answer.facts.date if isinstance(answer, StoredObject) else answer.date
        taken.append((seconds, clock_difference(sent, seconds, date)))
    return BucketTimes(median(seconds for seconds, _ in taken), min(taken)[1])


def clock_difference(sent: datetime, seconds: float, date: datetime) -> float:
    """This machine's clock minus the bucket's, which gives whole seconds, cut off. 0 means: no difference
    seen.
    """
    least = (sent - date).total_seconds() - 1
    most = (sent - date).total_seconds() + seconds
    return 0.0 if least <= 0 <= most else min(least, most, key=abs)


async def _try_out(bucket: Bucket, key: str) -> Findings:
    created = await asyncio.gather(*(bucket.put_if_absent(key, b"%d" % n) for n in range(_RIVALS)))
    first = next((each for each in created if each is not None), None)
    again = await bucket.put_if_absent(key, b"again")
    wrongly = await bucket.put_if_match(key, b"wrong", _NO_ETAG)
    replaced = await bucket.put_if_match(key, b"right", first.etag) if first else None
    stale = await _count_stale(bucket, key)
    listed = [each.key async for each in bucket.list("probe/")]
    await bucket.delete(key)
    return Findings(
        creators=_count(created),
        is_created_twice=again is not None,
        is_replaced_wrongly=wrongly is not None,
        is_replaced=replaced is not None,
        stale_reads=stale,
        is_listed=key in listed,
        is_gone=not isinstance(await bucket.get(key), StoredObject),
    )


def _count(created: Sequence[BucketObjectFacts | None]) -> int:
    return sum(each is not None for each in created)


async def _count_stale(bucket: Bucket, key: str) -> int:
    stale = 0
    for n in range(_ROUNDS):
        written = b"round %d" % n
        await bucket.put(key, written)
        read = await bucket.get(key)
        stale += not (isinstance(read, StoredObject) and read.content == written)
    return stale
