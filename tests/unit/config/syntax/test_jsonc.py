"""JSON with comments: values, places and mistakes of syntax."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywrangler.config import ConfigurationError
from pywrangler.config.problems.report import Report
from pywrangler.config.syntax import jsonc
from pywrangler.config.syntax.document import Document, SourceText
from tests.support.runs.properties import on_any_machine
from tests.support.runs.quickness import quickly


def parse(text: str, report: Report | None = None) -> Document:
    return jsonc.parse(SourceText(Path("/project/wrangler.jsonc"), text), report or Report())


def mistake(text: str) -> tuple[str, int, int]:
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    (problem,) = caught.value.problems
    assert problem.place is not None
    return problem.message, problem.place.line, problem.place.column


def test_comments_and_trailing_commas_are_no_mistake() -> None:
    text = '{ // one\n "url": "https://x//y", /* two\n */ "list": [1, 2,], }'
    assert parse(text).value == {"url": "https://x//y", "list": [1, 2]}


def test_half_of_a_character_is_what_javascript_writes_for_it() -> None:
    text = r'{"a\uD800": "x\udc00y", "b": "\ud83d\ude00 \\ud800", "c": 1}'
    document = parse(text)
    assert document.value == {"a\ufffd": "x\ufffdy", "b": "\U0001f600 \\ud800", "c": 1}
    assert document.place("c").column == text.index("1}") + 1
    assert mistake(r'{"a": "\ud8"}')[1:] == mistake(r'{"a": "\u28"}')[1:]


def test_places_count_from_one_and_skip_comments() -> None:
    document = parse('{\n  /* x */ "a": [\n    true, "two" ] }')
    place = document.place("a", 1)
    assert (place.line, place.column, place.length) == (3, 11, 5)
    key = document.key_place("a")
    assert (key.line, key.column, key.length) == (2, 11, 3)


def test_a_value_over_several_lines_is_underlined_on_the_first() -> None:
    place = parse('{"a": {\n"b": 1\n}}').place("a")
    assert (place.line, place.column, place.length, place.source) == (1, 7, 1, '{"a": {')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{ "name": "my-worker", ', ("This '{' is never closed", 1, 1)),
        ('{"a": [1, 2}', ("This '}' does not match; ']' is expected", 1, 12)),
        ('{"a": 1\n"b": 2}', ("A comma is missing here", 1, 7)),
        ('{"a": [1 2]}', ("A comma is missing here", 1, 8)),
        ('{"a" 1}', ("A colon is missing here", 1, 4)),
        ('{"a":}', ("A value is missing in front of this bracket", 1, 6)),
        ('{"a": 1,, "b": 2}', ("There is nothing in front of this comma", 1, 9)),
        ("{,}", ("There is nothing in front of this comma", 1, 2)),
        ('{"a": "x\n"}', ("This string is never closed", 1, 7)),
        ('{"a": 1} {}', ("Nothing may follow the configuration", 1, 10)),
        ('{"a": True}', ("True is not a value; JSON writes true", 1, 7)),
        ('{"a": NaN}', ("This is not a valid JSON number", 1, 7)),
        ('{"a": 1} /* x', ("This comment is never closed", 1, 10)),
        ("", ("The file is empty; a configuration is a table: { ... }", 1, 1)),
        ("// only a comment\n", ("The file is empty; a configuration is a table: { ... }", 2, 1)),
        ("[1]", ("A configuration is a table: { ... }", 1, 1)),
        ("}", ("This '}' does not match, since nothing is open", 1, 1)),
        ("{{}: 1}", ("A key in double quotes is expected here", 1, 2)),
        ('{"a": 01}', ("'1' cannot be read as JSON here", 1, 8)),
    ],
)
def test_a_mistake_of_syntax_is_named_where_it_is(text: str, expected: tuple[str, int, int]) -> None:
    assert mistake(text) == expected


@pytest.mark.parametrize(
    ("text", "line", "underlined", "message", "hint"),
    [
        ('{\n # c\n"a": 1}', 2, "#", "Comments in JSON do not begin with #", "Write //"),
        ('{"a": "x#y", # c\n}', 1, "#", "Comments in JSON do not begin with #", "Write //"),
        ("{“a”: 1}", 1, "“a”", "“ is a typographic quote, not a quote of JSON", 'Write "a".'),
        ('{"a": “b c”}', 1, "“b c”", "“ is a typographic quote", 'Write "b c".'),
        ('{"a": my-worker}', 1, "my-worker", "A string has no quotes", 'Write "my-worker".'),
        ('{\n"a": my worker,\n"b": 1}', 2, "my worker", "A string has no quotes", "my worker"),
        ('{"a": ["x", y]}', 1, "y", "A string has no quotes", 'Write "y".'),
        ('{\n"a": "x,\n"b": 1}', 2, '"x', "A quote is missing", 'Write "x"'),
        ('{\n"a: "x",\n"b": 1}', 2, '"a', "A quote is missing", 'Write "a"'),
        ('{\na": "x"\n}', 2, 'a"', "A quote is missing", 'Write "a"'),
        ('{\n"a": x",\n"b": 1}', 2, 'x"', "A quote is missing", 'Write "x"'),
        ('{"a": "it said "hi""}', 1, '"hi"', "There are quotes inside a string", 'Write \\"'),
        ('{"a": True}', 1, "True", "True is not a value; JSON writes true", "Write true."),
        ('{"a": None}', 1, "None", "None is not a value", "Remove the line"),
        ('{"a": 10%}', 1, "10%", "10% is not a number", 'Put it in quotes: "10%".'),
        ('{"a": 2026-01-01}', 1, "2026-01-01", "2026-01-01 is not a number", "Put it in quotes"),
        ('{"a": "C:\\Users"}', 1, "\\U", "\\U is not a valid escape in a string", "Write two backslashes."),
        ('{"a": `x`}', 1, "`x`", "A string is in backticks", 'Write "x".'),
        (
            '{"a": process.env.A}',
            1,
            "process.env.A",
            "Variables are not expanded in a configuration",
            "Write",
        ),
        ('{"a": 1_000}', 1, "1_000", "1_000 is not a number", "Write 1000."),
        ('{\n<!-- c -->\n"a": 1}', 2, "<!--", "<!-- does not begin a comment", "A comment begins with //"),
        ('{\n"a": 1;\n"b": 2}', 2, ";", "There is a semicolon here; JSON has a comma", "Write a comma."),
        ('{"a": 1,\n...\n}', 2, "...", "Dots are in place of omitted text", "Write the text, or"),
        ('{"a": "x\ny"}', 1, '"', "This string is never closed", "a line break in it is written as \\n"),
        ('{"a" "x"}', 1, '"', "A colon is missing here", "Add it."),
        ('{"a": , "b": 1}', 1, ",", "A value is missing in front of this comma", None),
        ("{{ name }}", 1, "{{ name }}", "A placeholder of a template was not filled in", "Write the value."),
        ('{"a" = 1}', 1, "=", "There is an equals sign after a key; JSON has a colon", "Write :"),
        ('{"a": 1\n"b": 2}', 1, "1", "A comma is missing here", "Add it."),
        ('{"a": [1,\n2}', 2, "}", "This '}' does not match; ']' is expected", "The '[' of line 1 is open."),
        ('{"a": 1}\n{"a": 2}', 2, "{", "Nothing may follow the configuration", "A file holds one"),
        ('"a": 1,\n"b": 2', 1, '"a"', "The braces around the configuration are missing", "Write { in front"),
        ('{"a": 1,\n=======\n"b": 2}', 2, "=======", "This line is left over from a Git merge", "Keep one"),
        ('# c\nname = "w"\n[vars]', 2, 'name = "', "This is TOML, but the file's name says JSON", ".toml"),
        ("[[containers]]\n", 1, "[[containers]]", "This is TOML, but the file's name says JSON", ".toml"),
        ("name: w\nmain: x", 1, "name:", "This is YAML; a configuration is JSON or TOML", "Write: {"),
        ("<html>", 1, "<html>", "This is HTML or XML, not a configuration", None),
        ("export default {\n}", 1, "export default {", "This is JavaScript", "Write JSON"),
    ],
)
def test_a_mistake_of_syntax_is_explained(
    text: str, line: int, underlined: str, message: str, hint: str | None
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    (problem,) = caught.value.problems
    assert problem.place is not None
    start = problem.place.column - 1
    assert problem.place.source[start : start + problem.place.length] == underlined
    assert problem.place.line == line
    assert problem.message.startswith(message)
    assert hint is None or hint in (problem.hint or "")


def test_json5_is_read_with_a_warning() -> None:
    report = Report()
    assert parse("{name: 'my-worker'}", report).value == {"name": "my-worker"}
    assert [(problem.code, problem.severity) for problem in report.sorted()] == [("json5-syntax", "warning")]


def test_a_key_written_twice_is_reported_and_the_last_counts() -> None:
    report = Report()
    assert parse('{"a": 1,\n"a": 2}', report).value == {"a": 2}
    (problem,) = report.sorted()
    assert problem.place is not None
    assert (problem.code, problem.place.line) == ("repeated-field", 2)
    assert problem.message == '"a" is already set, on line 1; this one counts'


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 101 + "]" * 101])
def test_deep_nesting_is_an_error(text: str) -> None:
    assert "nested more than 100 deep" in mistake(text)[0]


def test_huge_numbers_are_an_error() -> None:
    assert mistake('{"a": ' + "9" * 100_000 + "}")[0] == "This is not a valid JSON number"


def test_ten_thousand_lines_are_read_in_well_under_a_second() -> None:
    text = json.dumps({"vars": {f"KEY_{number}": "value" * 4 for number in range(10_000)}}, indent=2)
    assert len(quickly(lambda: parse(text)).spans.keys) == 10_001


LONG = ['{"a": "' + '\\"' * 30_000, "{'a': '" + "\\'" * 30_000, '{"a": ' + "x " * 30_000]


@pytest.mark.parametrize("text", LONG)
def test_long_nonsense_is_explained_quickly(text: str) -> None:
    assert quickly(lambda: mistake(text))[1] == 1


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@on_any_machine
@given(st.dictionaries(st.text(), values, max_size=4), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_every_value_is_where_its_place_says(
    content: dict[str, Any], indent: int | str | None, ascii_only: bool
) -> None:
    document = parse(json.dumps(content, indent=indent, ensure_ascii=ascii_only))
    assert document.value == content
    for steps, span in document.spans.values.items():
        value: Any = content
        for step in steps:
            value = value[step]
        assert json.loads(document.source.text[slice(*span)]) == value
    for steps, span in document.spans.keys.items():
        assert json.loads(document.source.text[slice(*span)]) == steps[-1]


@on_any_machine
@given(st.text(alphabet="{}[],:\"'\\/*\n 1atrue"))
def test_no_text_makes_more_than_a_configuration_error(text: str) -> None:
    with contextlib.suppress(ConfigurationError):
        assert isinstance(parse(text).value, dict)
