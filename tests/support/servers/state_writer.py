"""A node of a cluster's state in a process of its own, which stops at a step until it is killed.

    python -m tests.support.servers.state_writer STEP DIRECTORY ENDPOINT PREFIX

`STEP` is `before-put` or `after-put`. It prints the step when it has come there.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from pywrangler.local.cluster.bucket import Bucket, BucketAddress
from pywrangler.local.cluster.bucket_answers import BucketObjectFacts
from pywrangler.local.cluster.state.database import SharedDatabase, open_shared
from pywrangler.local.cluster.state.entries import LogEntry
from pywrangler.local.cluster.state.log import StateLog
from pywrangler.sensitive import Sensitive
from tests.support.servers.buckets import KEY, NAME, SECRET


def count_up(database: SharedDatabase, name: str = "counter") -> int:
    """Read a number, decide in Python, write it: a lost update would show. Returns the new number."""
    row = database.row("SELECT title FROM kv_namespaces WHERE id = ?", (name,))
    number = int(row["title"].rpartition(" ")[2]) + 1 if row else 1
    database.execute(
        "INSERT INTO kv_namespaces (id, title) VALUES (?, ?)"
        " ON CONFLICT (id) DO UPDATE SET title = excluded.title",
        (name, f"{name} {number}"),
    )
    return number


class StoppingLog(StateLog):
    """A log whose user never gets past a step."""

    step = ""

    async def offer(self, number: int, entry: LogEntry, seconds: float) -> BucketObjectFacts | None:
        """Stop before the offer, or after it."""
        if self.step == "after-put":
            assert await super().offer(number, entry, seconds) is not None
        sys.stdout.write(f"{self.step}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
        raise AssertionError


async def main(step: str, directory: str, endpoint: str, prefix: str) -> None:
    """Change the state, as far as the step."""
    address = BucketAddress.parse(f"s3://{NAME}/{prefix}", endpoint, "us-east-1", KEY, Sensitive(SECRET))
    async with Bucket(address) as bucket:
        log = StoppingLog(bucket)
        database = await open_shared(Path(directory) / "platform.sqlite", log, "killed")
        log.step = step
        await database.change(lambda: count_up(database))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
