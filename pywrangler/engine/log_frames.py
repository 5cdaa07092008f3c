"""The engine's multiplexed output: frames of an 8-byte header (stream, three zero bytes, big-endian length)
and data. Pure.

Source: Docker Engine API 1.45, "Attach to a container", stream format.
"""

from __future__ import annotations

import struct

_HEADER = struct.Struct(">BxxxL")
_STREAMS = frozenset((0, 1, 2))


class FrameReader:
    """Splits an output that comes in pieces into frames."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes) -> list[tuple[int, bytes]]:
        """The frames that are complete with this piece: stream (1 output, 2 errors) and data."""
        output, frames, position = self._rest + piece, [], 0
        while position + _HEADER.size <= len(output):
            stream, length = _HEADER.unpack_from(output, position)
            end = position + _HEADER.size + length
            if end > len(output):
                break
            frames.append((stream, output[position + _HEADER.size : end]))
            position = end
        self._rest = output[position:]
        return frames


def split_frames(output: bytes) -> list[str]:
    """The lines of a whole output, of both streams, in order.

    Output of a container with a terminal has no frames and is taken unchanged. Of a truncated frame the
    existing part is taken.
    """
    return _joined(output).decode("utf-8", "replace").splitlines()


def _joined(output: bytes) -> bytes:
    pieces, position = [], 0
    while position + _HEADER.size <= len(output):
        stream, length = _HEADER.unpack_from(output, position)
        if stream not in _STREAMS or output[position + 1 : position + 4] != b"\0\0\0":
            return output
        position += _HEADER.size
        pieces.append(output[position : position + length])
        position += length
    return b"".join(pieces) if pieces else output
