"""Turns a container's output, as the engine sends it with times, into lines of a log. Pure.

Source: Docker Engine API 1.45, `GET /containers/{id}/logs` with `timestamps`: each frame is a message, which
begins with a time (RFC 3339, nanoseconds) and a space. A line of more than 16 KiB comes as several messages,
of which only the last ends with a line feed.
"""

from __future__ import annotations

from datetime import datetime

from pywrangler.engine.log_frames import FrameReader
from pywrangler.local.workerd.logs import Line, Stream

ERRORS = 2
LONGEST_LINE_BYTES = 256 * 1024
"""The rest of a longer line becomes another line."""


class OutputReader:
    """One container's output. Lines up to `since` are already known and omitted."""

    def __init__(self, since: float) -> None:
        self._since = since
        self._latest = since
        self._frames = FrameReader()
        self._unfinished: dict[int, tuple[float, bytes]] = {}

    def feed(self, piece: bytes) -> list[Line]:
        """The lines that are complete with this piece."""
        found = (self._add(stream, data) for stream, data in self._frames.feed(piece))
        return [line for line in found if line is not None and line.time > self._since]

    def finish(self) -> list[Line]:
        """The rest without an end of line."""
        rest, self._unfinished = self._unfinished, {}
        lines = (_line(stream, time, text) for stream, (time, text) in rest.items())
        return [line for line in lines if line.time > self._since]

    def _add(self, stream: int, message: bytes) -> Line | None:
        stamp, _, text = message.partition(b" ")
        if (sent := _read_time(stamp)) is None:
            sent, text = self._latest, message  # no engine sends this
        self._latest = sent
        time, begun = self._unfinished.pop(stream, (sent, b""))
        whole = begun + text
        if whole.endswith(b"\n") or len(whole) > LONGEST_LINE_BYTES:
            return _line(stream, time, whole)
        self._unfinished[stream] = (time, whole)
        return None


def _read_time(stamp: bytes) -> float | None:
    """The seconds since the epoch that a message begins with; None for something else."""
    try:
        moment = datetime.fromisoformat(stamp.decode("ascii"))
        return moment.timestamp() if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _line(stream: int, time: float, text: bytes) -> Line:
    name: Stream = "stderr" if stream == ERRORS else "stdout"
    return Line(time, name, text.decode("utf-8", "replace").rstrip("\r\n"))
