"""Every command of pywrangler's that a text of its own names in backquotes exists, with its options."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command

from pywrangler.commands.running.arguments import options_of
from pywrangler.commands.running.resolve import resolve
from pywrangler.commands.running.typer_apps import typer_for
from pywrangler.commands.tree import children

PACKAGE = Path(__file__).resolve().parents[2] / "pywrangler"
NAMED = re.compile(r"`pywrangler ([a-z][^`]*)`")
FILLED = "x"
"""Replaces a value that is filled in."""


def texts(file: Path) -> Iterator[str]:
    """Every text in a module that may name a command, with `x` where a value is filled in."""
    source = file.read_text("utf-8")
    if "`pywrangler " not in source:  # most files; to parse them takes seconds
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            parts = (each.value if isinstance(each, ast.Constant) else FILLED for each in node.values)
            yield "".join(map(str, parts))


@cache
def named_commands() -> list[str]:
    """The commands that texts name, once each."""
    found = (text for file in sorted(PACKAGE.rglob("*.py")) for text in texts(file))
    names = {" ".join(name.split()) for text in found for name in NAMED.findall(text)}
    return sorted(names - {FILLED})


@pytest.mark.parametrize("named", named_commands())
def test_a_command_that_a_text_names_exists_with_its_options(named: str) -> None:
    words = named.rstrip(" .").split()
    resolved = resolve(words)
    if resolved.command is None:
        assert resolved.path
        assert children(resolved.path)
        return
    made = get_command(typer_for(resolved.command, lambda _: None))  # type: ignore[arg-type, return-value]
    known = {name for option in options_of(made) for name in (*option.names, *option.opposites)}
    own = list(itertools.takewhile(lambda word: word != "--", resolved.arguments))
    given = [word.partition("=")[0] for word in own if word.startswith("-")]
    assert [option for option in given if option not in known | {"--help"}] == []


def test_there_are_such_commands() -> None:
    assert len(named_commands()) > 20
