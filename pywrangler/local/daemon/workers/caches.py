"""Directories of the Workers' caches. Cloudflare may drop entries at any time. Here nothing is dropped while
a Worker runs; a directory that has grown large is emptied at the Worker's next start.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MOST_BYTES = 1024 * 1024 * 1024


def open_cache(directory: Path, most_bytes: int = MOST_BYTES) -> None:
    """Create the directory, or empty it if it is too large. A process may have it open."""
    if directory.is_dir() and directory_bytes(directory) > most_bytes:
        shutil.rmtree(directory)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)


def directory_bytes(directory: Path) -> int:
    """The size of all files in a directory."""
    return sum(
        (Path(parent) / name).stat().st_size for parent, _, names in os.walk(directory) for name in names
    )
