"""Places in a bundle, told as places in the sources."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from pywrangler.local.workerd.source_maps import (
    MAX_FIELD_BYTES,
    MAX_TOKENS,
    MappedPlace,
    SourceMap,
    SourceMaps,
)
from tests.support.runs.quickness import quickly

# Line 1 has no source. Line 2 comes from a.ts:1 (from column 3) and b.ts:5 (from column 9, at column 5).
MAPPINGS = ";EAAA,MCIIA,IAJJ"
CONTENT = {"version": 3, "sources": ["src/a.ts", "src/b.ts"], "names": ["f"], "mappings": MAPPINGS}


@pytest.mark.parametrize(
    ("line", "column", "place"),
    [
        (1, 1, None),
        (2, 1, None),
        (2, 3, MappedPlace("src/a.ts", 1, 1)),
        (2, 8, MappedPlace("src/a.ts", 1, 1)),
        (2, 9, MappedPlace("src/b.ts", 5, 5)),
        (2, 99, MappedPlace("src/b.ts", 5, 5)),
        (3, 1, None),
        (0, 1, None),
    ],
)
def test_a_place_is_found_by_the_segment_before_it(line: int, column: int, place: MappedPlace | None) -> None:
    content = {**CONTENT, "mappings": ";EAAA,MCIIA"}
    assert SourceMap(json.dumps(content).encode()).find(line, column) == place


def test_segments_go_back_and_forth() -> None:
    source_map = SourceMap(json.dumps({**CONTENT, "mappings": "AAAA,EACC;AAFF;ACEE,C"}).encode())
    assert source_map.find(1, 3) == MappedPlace("src/a.ts", 2, 2)
    assert source_map.find(2, 1) is None, "a map that leads before the first line"
    assert source_map.find(3, 2) is None, "a segment that says that its text comes from nowhere"


def test_only_places_in_the_workers_modules_are_translated(tmp_path: Path) -> None:
    (tmp_path / "m").write_text(json.dumps({**CONTENT, "mappings": ";EAAA,MCIIA"}))
    maps = SourceMaps({"index.js": tmp_path / "m"})
    trace = (
        "Error: x\n    at f (index.js:2:4)\n    at index.js:2:10\n    at index.js:9:9 my/index.js:2:4 a:2:4"
    )
    assert maps.translate(trace) == (
        "Error: x\n    at f (src/a.ts:1:1)\n    at src/b.ts:5:5\n    at index.js:9:9 my/index.js:2:4 a:2:4"
    )
    assert SourceMaps({}).translate(trace) == trace


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": 3}',
        json.dumps({**CONTENT, "mappings": "!"}),
        json.dumps({**CONTENT, "mappings": "g"}),
    ],
)
def test_a_map_that_is_none_changes_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "m").write_text(text)
    assert SourceMaps({"index.js": tmp_path / "m"}).translate("at index.js:2:4") == "at index.js:2:4"
    assert SourceMaps({"index.js": tmp_path / "none"}).translate("at index.js:2:4") == "at index.js:2:4"


def written(mappings: str, sources: str = '["a"]') -> bytes:
    """A map, as JSON."""
    return f'{{"version": 3, "sources": {sources}, "mappings": "{mappings}"}}'.encode()


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        written(";" * 200_000),
        written("A," * 100_000 + "A"),
        written("AACA;" * 40_000),
        written("A", "[" + '"ab",' * 40_000 + '"b"]'),
        written("A")[:-1] + b', "sourcesContent": ["' + b"\\n" * 2_000_000 + b'"]}',
        b'{"sections": [' + b"[]," * 60_000 + b'1], "version": 3, "sources": ["a"], "mappings": "AAAA"}',
    ],
    ids=["lines", "segments", "segments of many lines", "sources", "contents", "lists"],
)
def test_a_map_takes_little_memory(content: bytes) -> None:
    SourceMap(written("AAAA"))
    tracemalloc.start()
    try:
        kept = SourceMap(content)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept.find(10**9, 1) is None
    assert most < 6_000_000, "of 200,000 bytes"


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        written(";" * (MAX_FIELD_BYTES + 1)),
        written("A", "[" + "1," * MAX_FIELD_BYTES + "1]"),
        b'{"sections": [' + b"{}" * MAX_TOKENS + b'1], "version": 3, "sources": [], "mappings": ""}',
        written("g" * 100_000),
        written("ggggggggggA"),
    ],
    ids=["mappings", "sources", "objects", "a number without an end", "a large number"],
)
def test_a_map_that_is_too_large_is_not_kept(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"has more than|more than 1000000|no numbers"):
        quickly(lambda: SourceMap(content))
