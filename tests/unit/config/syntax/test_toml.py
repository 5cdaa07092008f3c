"""TOML: values, places and mistakes of syntax."""

from __future__ import annotations

import contextlib
import datetime
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from pywrangler.config import ConfigurationError
from pywrangler.config.problems.records import Problem
from pywrangler.config.problems.report import Report
from pywrangler.config.syntax import toml
from pywrangler.config.syntax.document import Document, SourceText
from tests.support.runs.properties import on_any_machine
from tests.support.runs.quickness import quickly


def parse(text: str) -> Document:
    return toml.parse(SourceText(Path("/project/wrangler.toml"), text), Report())


def shown(document: Document, *steps: str | int) -> str:
    start, end = document.spans.values[steps]
    return document.source.text[start:end]


TEXT = '''
name = "w" # a comment with [brackets]
vars.HOST = "h"   # a dotted key
[[containers]]
image = """./Docker\\
file"""
instance_type = { vcpu = 1, "memory_mib" = 2 }
rollout_step_percentage = [
  10, # first
  100,
]
[[containers.images]]
since = 1979-05-27 07:32:00
[[containers]]
[[containers.images]]
since = 1979-05-28
[env . "staging x".vars]
A = 'literal \\'
'''


def test_values_stand_where_their_places_say() -> None:
    document = parse(TEXT)
    assert shown(document, "name") == '"w"'
    assert shown(document, "vars", "HOST") == '"h"'
    assert shown(document, "containers", 0) == "[[containers]]"
    assert shown(document, "containers", 0, "image") == '"""./Docker\\\nfile"""'
    assert shown(document, "containers", 0, "instance_type", "memory_mib") == "2"
    assert shown(document, "containers", 0, "rollout_step_percentage", 1) == "100"
    assert shown(document, "containers", 0, "images", 0, "since") == "1979-05-27 07:32:00"
    assert shown(document, "containers", 1, "images", 0, "since") == "1979-05-28"
    assert shown(document, "env", "staging x", "vars", "A") == "'literal \\'"


def test_places_of_tables_are_their_headers() -> None:
    place = parse(TEXT).place("containers", 1)
    assert (place.line, place.column, place.length) == (14, 1, 14)


def test_tables_in_braces_may_have_lines_as_in_toml_1_1() -> None:
    document = parse('a = { # "first"\n b = "x, }", # {\n c = [ 1,\n 2, ],\r\n}\nd = 1')
    assert document.value == {"a": {"b": "x, }", "c": [1, 2]}, "d": 1}
    assert shown(document, "a", "c", 1) == "2"
    assert document.place("d").line == 6


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\x41\x62"', "Ab"),
        (r'"\e[0m"', "\x1b[0m"),
        (r'"\\x41"', r"\x41"),
        (r'"\\\x41"', "\\A"),
        (r"'\x41\e'", r"\x41\e"),
        ('"""\\x41\n\\e"""', "A\n\x1b"),
        (r'"\x22\x5c # \x00"', '"\\ # \0'),
        ("07:32", datetime.time(7, 32)),
        ("1979-05-27 07:32", datetime.datetime(1979, 5, 27, 7, 32)),  # noqa: DTZ001 - it is a local time
        ("1979-05-27t07:32z", datetime.datetime(1979, 5, 27, 7, 32, tzinfo=datetime.UTC)),
        (
            "1979-05-27T07:32-01:30",
            datetime.datetime(
                1979, 5, 27, 7, 32, tzinfo=datetime.timezone(datetime.timedelta(hours=-1, minutes=-30))
            ),
        ),
        ('{ a = "\\x41",\n  b = 07:32, # {\n}', {"a": "A", "b": datetime.time(7, 32)}),
    ],
)
def test_values_may_be_written_as_in_toml_1_1(text: str, value: Any) -> None:
    document = parse(f"a = 1\nvalue={text}\nlast = 2")
    assert document.value == {"a": 1, "value": value, "last": 2}
    assert shown(document, "value") == text
    assert document.place("last").column == 8


def test_keys_may_be_written_as_in_toml_1_1() -> None:
    document = parse('"\\x41".b = 1\n["\\e"]\nc = "\\x41"')
    assert document.value == {"A": {"b": 1}, "\x1b": {"c": "A"}}
    assert shown(document, "A", "b") == "1"
    assert mistake('A = 1\n"\\x41" = 2').message == '"A" is already set, on line 1'


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('a = "\\x41\\e"\nb = "\\x4"', 2, 6),
        ('a = "\\x41 \\d"', 1, 11),
        ('a = [07:32, "\\e\\e", x]', 1, 21),
        ('a = { b = "\\e", c = nope }', 1, 21),
        ("a = 07:60", 1, 5),
        ("a = { b =\n 1 }", 1, 9),
        ("a = {,}", 1, 6),
        ("a = { # first\n , }", 2, 2),
    ],
)
def test_mistakes_beside_them_stand_where_they_are(text: str, line: int, column: int) -> None:
    place = mistake(text).place
    assert place is not None
    assert (place.line, place.column) == (line, column)


def mistake(text: str, codes: tuple[str, ...] = ("syntax",)) -> Problem:
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    (problem,) = caught.value.problems
    assert problem.code in codes
    assert problem.place is not None
    return problem


@pytest.mark.parametrize(
    ("text", "line", "underlined", "message", "hint"),
    [
        ("a = 1\nb = my-worker", 2, "my-worker", "A string has no quotes", 'Write "my-worker".'),
        ("a = 3d-app # c", 1, "3d-app", "A string has no quotes", 'Write "3d-app".'),
        ("a = [1, x]", 1, "x", "A string has no quotes", 'Write "x".'),
        ("a = True", 1, "True", "True is not a value; TOML writes true", "Write true."),
        ("a = [{ b = yes }]", 1, "yes", "yes is not a value; TOML writes true", "Write true."),
        ("a = null", 1, "null", "null is not a value", "Remove the line: a missing field is not set."),
        ("a = “x”", 1, "“x”", "“ is a typographic quote, not a quote of TOML", 'Write "x".'),
        ("a = 1\nb = ", 2, "b =", "b has no value", None),
        ("a = 2026-13-45", 1, "2026-13-45", "2026-13-45 is not a date", None),
        ("a = 01", 1, "01", "01 is neither a number nor a date", 'Put it in quotes: "01".'),
        ('a = "x\nb = 1', 1, '"x', "This string is never closed", 'Close it with "'),
        ("a = 'x\nb = 1", 1, "'x", "This string is never closed", "Close it with '"),
        ('a = """x\nb = 1', 1, '"""x', "This string is never closed", 'Close it with """'),
        ("a = 'it's'", 1, "'it's'", "The string ends in the middle", 'Put it in double quotes: "..."'),
        ('a = "C:\\Users"', 1, "\\U", "\\U is not a valid escape in a string", "Write two backslashes"),
        ("[a", 1, "[a", "The brackets of this heading do not match", "Write [a]."),
        ("[[a]\nb = 1", 1, "[[a]", "The brackets of this heading do not match", "Write [[a]]."),
        ("[[a]]\n[[a]\nb = 1", 2, "[[a]", "The brackets of this heading do not match", "Write [[a]]."),
        ("[env.my env]", 1, "my env", "my env has a space", 'Write [env."my env"].'),
        ('[name = "x"]', 1, "=", "This is not valid TOML: Expected ']'", None),
        ("a = { b = 1 c = 2 }", 1, "1", "A comma is missing here", "Add it."),
        ('a = "x", b = 2', 1, ",", "A second field begins on this line", "Write each on a separate line."),
        (
            'a = "say "hi""',
            1,
            '"say "hi""',
            "There are quotes inside a string",
            'Write \\" for each of them.',
        ),
        ("a = true;", 1, ";", "A line ends without ';'", "Remove it."),
        ('a == "x"', 1, "=", "There is one equals sign between key and value", "Remove it."),
        ('a => "x"', 1, ">", "There is one equals sign between key and value", "Remove it."),
        ('a := "x"', 1, ":", "There is a colon between a and its value", 'Write a = "x"'),
        ('[vars]\nexport A="x"', 2, "export", "export is a shell command", "Remove it."),
        ("a = 1\n- b: x", 2, "- b: x", "This is a list in YAML", "has a heading"),
        ("a = $HOME", 1, "$HOME", "Variables are not expanded in a configuration", "Write the string"),
        (
            "a = {{ name }}",
            1,
            "{{ name }}",
            "A placeholder of a template was not filled in",
            "Write the value.",
        ),
        ("FROM node:20\nRUN npm i", 1, "FROM node:20", "This is a Dockerfile", None),
        ("[ [a] ]", 1, "[ [a] ]", "The two brackets of a heading are written together", "Write [[a]]."),
        ("[a[0]]", 1, "[a[0]]", "A heading has no numbers", "Write [[a]] above each element."),
        ("a = [1, 2\nb = 3", 1, "[", "This '[' is never closed", "Close it with ]"),
        ('a = [\n "x"\n "y"\n]', 2, '"', "A comma is missing here", "Add it."),
        ("a = [1,, 2]", 1, ",", "There is nothing in front of this comma", "Remove it."),
        ("a = { b = 1\nc = 2 }", 1, "1", "A comma is missing here", "Add it."),
        ("a = { b: 1 }", 1, ":", "There is a colon after a key; TOML has an equals sign", "Write ="),
        ("a = 1\nb: x", 2, ":", "There is a colon between b and its value", "Write b = x"),
        ('a = 1\nb "x"', 2, 'b "x"', "There is no equals sign after b", 'Write b = "x"'),
        ("a = 1\nb", 2, "b", "There is no equals sign after b", 'Write b = "..."'),
        ("my key = 1", 1, "my key", "my key has a space, and a key has none", 'Write "my key" in quotes.'),
        ("a = 1,\nb = 2", 1, ",", "A line ends without ','", "Remove it."),
        ('a = "x" "y"', 1, '"y"', "Something follows the value on its line", "Begin a new line after it."),
        ("a = 1 b = 2", 1, "b = 2", "A second field begins on this line", "Write each on a separate line."),
        ("// c\na = 1", 1, "//", "// does not begin a comment", "A comment begins with #."),
        ("a = 1 // c", 1, "//", "// does not begin a comment", "A comment begins with #."),
        ("a = 1\n]", 2, "]", "This ']' closes nothing", "Remove it."),
        ("=", 1, "=", "This is not valid TOML: Invalid statement", None),
        ("a = 1\na = 2\nb = 3", 2, "a", '"a" is already set, on line 1', "Remove one of the two."),
        ("[a]\nx = 1\nx = 2", 3, "x", '"a.x" is already set, on line 2', "Remove one of the two."),
        ("[a]\n[a]\nb = 1", 2, "a", "The table [a] is already set, on line 1", "write [[a]] twice"),
        ("a = 1\n[[a]]\n", 2, "a", "The table [a] is already set, on line 1", None),
        ("[[a]]\n[[a]]\n[a]\n", 3, "a", "The table [a] is already set, on line 1", None),
        (
            "a = 1\n<<<<<<< HEAD\nb = 1",
            2,
            "<<<<<<< HEAD",
            "This line is left over from a Git merge",
            "Keep one",
        ),
        ('# c\n{ "name": "x" }', 2, "{", "This is JSON, but the file's name says TOML", "wrangler.jsonc"),
        ("name: x\nmain: y", 1, "name:", "This is YAML; a configuration is JSON or TOML", "Write: name ="),
        ("<!doctype html>\n<p>", 1, "<!doctype html>", "This is HTML or XML", None),
    ],
)
def test_a_mistake_of_syntax_is_named_where_it_is(
    text: str, line: int, underlined: str, message: str, hint: str | None
) -> None:
    problem = mistake(text)
    assert problem.place is not None
    start = problem.place.column - 1
    assert problem.place.source[start : start + problem.place.length] == underlined
    assert problem.place.line == line
    assert problem.message.startswith(message)
    assert hint is None or hint in (problem.hint or "")


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 20_000, "a = " + "9" * 20_000, "a = [" * 3_000 + "]" * 3_000]
)
def test_deep_nesting_and_huge_numbers_are_errors(text: str) -> None:
    with pytest.raises(ConfigurationError):
        parse(text)


def test_ten_thousand_lines_are_read_in_well_under_a_second() -> None:
    text = "[vars]\n" + "".join(f'KEY_{number} = "a value of some length"\n' for number in range(10_000))
    assert len(quickly(lambda: parse(text)).spans.keys) == 10_001


LONG = ['a = "' + '\\"' * 30_000, "a = " + "'" * 30_001, "a." * 10_000 + " = x"]


@pytest.mark.parametrize("text", LONG)
def test_long_nonsense_is_explained_quickly(text: str) -> None:
    quickly(lambda: mistake(text, ("syntax", "too-deep")))  # which one depends on the version of Python


keys = st.text(min_size=1).filter(lambda key: key.isprintable())
values = st.recursive(
    st.booleans() | st.integers(-(10**9), 10**9) | st.text(st.characters(exclude_categories=["C"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=10,
)


@on_any_machine
@given(st.dictionaries(keys, values, max_size=4))
def test_every_value_is_where_its_place_says(content: dict[str, Any]) -> None:
    text = tomlkit.dumps(content)
    document = parse(text)
    assert document.value == tomllib.loads(text)
    for steps, (start, end) in document.spans.values.items():
        value: Any = document.value
        for step in steps:
            value = value[step]
        if not isinstance(value, (dict, list)):
            assert tomllib.loads(f"x = {text[start:end]}")["x"] == value


@on_any_machine
@given(st.text(alphabet="[]{}=.,\"'#\n a1-:\\xe"))
def test_no_text_makes_more_than_a_configuration_error(text: str) -> None:
    with contextlib.suppress(ConfigurationError):
        assert isinstance(parse(text).value, dict)
