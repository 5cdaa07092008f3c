"""TOML: values, places and mistakes of syntax."""

from __future__ import annotations

import contextlib
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from pywrangler.config import ConfigurationError, toml
from pywrangler.config.document import Document, SourceText
from pywrangler.config.report import Report


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


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\nb = \n", 2),
        ("a = 1\na = 2\n", 1),
        ("[a\n", 1),
        ('a = "x\n', 1),
        ("a = 1\n[[a]]\n", 1),
        ("=", 1),
    ],
)
def test_a_mistake_of_syntax_is_a_configuration_error(text: str, line: int) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    (problem,) = caught.value.problems
    assert problem.place is not None
    assert problem.code == "syntax"
    assert problem.place.line >= line


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 20_000, "a = " + "9" * 20_000, "a = [" * 3_000 + "]" * 3_000]
)
def test_deep_nesting_and_huge_numbers_are_errors(text: str) -> None:
    with pytest.raises(ConfigurationError):
        parse(text)


def test_ten_thousand_lines_are_read_in_well_under_a_second() -> None:
    text = "[vars]\n" + "".join(f'KEY_{number} = "a value of some length"\n' for number in range(10_000))
    start = time.process_time()
    assert len(parse(text).spans.keys) == 10_001
    assert time.process_time() - start < 0.9


keys = st.text(min_size=1).filter(lambda key: key.isprintable())
values = st.recursive(
    st.booleans() | st.integers(-(10**9), 10**9) | st.text(st.characters(exclude_categories=["C"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(keys, values, max_size=4))
def test_every_value_stands_where_its_place_says(content: dict[str, Any]) -> None:
    text = tomlkit.dumps(content)
    document = parse(text)
    assert document.value == tomllib.loads(text)
    for steps, (start, end) in document.spans.values.items():
        value: Any = document.value
        for step in steps:
            value = value[step]
        if not isinstance(value, (dict, list)):
            assert tomllib.loads(f"x = {text[start:end]}")["x"] == value


@given(st.text(alphabet="[]{}=.,\"'#\n a1-"))
def test_no_text_makes_more_than_a_configuration_error(text: str) -> None:
    with contextlib.suppress(ConfigurationError):
        assert isinstance(parse(text).value, dict)
