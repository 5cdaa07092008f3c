"""The files in which miniflare's Worker (5.20261117) keeps objects: `BUCKET/blobs/ID`, and for each bucket an
SQLite database, which names the blobs of its objects and parts.

A write that is given up, or refused at its end, leaves a blob that no database names. Such blobs are removed
while the runtime does not run.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

log = logging.getLogger(__name__)

OBJECT_FILE = re.compile(r"[0-9a-f]{64}\.sqlite")
NAMED_BLOBS = (
    "SELECT blob_id FROM _mf_objects WHERE blob_id IS NOT NULL UNION SELECT blob_id FROM _mf_multipart_parts"
)


def remove_unfinished(data: Path) -> int:
    """Remove what is left of writes that did not end; how many files. If a database cannot be read, only what
    the runtime itself marks as unfinished (workerd 2026-11: `.ID.PID.N.tmp`).
    """
    blobs = list(data.glob("*/blobs/*"))  # the names that begin with a dot, too
    try:
        named = set(_named_blobs(data)) if blobs else set()
    except sqlite3.Error as error:
        log.warning("Files of R2 that no object has are kept: %s", error)
        named = None
    left = [
        file
        for file in blobs
        if file.name.endswith(".tmp") or (named is not None and named and file.name not in named)
    ]
    for file in left:
        file.unlink(missing_ok=True)
    return len(left)


def _named_blobs(data: Path) -> Iterator[str]:
    for file in (data / "r2").glob("*.sqlite"):
        if OBJECT_FILE.fullmatch(file.name):
            with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as database:
                yield from (row[0] for row in database.execute(NAMED_BLOBS))
