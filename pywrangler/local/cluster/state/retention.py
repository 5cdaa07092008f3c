"""When to make a snapshot, what of the log may go, and when a node must look whether it was left behind.

An entry that is removed leaves its number free, and a node that slept would take the free number for the end
of the log; even worse, it could write there, and another sleeper would read that. Three rules make it
harmless:

1. Entries are removed only when the mark has said for `GRACE` that they are not kept.
2. So a number that was kept, or free, at some time is not that of a removed entry until `GRACE` later.
3. A node that reads or writes a number compares the bucket's clock with the last such time. If half of
`GRACE`    went by since, it reads the mark first. No clock but the bucket's is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pywrangler.local.cluster.bucket_answers import ListedObject

SNAPSHOT_ENTRIES = 500
GRACE = timedelta(hours=1)
KEPT_SNAPSHOTS = 2


@dataclass(frozen=True)
class Mark:
    """What the object `state/mark` says: the newest snapshot, and the first entry that is still kept."""

    cluster: str
    """An id that the cluster got when it was made."""
    snapshot: int
    oldest: int


def needs_snapshot(applied: int, mark: Mark) -> bool:
    """Whether whoever wrote entry `applied` makes a snapshot."""
    return applied - mark.snapshot >= SNAPSHOT_ENTRIES


def next_mark(mark: Mark, snapshot: int) -> Mark:
    """The mark after a snapshot. Entries back to the snapshot before are kept, for nodes that are a little
    behind.
    """
    return Mark(mark.cluster, snapshot, max(mark.snapshot + 1, mark.oldest))


def needs_load(applied: int | None, mark: Mark) -> bool:
    """Whether a node with this last entry takes the snapshot: it must, or it is quicker than the entries."""
    return applied is None or applied + 1 < mark.oldest or mark.snapshot - applied >= SNAPSHOT_ENTRIES


def may_be_behind(sure: datetime | None, now: datetime, grace: timedelta) -> bool:
    """Whether a number may be that of a removed entry that was kept, or free, at `sure`."""
    return sure is None or now - sure >= grace / 2


def removable_entries(listed: Iterable[ListedObject], oldest: int) -> list[str]:
    """The keys of entries before the entry `oldest`."""
    return [each.key for each in listed if _number(each) < oldest]


def removable_snapshots(
    listed: Iterable[ListedObject], mark: Mark, now: datetime, grace: timedelta
) -> list[str]:
    """The keys of snapshots that are replaced by newer ones."""
    done = sorted((each for each in listed if _number(each) <= mark.snapshot), key=_number)
    return [each.key for each in done[:-KEPT_SNAPSHOTS] if now - each.modified >= grace]


def _number(listed: ListedObject) -> int:
    return int(listed.key.rpartition("/")[2])
