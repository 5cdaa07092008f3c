"""What a Worker can bring into a log, on which its readers once failed."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from pywrangler.local.workerd.logs import LogBook, parse_runtime_line
from pywrangler.local.workerd.process import LONGEST_LINE_BYTES, read_lines
from pywrangler.local.workerd.source_maps import SourceMaps
from tests.support.runs.quickness import slowness_now

DEEP = "[" * 100_000


@pytest.mark.parametrize(
    "raw", [DEEP, '{"level": 1, "message": 2}', '{"level": {}, "message": []}', "9" * 5000]
)
def test_a_line_of_another_form_is_taken_as_it_is(raw: str) -> None:
    line = parse_runtime_line(raw)
    assert (line.text, line.is_own) == (raw, True)


def test_lines_of_others_in_a_log_are_left_out(tmp_path: Path) -> None:
    book = LogBook(tmp_path / "log")
    (tmp_path / "log").write_text(f'{DEEP}\n{{"time": "x", "stream": "stdout", "text": "a"}}\n[]\n')
    book.add("stdout", "mine")
    assert [line.text for line in book.tail(9)] == ["mine"]


@pytest.mark.parametrize("content", [DEEP, '{"version": 3, "sources": ["a"], "mappings": [1]}'])
def test_a_source_map_that_cannot_be_used_translates_nothing(tmp_path: Path, content: str) -> None:
    file = tmp_path / "index.js.map"
    file.write_text(content)
    text = f"at index.js:1:1 index.js:{'9' * 5000}:1 index.js:1:{'9' * 5000}"
    assert SourceMaps({"index.js": file}).translate(text) == text


async def test_a_line_without_an_end_is_read_at_once_and_in_pieces() -> None:
    reader = asyncio.StreamReader(1 << 26)
    reader.feed_data(b"x" * (3 * LONGEST_LINE_BYTES) + json.dumps({"level": "log"}).encode() + b"\nlast")
    reader.feed_eof()
    slowness, begin = slowness_now(), time.process_time()
    lines = [line async for line in read_lines(reader)]
    assert time.process_time() - begin < 2 * max(slowness, slowness_now())
    assert lines[-1] == "last"
    assert max(map(len, lines)) < 2 * LONGEST_LINE_BYTES
    assert len("".join(lines)) == 3 * LONGEST_LINE_BYTES + len('{"level": "log"}') + 4
