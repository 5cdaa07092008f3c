"""Literals of Cap'n Proto's text form."""

from __future__ import annotations

from pathlib import Path

from pywrangler.local.workerd.capnp import Embed, Void, quote, render


def test_text_is_quoted_so_that_it_cannot_end_early() -> None:
    assert quote('a"b\\c') == r'"a\"b\\c"'


def test_control_characters_are_escaped_and_other_text_stays_readable() -> None:
    assert quote("é😀\n\t\r\x01\x7f") == '"é😀\\n\\t\\r\\x01\\x7f"'


def test_a_lone_surrogate_does_not_make_the_file_unwritable() -> None:
    assert quote("a\ud800b").encode() == b'"a?b"'


def test_short_values_stand_on_one_line() -> None:
    value = {"name": "x", "on": True, "list": ["a", Embed(Path("/f"))], "eval": Void()}
    assert render(value) == '(name = "x", on = true, list = ["a", embed "/f"], eval = void)'


def test_long_values_have_one_member_per_line() -> None:
    assert render(["a" * 60, "b" * 60]) == f'[\n  "{"a" * 60}",\n  "{"b" * 60}",\n]'
