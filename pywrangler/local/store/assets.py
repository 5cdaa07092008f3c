"""Static assets: a row for each content, which is a file under its hash in `<home>/assets`.

Versions of all Workers share them. A version's metadata say which it has: `assets.manifest`, hashes by path.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from pywrangler.file_hashes import sha256_of
from pywrangler.local.store.connection import Database
from pywrangler.local.store.shared.blobs import Blobs

OTHERS_SECONDS = 3600.0
"""How long the nodes of a cluster keep a file for which there is no version yet."""


class StoredAssets:
    """Repository of static assets; it owns their files."""

    def __init__(self, database: Database, home: Path) -> None:
        self._database = database
        self.directory = home / "assets"
        self.shared: Blobs | None = None
        """Where other nodes of a cluster get the files."""

    def missing(self, hashes: Iterable[str]) -> list[str]:
        """The hashes that are missing, each once."""
        present = {row["hash"] for row in self._database.rows("SELECT hash FROM assets")}
        return [each for each in dict.fromkeys(hashes) if each not in present]

    def types(self, hashes: Collection[str]) -> dict[str, str]:
        """The content types of the files that have one."""
        rows = self._database.rows("SELECT hash, content_type FROM assets WHERE content_type IS NOT NULL")
        return {row["hash"]: row["content_type"] for row in rows if row["hash"] in hashes}

    async def add(self, staged: Path, types: Mapping[str, str | None]) -> None:
        """Take files, each named by its hash, from a directory on the same disk, with their content types."""
        for hash_ in types:
            (staged / hash_).chmod(0o600)
            (staged / hash_).replace(self.directory / hash_)

        digests: dict[str, str] = {}
        if self.shared is not None:
            for hash_ in types:
                digests[hash_] = await asyncio.to_thread(sha256_of, self.directory / hash_)
                await self.shared.add(digests[hash_], self.directory / hash_)
        now = time.time()

        def keep() -> None:
            for hash_, content_type in types.items():
                self._database.execute(
                    "INSERT OR REPLACE INTO assets (hash, content_type, sha256, added_on)"
                    " VALUES (?, ?, ?, ?)",
                    (hash_, content_type, digests.get(hash_), now),
                )

        await self._database.change(keep)

    async def bring_files(self, hashes: Collection[str]) -> None:
        """Get the files with these hashes that another node has stored. Raises `PywranglerError`."""
        if self.shared is None:
            return
        rows = self._database.rows("SELECT hash, sha256 FROM assets WHERE sha256 IS NOT NULL")
        for row in rows:
            file = self.directory / row["hash"]
            if row["hash"] in hashes and not file.is_file():
                await self.shared.fetch(row["sha256"], file)

    async def sweep(self, kept: Collection[str] = ()) -> None:
        """Remove what no version has and `kept` does not name. Files that came through another node stay for
        a while: its clients may be about to deploy with them.
        """
        before = time.time() - OTHERS_SECONDS if self.shared else math.inf
        for hash_ in await self._database.change(lambda: self._forget_unused(kept, before)):
            (self.directory / hash_).unlink(missing_ok=True)

    def _forget_unused(self, kept: Collection[str], before: float = math.inf) -> set[str]:
        rows = self._database.rows(
            "SELECT hash FROM assets WHERE added_on < ? AND hash NOT IN (SELECT entry.value FROM versions,"
            " json_each(versions.metadata, '$.assets.manifest') AS entry)",
            (before,),
        )
        unused = {row["hash"] for row in rows} - {*kept}
        for hash_ in unused:
            self._database.execute("DELETE FROM assets WHERE hash = ?", (hash_,))
        return unused

    def recover(self, *, is_shared: bool = False) -> None:
        """Make files and rows agree: a crash may leave one without the other. Shared rows are those of all
        nodes, and a file that is missing comes when it is needed.
        """
        self.directory.mkdir(mode=0o700, exist_ok=True)
        if not is_shared:
            self._forget_unused(())
        files = {file.name for file in self.directory.iterdir()}
        known = {row["hash"] for row in self._database.rows("SELECT hash FROM assets")}
        for name in files - known:
            (self.directory / name).unlink(missing_ok=True)
        for hash_ in set() if is_shared else known - files:
            self._database.execute("DELETE FROM assets WHERE hash = ?", (hash_,))
