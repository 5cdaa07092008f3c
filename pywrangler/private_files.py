"""Files that only their owner may read, written whole or not at all.

A reader, or a process that ends at any moment, finds the old content or the new one, and never a half. Drafts
are beside the file, since a rename is atomic within one file system only.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

PRIVATE_DIRECTORY, PRIVATE_FILE = 0o700, 0o600


def write_private(file: Path, content: str | bytes, *, mode: int = PRIVATE_FILE) -> None:
    """Put `content` in the place of the file; its directory is made if it is missing. Raises `OSError`."""
    draft = _write_draft(file, [_encoded(content)])
    try:
        draft.chmod(mode)
        draft.replace(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def write_private_pieces(file: Path, pieces: Iterable[bytes]) -> int:
    """`write_private` for content of any size, which is on the disk when this returns; its size in bytes."""
    draft = _write_draft(file, pieces, is_synced=True)
    try:
        size = draft.stat().st_size
        draft.replace(file)
        return size
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def create_private(file: Path, content: str | bytes) -> bool:
    """Write a file that does not exist yet; False if it exists, which then stays as it is."""
    draft = _write_draft(file, [_encoded(content)])
    try:
        os.link(draft, file)  # unlike a rename, this fails where another process was first
        return True
    except FileExistsError:
        return False
    finally:
        draft.unlink()


def write_cache(file: Path, content: str | bytes) -> None:
    """`write_private` for what can be found out again: a file that cannot be written costs time only."""
    with contextlib.suppress(OSError):
        write_private(file, content)


def _encoded(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _write_draft(file: Path, pieces: Iterable[bytes], *, is_synced: bool = False) -> Path:
    import tempfile  # takes 5 ms, and most runs write nothing

    file.parent.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
    # A unique name: two processes may write the same file. mkstemp makes it with mode 0600.
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".new")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.writelines(pieces)
            if is_synced:
                stream.flush()
                os.fsync(stream.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)
