"""The files that nodes leave for each other in the bucket, and those of them that this node keeps.

    blobs/<digest>/<random>     in the bucket
    <directory>/<digest>        on this node, once it needed it

An object counts only while a row of the shared state names it (`local.store.shared.blobs`).
"""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from pywrangler.errors import PywranglerError
from pywrangler.file_hashes import sha256_of
from pywrangler.local.cluster.bucket import Bucket
from pywrangler.local.store import Store
from pywrangler.local.store.shared.blobs import BlobRecord

T = TypeVar("T")

PREFIX = "blobs/"
KEPT_SECONDS = 2 * 3600.0
"""How long a content stays that nothing needs: a client may have been told that it need not send it."""
FRESH_SECONDS = KEPT_SECONDS / 4
"""A content that was relied on more recently needs no new note."""
ORPHAN_AGE = timedelta(days=1)
"""An object without a row is what an upload left that did not come to its end. None takes this long."""


class BlobMissingError(PywranglerError):
    """A file of the cluster is missing."""

    code = "blob-missing"


class ClusterBlobs:
    """The contents of one cluster (`local.store.shared.blobs.Blobs`). Used from the event loop of `store`."""

    def __init__(
        self, store: Store, bucket: Bucket, directory: Path, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._bucket = bucket
        self.directory = directory
        self._clock = clock
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def has(self, digest: str) -> bool:
        """Whether the cluster has this content. It stays for the next hours then, so a client can rely on
        it.
        """
        record = self._store.blobs.get(digest)
        if record is None:
            return False
        now = self._clock()
        if now - record.used_at < FRESH_SECONDS:
            return True
        return await self._store.change(lambda: self._store.blobs.touch(digest, now))

    async def add(self, digest: str, file: Path) -> None:
        """Store a file with this SHA-256. What is there is not sent again."""
        if await self.has(digest):
            return
        size = (await asyncio.to_thread(file.stat)).st_size
        made = BlobRecord(digest, f"{PREFIX}{digest}/{uuid.uuid4().hex}", size, self._clock())
        await self._bucket.upload(made.object, file, digest)
        kept = await self._store.change(lambda: self._store.blobs.add(made))
        if kept.object != made.object:  # another node was first
            await self._bucket.delete(made.object)

    async def fetch(self, digest: str, target: Path) -> None:
        """Make `target` the file with this SHA-256. Raises `BlobMissingError`."""
        kept = await self.local(digest)
        if kept is None:
            raise BlobMissingError(
                f"The bucket `{self._bucket.address.url}` has no content with the SHA-256 {digest}.",
                hint="Deploy the Worker again, from where its files are.",
            )
        await asyncio.to_thread(_link, kept, target)

    async def local(self, digest: str) -> Path | None:
        """The file of a content on this node, brought from the bucket if it is missing; None without one."""
        file, record = self.directory / digest, self._store.blobs.get(digest)
        if record is None or file.is_file():
            return file if record else None
        draft = self.directory / f".{uuid.uuid4().hex}"
        try:
            is_there = await self._bucket.download(record.object, draft)
            if not is_there or await asyncio.to_thread(sha256_of, draft) != digest:
                return None
            draft.chmod(0o600)
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
        return file

    async def collect(self) -> int:
        """Remove contents that nothing needs, here and in the bucket; how many objects went."""
        before = self._clock() - KEPT_SECONDS
        gone = await self._store.change(lambda: self._store.blobs.forget_unneeded(before))
        for each in gone:
            await self._bucket.delete(each.object)
        orphans = await self._orphans()
        for key in orphans:
            await self._bucket.delete(key)
        await asyncio.to_thread(self._remove_files)
        return len(gone) + len(orphans)

    async def _orphans(self) -> list[str]:
        """The keys of old objects without a row."""
        now = (await self._bucket.put(f"{PREFIX}.clock", b"")).date
        old = [each.key async for each in self._bucket.list(PREFIX) if now - each.modified >= ORPHAN_AGE]
        known = self._store.blobs.objects()
        return [key for key in old if key not in known and not key.endswith(".clock")]

    def _remove_files(self) -> None:
        """Files on this node that nothing links to any more."""
        for file in self.directory.iterdir():
            found = file.stat()
            if found.st_nlink == 1 and self._clock() - found.st_mtime >= KEPT_SECONDS:
                file.unlink()


def _link(file: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(f".{uuid.uuid4().hex}")
    os.link(file, draft)
    draft.replace(target)
