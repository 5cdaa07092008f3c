"""Maps places in a bundle to places in the source files, with the source maps of an upload.

Format: ECMA-426 (source maps, version 3). `mappings` holds a group per line of the bundle, in it segments of
up to five numbers in base 64, each the difference to the one before: column, source, line, column, name.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

MAX_BYTES = 32 * 1024 * 1024
"""A larger map is not read, because that would block the platform for seconds."""
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


class _Segment(NamedTuple):
    """From this column of the bundle's line (from 0), text comes from that place in a source (from 0); -1
    means from none.
    """

    column: int
    source: int
    line: int
    source_column: int


class SourceMap:
    """The map of one module. Raises ValueError if it is invalid."""

    def __init__(self, text: str) -> None:
        content = json.loads(text)
        if not isinstance(content, dict) or content.get("version") != 3:
            raise ValueError("no source map of version 3")
        self._sources = [str(source) for source in content["sources"]]
        self._lines = list(_decode(content["mappings"]))

    def find(self, line: int, column: int) -> MappedPlace | None:
        """Where the text at this place of the module (from 1) comes from."""
        segments = self._lines[line - 1] if 0 < line <= len(self._lines) else []
        index = bisect_right(segments, column - 1, key=lambda segment: segment.column) - 1
        if index < 0:
            return None
        found = segments[index]
        if min(found) < 0 or found.source >= len(self._sources):
            return None
        return MappedPlace(self._sources[found.source], found.line + 1, found.source_column + 1)


def _decode(mappings: str) -> Iterator[list[_Segment]]:
    source = line = source_column = 0
    for group in mappings.split(";"):
        segments, column = [], 0
        for text in group.split(",") if group else ():
            numbers = _numbers(text)
            column += numbers[0]
            if len(numbers) < 4:
                segments.append(_Segment(column, -1, -1, -1))
                continue
            source, line, source_column = source + numbers[1], line + numbers[2], source_column + numbers[3]
            segments.append(_Segment(column, source, line, source_column))
        yield segments


def _numbers(text: str) -> list[int]:
    """Five bits per digit, the lowest first; the sixth bit says that more follow, the very lowest is the
    sign.
    """
    numbers, value, shift = [], 0, 0
    for digit in text:
        bits = _BASE64.get(digit)
        if bits is None:
            raise ValueError(f"{digit!r} is not a base64 digit")
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            numbers.append(-(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    if not numbers or shift:
        raise ValueError(f"{text!r} is not a segment")
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
        return SourceMap(file.read_text(encoding="utf-8")) if file.stat().st_size <= MAX_BYTES else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
