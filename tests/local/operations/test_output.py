"""From the engine's stream to lines, and lengths of time, by value."""

from __future__ import annotations

import struct

import pytest

from pywrangler.commands.shared.durations import parse_seconds
from pywrangler.errors import UsageError
from pywrangler.local.daemon.logs.container_output import LONGEST_LINE_BYTES, OutputReader
from pywrangler.local.workerd.logs import Line

FIRST, SECOND = "2026-11-23T08:00:00.500000000Z", "2026-11-23T08:00:01.250000000Z"
FIRST_TIME, SECOND_TIME = 1_795_420_800.5, 1_795_420_801.25


def frame(stream: int, text: str) -> bytes:
    """A message as the engine sends it."""
    data = text.encode()
    return struct.pack(">BxxxL", stream, len(data)) + data


def test_lines_have_time_stream_and_text_however_the_pieces_are_cut() -> None:
    output = frame(1, f"{FIRST} one\n") + frame(2, f"{SECOND} zwei ü\r\n") + frame(1, f"{SECOND} \n")
    expected = [
        Line(FIRST_TIME, "stdout", "one"),
        Line(SECOND_TIME, "stderr", "zwei ü"),
        Line(SECOND_TIME, "stdout", ""),
    ]
    for size in (1, 7, 1000):
        reader = OutputReader(since=0)
        pieces = [output[start : start + size] for start in range(0, len(output), size)]
        assert [line for piece in pieces for line in reader.feed(piece)] == expected
        assert reader.finish() == []


def test_a_long_line_comes_in_parts_and_is_one() -> None:
    reader = OutputReader(since=0)
    assert reader.feed(frame(1, f"{FIRST} begin,")) == []
    assert reader.feed(frame(2, f"{SECOND} between\n")) == [Line(SECOND_TIME, "stderr", "between")]
    assert reader.feed(frame(1, f"{SECOND} end\n")) == [Line(FIRST_TIME, "stdout", "begin,end")]


def test_a_line_without_an_end_is_kept_at_the_end_and_is_bounded() -> None:
    reader = OutputReader(since=0)
    assert reader.feed(frame(1, f"{FIRST} last words")) == []
    assert reader.finish() == [Line(FIRST_TIME, "stdout", "last words")]
    assert len(reader.feed(frame(1, f"{FIRST} " + "x" * (LONGEST_LINE_BYTES + 1)))) == 1


def test_lines_that_are_known_are_left_out() -> None:
    reader = OutputReader(since=FIRST_TIME)
    both = frame(1, f"{FIRST} one\n") + frame(1, f"{SECOND} two\n")
    assert [line.text for line in reader.feed(both)] == ["two"]


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("30s", 30), ("10m", 600), ("1h30m", 5400), ("2d", 172_800), ("0", 0)]
)
def test_lengths_of_time(text: str, seconds: float) -> None:
    assert parse_seconds(text, "--since") == seconds


@pytest.mark.parametrize("text", ["", "m", "10x", "-5m", "1h 30m", "1.5h", "ten"])
def test_what_is_no_length_of_time(text: str) -> None:
    with pytest.raises(UsageError, match="--since"):
        parse_seconds(text, "--since")
