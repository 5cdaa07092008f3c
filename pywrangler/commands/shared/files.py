"""Writes files that exist as a whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from pywrangler.errors import UsageError


def write_file(target: Path, pieces: Iterator[bytes], advance: Callable[[int], None]) -> int:
    """Write the pieces to a file, which is there as a whole or not at all; the number of bytes."""
    if target.is_dir():
        raise UsageError(f"`{target}` is a directory.", hint="Name a file.")
    if target.exists() and not target.is_file():  # such as /dev/null or a named pipe
        with target.open("wb", buffering=0) as stream:
            return _write_pieces(stream, pieces, advance)
    place = target.resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name[:200]}.{os.urandom(4).hex()}.part")
    try:
        with draft.open("xb") as stream:
            written = _write_pieces(stream, pieces, advance)
        if place.exists():
            draft.chmod(place.stat().st_mode & 0o7777)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
    return written


def _write_pieces(stream: IO[bytes], pieces: Iterator[bytes], advance: Callable[[int], None]) -> int:
    written = 0
    for piece in pieces:
        stream.write(piece)
        written += len(piece)
        advance(written)
    return written
