"""The log in the bucket. Knows no SQL.

state/log/<n>         entries, created with If-None-Match, so exactly one node gets each number
state/snapshot/<n>    all rows after entry n
state/mark            the newest snapshot, and the first entry that is kept; moves forward, with If-Match
state/removal         the first entry that was kept at the last removal, whose time is this object's
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta

from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.bucket import Absent, Bucket, StoredObject
from pywrangler.local.cluster.bucket_answers import BucketObjectFacts
from pywrangler.local.cluster.state.contents import Contents, decode_contents
from pywrangler.local.cluster.state.entries import LogEntry, decode_entry, numbered
from pywrangler.local.cluster.state.retention import (
    GRACE,
    Mark,
    next_mark,
    removable_entries,
    removable_snapshots,
)

LOG, SNAPSHOTS, MARK, REMOVAL = "state/log/", "state/snapshot/", "state/mark", "state/removal"


class StateLog:
    """The log of one cluster. `grace` is how long entries stay after the mark says that they are not kept."""

    def __init__(self, bucket: Bucket, grace: timedelta = GRACE) -> None:
        self._bucket = bucket
        self.grace = grace

    async def create(self, cluster: str, contents: Contents) -> bool:
        """Begin the log with `contents`, which are after entry 0; False if the bucket has one.

        `cluster` is an id, new for each cluster.
        """
        if await self._bucket.head(MARK) is not None:
            return False
        await self._bucket.put_if_absent(numbered(SNAPSHOTS, contents.entry), contents.encode())
        mark = Mark(cluster, contents.entry, contents.entry + 1)
        return await self._bucket.put_if_absent(MARK, _encode(mark)) is not None

    async def mark(self) -> tuple[Mark, BucketObjectFacts]:
        """The mark with the facts about its object. Raises `PywranglerError` without a log."""
        found = await self._bucket.get(MARK)
        if isinstance(found, Absent):
            raise PywranglerError(
                f"The bucket `{self._bucket.address.url}` has no state of a cluster.",
                hint="Correct the bucket and its prefix, or make a cluster with `pywrangler cluster init`.",
                code="cluster-absent",
            )
        return Mark(**json.loads(found.content)), found.facts

    async def entry(self, number: int) -> tuple[LogEntry | None, datetime]:
        """An entry, None for a free number; with the time of the answer, by the bucket's clock."""
        found = await self._bucket.get(numbered(LOG, number))
        if isinstance(found, Absent):
            return None, found.date
        return decode_entry(found.content, number), found.facts.date

    async def offer(self, number: int, entry: LogEntry, seconds: float) -> BucketObjectFacts | None:
        """Write an entry; None if another node was first. Raises `BucketUnreachableError` after `seconds`."""
        return await self._bucket.put_if_absent(numbered(LOG, number), entry.encode(), seconds)

    async def snapshot(self, number: int) -> Contents | None:
        """A snapshot; None if it was removed, so there is a newer one."""
        found = await self._bucket.get(numbered(SNAPSHOTS, number))
        return decode_contents(found.content, number) if isinstance(found, StoredObject) else None

    async def publish(self, contents: Contents) -> Mark:
        """Store a snapshot, and remove what no node needs after it. Returns the mark, which another node may
        have moved further.
        """
        await self._bucket.put_if_absent(numbered(SNAPSHOTS, contents.entry), contents.encode())
        while True:
            mark, facts = await self.mark()
            if mark.snapshot >= contents.entry:
                return mark
            moved = next_mark(mark, contents.entry)
            if await self._bucket.put_if_match(MARK, _encode(moved), facts.etag) is not None:
                await self._remove_old(moved)
                return moved

    async def _remove_old(self, mark: Mark) -> None:
        """Remove what was old at the last removal, if that is `grace` ago, and note what is old now."""
        oldest = b"%d" % mark.oldest
        noted = await self._bucket.get(REMOVAL)
        if isinstance(noted, Absent):
            await self._bucket.put_if_absent(REMOVAL, oldest)
            return
        now = noted.facts.date
        if now - noted.facts.modified < self.grace:
            return
        entries = [each async for each in self._bucket.list(LOG)]
        snapshots = [each async for each in self._bucket.list(SNAPSHOTS)]
        old = removable_entries(entries, int(noted.content))
        for key in (*old, *removable_snapshots(snapshots, mark, now, self.grace)):
            await self._bucket.delete(key)
        await self._bucket.put_if_match(REMOVAL, oldest, noted.facts.etag)


def _encode(mark: Mark) -> bytes:
    return json.dumps(asdict(mark)).encode()
