"""Values as JavaScript writes them; the expected texts are those of Node.js 24."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from pywrangler.declarations.javascript import as_json, in_order, member_name, type_name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-2.5, "-2.5"),
        (0.1, "0.1"),
        (0.30000000000000004, "0.30000000000000004"),
        (123456789.125, "123456789.125"),
        (0.000001, "0.000001"),
        (0.0000001, "1e-7"),
        (1.5e-9, "1.5e-9"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.25e300, "1.25e+300"),
        (12345678901234567890, "12345678901234567000"),
        (float("inf"), "null"),
        (999999.9999999999, "999999.9999999999"),
        (True, "true"),
        (None, "null"),
        ('say "é"\n', '"say \\"é\\"\\n"'),
        ([1, "a", {}], '[1,"a",{}]'),
        ({"b": 1, "10": 2, "9": 3, "01": 4}, '{"9":3,"10":2,"b":1,"01":4}'),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), '"2026-01-02T03:04:05.000Z"'),
        (date(2026, 1, 2), '"2026-01-02"'),
    ],
)
def test_json_is_what_javascript_writes(value: Any, text: str) -> None:
    assert as_json(value) == text


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("a", "string"),
        (1.5, "number"),
        (True, "boolean"),
        (None, "object"),
        ({}, "object"),
        ([], "unknown[]"),
        ([1, 2.5], "number[]"),
        ([1, "a", None], "(number|object|string)[]"),
    ],
)
def test_types_of_values_are_those_of_typeof(value: Any, name: str) -> None:
    assert type_name(value) == name


def test_names_of_members_are_quoted_where_they_must_be() -> None:
    names = ("A", "$a_1", "with-dash", "1a", "é", 'a"b')
    assert [member_name(name) for name in names] == ["A", "$a_1", '"with-dash"', '"1a"', '"é"', '"a\\"b"']


def test_indexes_come_first() -> None:
    assert in_order(["b", "2", "a", "1", "4294967295"]) == ["1", "2", "b", "a", "4294967295"]
