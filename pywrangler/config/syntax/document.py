"""A configuration file as data that remembers the place of everything.

`Document` holds the parsed value and the span of each key and value by its path. `Node` is one
value in it; all checks work on nodes, so that every problem can name its place. Nothing here reads files or
knows a syntax.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pywrangler.config.problems.records import Edit, Place
from pywrangler.dataclass import dataclass

Syntax = Literal["jsonc", "toml"]
Step = str | int
Steps = tuple[Step, ...]
"""A path inside a document: keys and list indexes, such as `("containers", 0, "class_name")`."""
Span = tuple[int, int]
"""Start and end, in characters from the start of the text."""


@dataclass
class Spans:
    """The places of keys and values, by path. A repeated key is in `repeated`, with both places."""

    values: dict[Steps, Span] = field(default_factory=dict)
    keys: dict[Steps, Span] = field(default_factory=dict)
    repeated: list[tuple[Steps, Span, Span]] = field(default_factory=list)


class SourceText:
    """A file's text, able to say on which line and column an offset is."""

    def __init__(self, file: Path, text: str) -> None:
        self.file = file
        self.text = text

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        at = self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    def place(self, start: int, end: int | None = None) -> Place:
        """The place of the characters from `start` to `end`; for several lines, the part on the first
        one.
        """
        line = bisect_right(self._line_starts, start)
        line_start = self._line_starts[line - 1]
        line_end = self.text.find("\n", line_start)
        source = self.text[line_start : line_end if line_end >= 0 else len(self.text)].rstrip("\r")
        stop = min(start + 1 if end is None else end, line_start + len(source))
        return Place(self.file, line, start - line_start + 1, max(1, stop - start), source)


@dataclass(frozen=True)
class Document:
    """A parsed configuration file. `value` is always a mapping."""

    source: SourceText
    syntax: Syntax
    value: Mapping[str, Any]
    spans: Spans

    @property
    def file(self) -> Path:
        """The file it was read from, absolute."""
        return self.source.file

    @property
    def root(self) -> Node:
        """The whole document as a node."""
        return Node(self, (), self.value)

    def place(self, *steps: Step) -> Place:
        """The place of the value at this path, or of the nearest thing around it that has one."""
        return self.source.place(*self._nearest(self.spans.values, steps))

    def key_place(self, *steps: Step) -> Place:
        """The place of the key at this path; of a list's element, the place of the element."""
        span = self.spans.keys.get(steps)
        return self.source.place(*span) if span else self.place(*steps)

    def _nearest(self, spans: Mapping[Steps, Span], steps: Steps) -> Span:
        while steps and steps not in spans:
            steps = steps[:-1]
        return spans.get(steps, (0, 1))


@dataclass(frozen=True)
class Node:
    """One value of a document. The typed getters answer None (or nothing) for a value of another type, so
    that checks can continue after a type error was reported.
    """

    document: Document
    steps: Steps
    value: Any

    def __str__(self) -> str:
        """The path as users write it: `containers[0].class_name`."""
        return path_text(self.steps)

    @property
    def place(self) -> Place:
        """The place of the value."""
        return self.document.place(*self.steps)

    @property
    def key_place(self) -> Place:
        """The place of the key in front of the value."""
        return self.document.key_place(*self.steps)

    def get(self, key: str) -> Node | None:
        """The value under `key`; None without it, and where this is not a table."""
        if isinstance(self.value, Mapping) and key in self.value:
            return Node(self.document, (*self.steps, key), self.value[key])
        return None

    def at(self, *keys: str) -> Node | None:
        """The value under nested keys."""
        node: Node | None = self
        for key in keys:
            node = node.get(key) if node else None
        return node

    def elements(self) -> Iterator[Node]:
        """The elements of a list; nothing for anything else."""
        if isinstance(self.value, list):
            for index, value in enumerate(self.value):
                yield Node(self.document, (*self.steps, index), value)

    def entries(self) -> Iterator[tuple[str, Node]]:
        """Keys and values of a table; nothing for anything else."""
        if isinstance(self.value, Mapping):
            for key, value in self.value.items():
                yield key, Node(self.document, (*self.steps, key), value)

    def children(self, key: str) -> list[Node]:
        """The elements of the list under `key`."""
        node = self.get(key)
        return [*node.elements()] if node else []

    def text(self, key: str) -> str | None:
        """The text under `key`."""
        node = self.get(key)
        return node.value if node and isinstance(node.value, str) else None

    def flag(self, key: str) -> bool | None:
        """The boolean under `key`."""
        node = self.get(key)
        return node.value if node and isinstance(node.value, bool) else None

    def integer(self, key: str) -> int | None:
        """The whole number under `key`, also where it is written as `2.0`."""
        node = self.get(key)
        return as_integer(node.value) if node else None

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts of the list under `key`."""
        return tuple(node.value for node in self.children(key) if isinstance(node.value, str))

    def replace(self, value: str) -> tuple[Edit, ...]:
        """The edit that puts `value`, already in the file's syntax, in place of this one; none for a table
        under a heading of TOML.
        """
        span, key = self.document.spans.values.get(self.steps), self.document.spans.keys.get(self.steps)
        is_heading = span and key and span[0] < key[0]
        return (Edit(*span, value),) if span and not is_heading else ()

    def rename(self, key: str) -> tuple[Edit, ...]:
        """The edit that gives this value another key. Keys that need no quotes keep the style they have."""
        span = self.document.spans.keys.get(self.steps)
        if not span:
            return ()
        old = self.document.source.text[slice(*span)]
        quote = old[0] if old[0] in "\"'" else ""
        return (Edit(*span, f"{quote}{key}{quote}"),)


def path_text(steps: Steps) -> str:
    """A path as users write it: `containers[0].class_name`."""
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text.replace("\r", "\\r").replace("\n", "\\n")


def as_integer(value: object) -> int | None:
    """A whole number, also where it is written as `2.0`; None for anything else, booleans and infinity
    included.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, float) and value.is_integer() else None


def quoted_text(text: str) -> str:
    """The text as JSON and TOML write it."""
    return json.dumps(text, ensure_ascii=False)
