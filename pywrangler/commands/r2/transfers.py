"""Moves the bytes of objects between files, standard streams and R2, piece by piece."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pywrangler.commands.shared.input import stdin_pieces
from pywrangler.console import is_terminal
from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from typing import IO

    from pywrangler.commands.context.invocation import Invocation

CHUNK_BYTES = 256 * 1024
MAX_SHOWN_BYTES = 1024 * 1024
"""How much of an object is written to a terminal."""


class Counted(io.BufferedReader):
    """The first `size` bytes of a file; `advance` hears how many were read."""

    def __init__(self, file: IO[bytes], size: int, advance: Callable[[int], None]) -> None:
        super().__init__(cast("io.RawIOBase", file))
        self.size = size
        self._advance = advance

    def read(self, size: int | None = -1, /) -> bytes:
        """At most `size` bytes."""
        left = max(self.size - self.tell(), 0)
        piece = super().read(left if size is None or size < 0 else min(size, left))
        self._advance(self.tell())
        return piece


@contextlib.contextmanager
def opened_source(run: Invocation, file: str | None) -> Iterator[tuple[IO[bytes], int]]:
    """The file, or without one standard input, kept on the disk as its length is not known: with its size."""
    if file is None:
        with tempfile.TemporaryFile(buffering=0) as kept:
            for piece in stdin_pieces(run):
                _write_whole(kept, piece)
            yield kept, kept.tell()
        return
    path = run.directory / file
    try:
        with path.open("rb", buffering=0) as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):  # a pipe, such as of `<(command)`
                with tempfile.TemporaryFile(buffering=0) as kept:
                    while piece := stream.read(CHUNK_BYTES):
                        _write_whole(kept, piece)
                    yield kept, kept.tell()
                return
            yield stream, status.st_size
    except OSError as error:
        if error.filename is None:  # of what is done with the file
            raise
        raise UsageError(
            f"`{file}` cannot be read: {error.strerror}.", hint="Correct the file's path, or its permissions."
        ) from error


def _write_whole(stream: IO[bytes], piece: bytes) -> None:
    """Without a buffer, a write may take less than it is given."""
    view = memoryview(piece)
    while view:
        view = view[stream.write(view) :]


def default_file(run: Invocation, key: str) -> Path:
    """The file that an object is written to if none is named: its key, below the working directory.

    Raises `UsageError` for a key that leads elsewhere: whoever wrote the object chose it.
    """
    path = Path(os.path.normpath(run.directory / key))
    if (
        key.endswith("/")
        or key.startswith("/")
        or not path.is_relative_to(run.directory)
        or path == run.directory
    ):
        raise UsageError(
            f"The key `{key}` is not a path of a file in the working directory.",
            hint="Name the file with `--file FILE`, or give `--pipe`.",
        )
    return path


def write_to_stdout(run: Invocation, pieces: Iterator[bytes]) -> None:
    """Write the pieces to standard output, byte for byte. A terminal gets text only, and not much of it."""
    if not is_terminal(run.surroundings.stdout):
        for piece in pieces:
            run.console.write(piece)
        return
    shown = bytearray()
    for piece in pieces:
        shown += piece
        if len(shown) > MAX_SHOWN_BYTES:
            raise UsageError(
                "The object is larger than 1 MiB, so it is not written to a terminal.",
                hint="Write it into a file: omit `--pipe`, or add `> FILE` to the command.",
            )
    run.console.write(bytes(shown))
