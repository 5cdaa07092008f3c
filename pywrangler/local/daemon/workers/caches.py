"""Folders of what Workers put into the Cache API. Cloudflare drops entries as it likes. Here nothing is
dropped while a Worker runs; a folder that has grown large begins again, empty, with the Worker's next start.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MOST_BYTES = 1024 * 1024 * 1024


def open_cache(folder: Path, most_bytes: int = MOST_BYTES) -> None:
    """Make the folder, without what it held if that was too much. A process may have it open."""
    if folder.is_dir() and folder_bytes(folder) > most_bytes:
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def folder_bytes(folder: Path) -> int:
    """The size of all files in a folder."""
    return sum((Path(parent) / name).stat().st_size for parent, _, names in os.walk(folder) for name in names)
