"""Reads wrangler.toml. The standard library gives the values; this module finds the place of
each.

tomlkit keeps a file's layout and not its offsets, and needs six times as long.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from typing import NoReturn

from pywrangler.config.problems.errors import ConfigurationError
from pywrangler.config.problems.records import Problem
from pywrangler.config.problems.report import Report
from pywrangler.config.syntax.document import Document, SourceText, Span, Spans, Step, Steps
from pywrangler.config.syntax.toml_versions import as_toml_1_0, with_plain_braces

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}|\'\'\'(?:[^\']|\'(?!\'\'))*\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_BARE_VALUE = re.compile(r"\d{4}-\d\d-\d\d \d\d:[^\s,\]}#]+|[^\s,\]}#]+")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
DEEPEST = 100
"""Dots in a key. The standard library takes a time that grows with the square of their number."""
_DEEP_KEY = re.compile(
    rf"""(?:^|[{{,])[ \t]*+\[{{0,2}}(?:[ \t]*+(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.){{{DEEPEST}}}""",
    re.MULTILINE,
)


def parse(source: SourceText, report: Report) -> Document:  # noqa: ARG001 - the shape of `jsonc.parse`
    """The document in this text. Raises `ConfigurationError` at the first mistake of syntax."""
    import tomllib

    text = source.text
    if deep := _DEEP_KEY.search(text):
        message = f"This key has more than {DEEPEST} dots"
        raise ConfigurationError([Problem("error", "too-deep", message, source.place(*deep.span()))])
    try:
        try:
            value = tomllib.loads(text)
        except ValueError:  # TOMLDecodeError, and numbers with thousands of digits
            value = tomllib.loads(as_toml_1_0(text).text)
            text = with_plain_braces(text)
    except RecursionError:
        problem = Problem("error", "too-deep", "Tables and lists are nested too deeply", source.place(0, 1))
        raise ConfigurationError([problem]) from None
    except ValueError as error:
        _refuse(source, error)
    return Document(source, "toml", value, _TomlIndex(text).build())


def _refuse(source: SourceText, error: ValueError) -> NoReturn:
    """Raises the mistake, explained."""
    from pywrangler.config.syntax.toml_errors import explain, stopping_point

    plain = as_toml_1_0(source.text)
    stopped, reason = stopping_point(plain.text, error)
    at = plain.original(stopped)
    mistake = explain(source.text, at, reason, _TomlIndex(source.text[:at]).build_sound_part())
    raise ConfigurationError([mistake.problem(source)]) from error


class _TomlIndex:
    """Walks through a text that is known to be valid and notes the span of every key and value."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._spans = Spans()
        self._elements: Counter[Steps] = Counter()  # how many [[tables]] a list has so far

    def build(self) -> Spans:
        """The spans of the whole text."""
        self._spans.values[()] = (0, len(self._text))
        table: Steps = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._entry(table)
            self._skip(_BLANK)
        return self._spans

    def build_sound_part(self) -> Spans:
        """The spans up to where the text ends in the middle of something."""
        with contextlib.suppress(IndexError, ValueError):
            self.build()
        return self._spans

    def _header(self) -> Steps:
        """`[a.b]` or `[[a.b]]`: the path of the table that the following lines fill."""
        start = self._at
        width = 2 if self._text.startswith("[[", start) else 1
        self._at += width
        keys = self._key()
        self._skip(_SPACE)
        self._at += width
        steps: tuple[Step, ...] = ()
        for position, (key, span) in enumerate(keys):
            steps = (*steps, key)
            if position == len(keys) - 1 and steps in self._spans.keys:
                self._spans.repeated.append((steps, self._spans.keys[steps], span))
            self._note(steps, span, (start, self._at))
            if position < len(keys) - 1 and self._elements[steps]:
                steps = (*steps, self._elements[steps] - 1)
        if width == 2:
            self._elements[steps] += 1
            steps = (*steps, self._elements[steps] - 1)
        self._spans.values[steps] = (start, self._at)
        return steps

    def _entry(self, table: Steps) -> None:
        """`key = value`, where the key may have dots."""
        keys = self._key()
        self._skip(_SPACE)
        self._at += 1  # the equals sign
        steps = table
        for key, span in keys:
            steps = (*steps, key)
            if steps in self._spans.keys and span == keys[-1][1]:
                self._spans.repeated.append((steps, self._spans.keys[steps], span))
            self._note(steps, span, span)
        self._skip(_SPACE)
        self._value(steps)

    def _note(self, steps: Steps, key: Span, value: Span) -> None:
        self._spans.keys.setdefault(steps, key)
        self._spans.values.setdefault(steps, value)

    def _key(self) -> list[tuple[str, Span]]:
        """A key's parts with their spans; the position is behind the last of them."""
        parts: list[tuple[str, Span]] = []
        while True:
            self._skip(_SPACE)
            start = self._at
            quoted = self._text[start] in "\"'"
            self._skip(_STRING if quoted else _BARE_KEY)
            word = self._text[start : self._at]
            parts.append((_unquoted(word) if quoted else word, (start, self._at)))
            behind = self._at
            self._skip(_SPACE)
            if self._text[self._at : self._at + 1] != ".":
                self._at = behind
                return parts
            self._at += 1

    def _value(self, steps: Steps) -> None:
        start = self._at
        first = self._text[start]
        if first == "[":
            self._list(steps)
        elif first == "{":
            self._inline_table(steps)
        else:
            self._skip(_STRING if first in "\"'" else _BARE_VALUE)
            if self._at == start:
                raise ValueError("no value")  # never in a valid text
        self._spans.values[steps] = (start, self._at)

    def _list(self, steps: Steps) -> None:
        index = 0
        self._at += 1
        while self._peek() != "]":
            self._value((*steps, index))
            index += 1
            self._separator()
        self._at += 1

    def _inline_table(self, steps: Steps) -> None:
        self._at += 1
        while self._peek() != "}":
            self._entry(steps)
            self._separator()
        self._at += 1

    def _separator(self) -> None:
        if self._peek() == ",":
            self._at += 1

    def _peek(self) -> str:
        """The next character that is neither blank nor comment."""
        self._skip(_BLANK)
        return self._text[self._at]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        if match:
            self._at = match.end()


def _unquoted(word: str) -> str:
    import tomllib

    if "\\" not in word or word.startswith("'"):
        return word[1:-1]
    return str(tomllib.loads(as_toml_1_0(f"key = {word}").text)["key"])
