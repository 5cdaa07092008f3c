"""Static assets: a row for each content, which is a file under its hash in `<home>/assets`.

Versions of all Workers share them. A version's metadata say which it has: `assets.manifest`, hashes by path.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from pywrangler.local.store.connection import Database


class StoredAssets:
    """Repository of static assets; it owns their files."""

    def __init__(self, database: Database, home: Path) -> None:
        self._database = database
        self.directory = home / "assets"

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

        def keep() -> None:
            for each in types.items():
                self._database.execute("INSERT OR REPLACE INTO assets VALUES (?, ?)", each)

        await self._database.change(keep)

    async def sweep(self, kept: Collection[str] = ()) -> None:
        """Remove what no version has and `kept` does not name."""
        for hash_ in await self._database.change(lambda: self._forget_unused(kept)):
            (self.directory / hash_).unlink(missing_ok=True)

    def _forget_unused(self, kept: Collection[str]) -> set[str]:
        rows = self._database.rows(
            "SELECT hash FROM assets WHERE hash NOT IN (SELECT entry.value FROM versions,"
            " json_each(versions.metadata, '$.assets.manifest') AS entry)"
        )
        unused = {row["hash"] for row in rows} - {*kept}
        for hash_ in unused:
            self._database.execute("DELETE FROM assets WHERE hash = ?", (hash_,))
        return unused

    def recover(self) -> None:
        """Make files and rows agree: a crash may leave one without the other."""
        self.directory.mkdir(mode=0o700, exist_ok=True)
        self._forget_unused(())
        files = {file.name for file in self.directory.iterdir()}
        known = {row["hash"] for row in self._database.rows("SELECT hash FROM assets")}
        for name in files - known:
            (self.directory / name).unlink(missing_ok=True)
        for hash_ in known - files:
            self._database.execute("DELETE FROM assets WHERE hash = ?", (hash_,))
