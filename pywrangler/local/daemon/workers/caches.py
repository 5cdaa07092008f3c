"""Folders of the Workers' caches. Cloudflare may drop entries at any time. Here nothing is dropped while a
Worker runs; a folder that has grown large is emptied at the Worker's next start.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MOST_BYTES = 1024 * 1024 * 1024


def open_cache(folder: Path, most_bytes: int = MOST_BYTES) -> None:
    """Create the folder, or empty it if it is too large. A process may have it open."""
    if folder.is_dir() and folder_bytes(folder) > most_bytes:
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def folder_bytes(folder: Path) -> int:
    """The size of all files in a folder."""
    return sum((Path(parent) / name).stat().st_size for parent, _, names in os.walk(folder) for name in names)
