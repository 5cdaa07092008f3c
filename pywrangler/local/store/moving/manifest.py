"""The file of an export: a tar archive of a manifest and, as one more archive, the state.

The manifest comes first, so that what does not fit is refused before anything is read or written. It has the
hash of the state, so that damage anywhere is found.
"""

from __future__ import annotations

import json
import sqlite3
import tarfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pywrangler.errors import PywranglerError
from pywrangler.local.store.migrations import known_migrations
from pywrangler.version import VERSION

FORMAT = 1
MANIFEST, STATE = "manifest.json", "state.tar"
LARGEST_MANIFEST_BYTES = 64 * 1024


@dataclass(frozen=True)
class ExportManifest:
    """What an export says of itself."""

    size: int
    """Of the state, in bytes."""
    sha256: str
    """Of the state."""
    schema: int
    """Of the database in it."""
    created: str
    key: Mapping[str, Any] | None
    """The platform's key, sealed with a passphrase; None for an export without secrets."""
    version: str = VERSION
    """pywrangler's version that wrote it."""
    format: int = FORMAT

    def header(self) -> bytes:
        """The beginning of the file. The state follows, and then `end`."""
        content = json.dumps(asdict(self), indent=2).encode() + b"\n"
        return _entry(MANIFEST, len(content)) + content + _padding(len(content)) + _entry(STATE, self.size)

    def end(self) -> bytes:
        """What follows the state."""
        return _padding(self.size) + bytes(2 * tarfile.BLOCKSIZE)


def schema_of(database: Path) -> int | None:
    """The schema that a database has; None if the file is no whole database. Nothing is written to it."""
    try:
        with closing(
            sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        ) as opened:
            (schema,) = opened.execute("PRAGMA user_version").fetchone()
            (verdict,) = opened.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error:
        return None
    return int(schema) if verdict == "ok" else None


def newest_schema() -> int:
    """The schema of this version's database."""
    return known_migrations()[-1].number


def parse_manifest(content: bytes, source: str) -> ExportManifest:
    """The manifest in a file. Raises `PywranglerError` for one that this version cannot read."""
    try:
        fields = json.loads(content)
        if fields["format"] != FORMAT:
            raise too_new(source, fields.get("version"))
        found = ExportManifest(**{name: fields[name] for name in ExportManifest.__dataclass_fields__})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise damaged(source, "its manifest cannot be read") from error
    numbers, texts = (found.size, found.schema), (found.sha256, found.created, found.version)
    has_types = all(type(each) is int and each >= 0 for each in numbers) and all(
        isinstance(each, str) for each in texts
    )
    if not has_types or not isinstance(found.key, dict | None):
        raise damaged(source, "its manifest has values of other types")
    if found.schema > newest_schema():
        raise too_new(source, found.version)
    return found


def damaged(source: str, why: str) -> PywranglerError:
    """The error for a file that is no export, or not all of one."""
    return PywranglerError(
        f"`{source}` is not a whole export of a local platform: {why}.",
        hint="Export again, or use another copy of the file. Nothing was changed here.",
        code="export-damaged",
    )


def too_new(source: str, version: object) -> PywranglerError:
    """The error for an export of a newer version."""
    return PywranglerError(
        f"`{source}` was exported by pywrangler {version}; this is {VERSION}, which cannot read it.",
        hint="Upgrade pywrangler, then import again. Nothing was changed here.",
        code="export-newer",
    )


def _entry(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.PAX_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)
