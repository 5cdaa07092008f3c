"""Reads wrangler.json and wrangler.jsonc: JSON with comments and trailing commas, as Wrangler's parser takes
it.

Comments become blanks of the same length and the rest goes through the standard library's parser, so that
offsets stay true; a pure-Python JSON5 parser needs two seconds for 10,000 lines, this takes a few hundredths.
json5 reads a file only when the rest is real JSON5 (single quotes, keys without quotes), which Wrangler
refuses and we take with a warning.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from pywrangler.config.problems.errors import ConfigurationError
from pywrangler.config.problems.records import Problem
from pywrangler.config.problems.report import Report
from pywrangler.config.syntax.common_errors import Mistake
from pywrangler.config.syntax.document import Document, SourceText, Span, Spans, Step, Steps, path_text

DEEPEST = 100
"""Tables and lists inside each other; a hand-written configuration has fewer than ten."""
LARGEST_JSON5 = 16 * 1024
"""Characters of a file that the slow JSON5 parser is tried on."""
LONGEST_NUMBER = 400
"""Characters; Python reads integers up to 4,300 digits."""

# With a question mark behind it, a text that is never closed extends to the end of its line: else looking for
# its end from each of many quotes would take a time that grows with the square of the length.
_STRING = r'"(?:[^"\\\n]|\\.)*"'
_SINGLE_QUOTED = r"'(?:[^'\\\n]|\\.)*'"
_NOT_NUMBERS = ("NaN", "Infinity", "-Infinity")
_COMMENT = re.compile(rf"{_STRING}?|{_SINGLE_QUOTED}?|(//[^\n]*|/\*.*?\*/|/\*)", re.DOTALL)
_TRAILING_COMMA = re.compile(rf"{_STRING}|{_SINGLE_QUOTED}|(,)(?=\s*[}}\]])", re.DOTALL)
_HEX = "[0-9a-fA-F]{2}"
_ESCAPE = re.compile(rf"\\u[dD][89abAB]{_HEX}\\u[dD][c-fC-F]{_HEX}|(\\u[dD][89a-fA-F]{_HEX})|\\.", re.DOTALL)
"""Any escape; the group is half of a character beyond 16 bits, without the other half."""
_TOKEN = re.compile(rf"([{{}}\[\],:])|({_STRING}|{_SINGLE_QUOTED}|[^\s,:{{}}\[\]]+)", re.DOTALL)


def parse(source: SourceText, report: Report) -> Document:
    """The document in this text. Raises `ConfigurationError` at the first mistake of syntax."""
    bare = _with_whole_characters(_without_comments(source))
    spans = _JsonIndex(source, bare).build()
    value = _load(source, bare, report)
    if not isinstance(value, Mapping):
        place = source.place(*spans.values.get((), (0, 1)))
        is_list = isinstance(value, list) and any(isinstance(each, Mapping) for each in value)
        hint = "Remove the brackets around the table." if is_list else None
        raise _syntax_error(
            Problem("error", "not-a-table", "A configuration is a table: { ... }", place, hint)
        )
    document = Document(source, "jsonc", value, spans)
    for steps, first, span in spans.repeated:
        line = source.place(*first).line
        message = f'"{path_text(steps)}" is already set, on line {line}; this one counts'
        report.warning("repeated-field", message, source.place(*span), "Remove one of the two.")
    return document


def _without_comments(source: SourceText) -> str:
    """The text with a blank for every character of a comment; line ends stay."""

    def blank(match: re.Match[str]) -> str:
        comment = match.group(1)
        if comment is None:
            return match.group()
        if comment == "/*":
            message = "This comment is never closed"
            problem = Problem(
                "error", "syntax", message, source.place(match.start(), match.end()), "Close it with */."
            )
            raise _syntax_error(problem)
        return re.sub(r"[^\n]", " ", comment)

    return _COMMENT.sub(blank, source.text)


def _with_whole_characters(bare: str) -> str:
    """The text with U+FFFD for each half of a character, as JavaScript writes it: no file, program or request
    can take such a half.
    """
    if "\\ud" not in bare.lower():
        return bare
    return _ESCAPE.sub(lambda match: "\\ufffd" if match.group(1) else match.group(), bare)


def _load(source: SourceText, bare: str, report: Report) -> Any:
    strict = _TRAILING_COMMA.sub(lambda match: " " if match.group(1) else match.group(), bare)
    try:
        return json.loads(strict)
    except json.JSONDecodeError as error:
        return _load_json5(source, strict, error, report)
    except RecursionError:
        problem = Problem("error", "too-deep", "Tables and lists are nested too deeply", source.place(0, 1))
        raise _syntax_error(problem) from None


def _load_json5(source: SourceText, strict: str, error: json.JSONDecodeError, report: Report) -> Any:
    """The result of the JSON5 parser for a text that is not JSON; the original mistake if it is not JSON5
    either.
    """
    import json5

    place = source.place(error.pos, error.pos + 1)
    if len(strict) <= LARGEST_JSON5 and strict[error.pos : error.pos + 1] != "\\":
        try:
            value = json5.loads(strict)
        except (ValueError, RecursionError):
            pass
        else:
            message = "This is JSON5, which pywrangler reads and Wrangler does not"
            is_control = strict[error.pos] < " "
            hint = "Put keys and strings in double quotes, as in JSON."
            hint = "Write \\t for a tab in a string." if is_control else hint
            report.warning("json5-syntax", message, place, hint)
            return value
    raise _syntax_error(_explain(strict, error.pos).problem(source)) from error


def _explain(bare: str, at: int) -> Mistake:
    """The mistake at the first character that JSON does not allow; the structure is known to be sound."""
    from pywrangler.config.syntax.jsonc_errors import explain_file, explain_value

    word = _TOKEN.match(bare, at)
    span = word.span() if word else (at, at + 1)
    if not bare[at:].strip():
        return Mistake("The file is empty; a configuration is a table: { ... }", span)
    if found := explain_file(bare) or explain_value(bare, at):
        return found
    if bare[at] == "'":
        return Mistake("A string begins with a single quote", span, 'Write double quotes: "..."')
    return Mistake(f"{word.group() if word else bare[at]!r} cannot be read as JSON here", span)


class _JsonIndex:
    """Finds the span of every key and value, and refuses brackets, commas and colons that do not fit
    together.
    """

    def __init__(self, source: SourceText, bare: str) -> None:
        self._source = source
        self._bare = bare
        self._spans = Spans()
        self._open: list[tuple[str, int, int]] = []  # bracket, its offset, how many steps lead to it
        self._steps: list[Step] = []
        self._has_key = False  # whether the innermost table has read a key whose value is not complete
        self._previous = ""  # the last mark, or "value" or "key"
        self._behind = 0  # the offset behind it

    def build(self) -> Spans:
        """The spans. Raises `ConfigurationError` at the first token that does not fit."""
        for match in _TOKEN.finditer(self._bare):
            mark, word = match.groups()
            if mark:
                self._mark(mark, match.start())
            else:
                self._word(word, match.span())
            self._behind = match.end()
        if self._open:
            bracket, start, _ = self._open[-1]
            closing = {"{": "}", "[": "]"}[bracket]
            self._fail(f"This {bracket!r} is never closed", start, f"Close it with {closing}")
        return self._spans

    @property
    def _in_list(self) -> bool:
        return bool(self._open) and self._open[-1][0] == "["

    def _mark(self, mark: str, at: int) -> None:
        if mark in "{[":
            self._enter(mark, at)
        elif mark in "}]":
            self._leave(mark, at)
        elif mark == ",":
            self._next(at)
        elif self._previous != "key":
            self._fail("There is no key in front of this colon", at)
        self._previous = "value" if mark in "}]" else mark

    def _enter(self, bracket: str, at: int) -> None:
        self._expect_value(at)
        if len(self._open) == DEEPEST:
            self._fail(f"Tables and lists are nested more than {DEEPEST} deep", at)
        self._open.append((bracket, at, len(self._steps)))
        if bracket == "[":
            self._steps.append(0)
        self._has_key = False

    def _leave(self, bracket: str, at: int) -> None:
        expected = {"{": "}", "[": "]"}[self._open[-1][0]] if self._open else None
        if bracket != expected:
            wanted = f"; {expected!r} is expected" if expected else ", since nothing is open"
            hint = "Remove it."
            if expected:
                opened, start, _ = self._open[-1]
                hint = f"The {opened!r} of line {self._source.place(start).line} is open."
            self._fail(f"This {bracket!r} does not match{wanted}", at, hint)
        if self._previous in (":", "key"):
            self._fail("A value is missing in front of this bracket", at)
        _, start, depth = self._open.pop()
        del self._steps[depth:]
        self._spans.values[tuple(self._steps)] = (start, at + 1)
        self._has_key = bool(self._open) and not self._in_list

    def _next(self, at: int) -> None:
        """After a comma: a table waits for the next key, a list for its next element."""
        if self._previous in (":", "key"):
            self._fail("A value is missing in front of this comma", at)
        if self._previous != "value" or not self._open:
            self._fail("There is nothing in front of this comma", at, "Remove it.")
        depth = self._open[-1][2]
        if self._in_list:
            index = self._steps[depth]
            self._steps[depth:] = [index + 1 if isinstance(index, int) else 0]
        else:
            del self._steps[depth:]
            self._has_key = False

    def _word(self, word: str, span: Span) -> None:
        if word[0] in "\"'" and (len(word) == 1 or word[-1] != word[0]):
            hint = f"Close it with {word[0]} on the same line; a line break in it is written as \\n."
            self._fail("This string is never closed", span[0], hint)
        if word in _NOT_NUMBERS or (word[0] not in "\"'" and len(word) > LONGEST_NUMBER):
            self._fail("This is not a valid JSON number", span[0])
        if not self._open or self._in_list or self._has_key:
            self._expect_value(span[0])
            self._spans.values[tuple(self._steps)] = span
            self._previous = "value"
            return
        if self._previous not in ("{", ","):
            self._fail("A comma is missing here", span[0])
        self._steps[self._open[-1][2] :] = [_unquoted(word)]
        steps: Steps = tuple(self._steps)
        if steps in self._spans.keys:
            self._spans.repeated.append((steps, self._spans.keys[steps], span))
        self._spans.keys[steps] = span
        self._has_key = True
        self._previous = "key"

    def _expect_value(self, at: int) -> None:
        if not self._open and self._spans.values:
            self._fail(
                "Nothing may follow the configuration", at, "A file holds one configuration; remove the rest."
            )
        if self._open and self._in_list and self._previous not in ("[", ","):
            self._fail("A comma is missing here", at)
        if self._open and not self._in_list and self._previous == "value":
            self._fail("A comma is missing here", at)
        if self._open and not self._in_list and self._previous == "key":
            self._fail("A colon is missing here", self._behind - 1)
        if self._open and not self._in_list and not self._has_key:
            self._fail("A key in double quotes is expected here", at)

    def _fail(self, message: str, at: int, hint: str | None = None) -> NoReturn:
        from pywrangler.config.syntax.jsonc_errors import explain

        raise _syntax_error(explain(self._bare, at, self._behind, message, hint).problem(self._source))


def _unquoted(word: str) -> str:
    if word[0] not in "\"'":
        return word
    if "\\" not in word:
        return word[1:-1]
    try:
        return str(json.loads(f'"{word[1:-1]}"'))
    except ValueError:
        return word[1:-1]


def _syntax_error(problem: Problem) -> ConfigurationError:
    return ConfigurationError([problem])
