"""Maps places in a bundle to places in the source files, with the source maps of an upload.

Format: ECMA-426 (source maps, version 3). `mappings` holds a group per line of the bundle, in it segments of
up to five numbers in base 64, each the difference to the one before: column, source, line, column, name.
"""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

MAX_BYTES = 32 * 1024 * 1024
"""A larger map is not read, because that would block the platform for seconds."""
MAX_FIELD_BYTES = 4 * 1024 * 1024
"""The same for what is kept of it in memory, up to nine bytes for one."""
MAX_TOKENS = 1_000_000
MAX_SHIFT = 30
"""Numbers have 32 bits."""
_NOWHERE = (-1, -1, -1)
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
_COLON = re.compile(rb"\s*:")
_VERSION = re.compile(rb'"version"\s*:\s*3\s*[,}]')
_BASE64 = {
    digit: value
    for value, digit in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}


class MappedPlace(NamedTuple):
    """A place in a source file; line and column count from 1."""

    source: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


class SourceMap:
    """The map of one module. Raises ValueError if it is invalid, or larger than is kept in memory."""

    def __init__(self, content: bytes) -> None:
        fields = _read_fields(content)
        if not _VERSION.search(content) or not {"sources", "mappings"} <= {*fields}:
            raise ValueError("no source map of version 3")
        self._sources = [str(source) for source in json.loads(fields["sources"])]
        self._segments = _Segments(str(json.loads(fields["mappings"])))

    def find(self, line: int, column: int) -> MappedPlace | None:
        """Where the text at this place of the module (from 1) comes from."""
        found = self._segments.find(line - 1, column - 1)
        if found is None or min(found) < 0 or found[0] >= len(self._sources):
            return None
        source, source_line, source_column = found
        return MappedPlace(self._sources[source], source_line + 1, source_column + 1)


def _read_fields(content: bytes) -> dict[str, bytes]:
    """The JSON text of `sources` and `mappings`. All else is passed over without a copy: most of a map are
    the texts of the sources.
    """
    found: dict[str, bytes] = {}
    depth = begin = 0
    key = b""
    for number, token in enumerate(_TOKEN.finditer(content)):
        if number > MAX_TOKENS:
            raise ValueError(f"more than {MAX_TOKENS} texts and lists")
        sign = token[0][:1] if token.end() - token.start() == 1 else b'"'
        if sign in b"[{":
            depth += 1
            begin = token.start() if depth == 2 else begin
        elif sign in b"]}":
            depth -= 1
            if depth == 1 and key == b'"sources"':
                found["sources"] = content[begin : token.end()]
        elif depth == 1:
            if _COLON.match(content, token.end()):
                key = token[0] if token.end() - token.start() <= len(b'"mappings"') else b""
            elif key == b'"mappings"':
                found["mappings"] = token[0]
    for name, text in found.items():
        if len(text) > MAX_FIELD_BYTES:
            raise ValueError(f"`{name}` has more than {MAX_FIELD_BYTES} bytes")
    return found


class _Segments:
    """Which source, line and column (all from 0) the text of the bundle comes from, from which column on; -1
    means from none. They are in arrays, because there are millions.
    """

    def __init__(self, mappings: str) -> None:
        self._starts = array("I")
        """The number of the first segment of each line."""
        self._columns = array("i")
        self._places = array("i")
        """Three for each segment: source, line and column."""
        source = line = source_column = 0
        for group in _groups(mappings):
            self._starts.append(len(self._columns))
            column = 0
            for text in group.split(",") if group else ():
                numbers = _numbers(text)
                column += numbers[0]
                self._columns.append(column)
                if len(numbers) < 4:
                    self._places.extend(_NOWHERE)
                    continue
                source, line, source_column = (
                    source + numbers[1],
                    line + numbers[2],
                    source_column + numbers[3],
                )
                self._places.extend((source, line, source_column))
        self._starts.append(len(self._columns))

    def find(self, line: int, column: int) -> tuple[int, int, int] | None:
        """The source, and the line and column in it, of the last segment that begins there or before."""
        if not 0 <= line < len(self._starts) - 1:
            return None
        first, end = self._starts[line], self._starts[line + 1]
        at = bisect_right(self._columns, column, first, end) - 1
        if at < first:
            return None
        source, source_line, source_column = self._places[3 * at : 3 * at + 3]
        return source, source_line, source_column


def _groups(mappings: str) -> Iterator[str]:
    """The texts between semicolons, one after the other."""
    begin = 0
    while (end := mappings.find(";", begin)) >= 0:
        yield mappings[begin:end]
        begin = end + 1
    yield mappings[begin:]


def _numbers(text: str) -> list[int]:
    """Five bits per digit, the lowest first; the sixth bit says that more follow, the very lowest is the
    sign.
    """
    numbers, value, shift = [], 0, 0
    for digit in text:
        bits = _BASE64.get(digit)
        if bits is None or shift > MAX_SHIFT:
            raise ValueError(f"{text[:100]!r} has no numbers in base 64")
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            numbers.append(-(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    if not numbers or shift:
        raise ValueError(f"{text[:100]!r} is not a segment")
    return numbers


@dataclass(frozen=True)
class SourceMaps:
    """The maps of one Worker, by the name of the module; files are read when a place is first looked for."""

    files: Mapping[str, Path]

    def translate(self, text: str) -> str:
        """`text` with every `module:line:column` replaced by the place in the source."""
        return self._places.sub(self._replacement, text) if self.files else text

    @cached_property
    def _places(self) -> re.Pattern[str]:
        names = "|".join(re.escape(name) for name in sorted(self.files, key=len, reverse=True))
        return re.compile(rf"(?<![\w./-])({names}):([0-9]{{1,9}}):([0-9]{{1,9}})(?![0-9])")

    @cached_property
    def _read(self) -> dict[str, SourceMap | None]:
        return {name: _read(file) for name, file in self.files.items()}

    def _replacement(self, match: re.Match[str]) -> str:
        source_map = self._read[match[1]]
        place = source_map.find(int(match[2]), int(match[3])) if source_map else None
        return str(place) if place else match[0]


def _read(file: Path) -> SourceMap | None:
    """The map; None for one that cannot be used, since a log must not fail for it."""
    try:
        return SourceMap(file.read_bytes()) if file.stat().st_size <= MAX_BYTES else None
    except (OSError, ValueError, TypeError, OverflowError, RecursionError):
        return None
