"""Every error code that the code can print is explained, with an example that the code can print."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from pywrangler.explanations.table import TEXTS, explanations
from scripts.error_codes import PACKAGE, Codes, find_codes

LEAST_LETTERS = 9
"""A text of the code with fewer letters of its own fits too many messages."""
FROM_OUTSIDE = {"control", "d1", "engine-refused", "kv", "sql", "r2", "worker-start", "bundle"}
"""Codes whose message is that of another program, or of the user's code."""


@cache
def codes() -> Codes:
    return find_codes()


def test_every_code_of_the_code_can_be_read() -> None:
    assert codes().unread == []
    assert len(codes().places) > 200


def test_each_code_has_an_explanation_and_no_other() -> None:
    found, explained = set(codes().places), set(explanations())
    assert sorted(found - explained) == [], "explain it in pywrangler/explanations/texts"
    assert sorted(explained - found) == [], "no code prints it any more"


def test_no_section_of_the_table_is_lost() -> None:
    headings = [
        line for file in TEXTS.glob("*.md") for line in file.read_text().splitlines() if line[:3] == "## "
    ]
    assert len(headings) == len(explanations())


def test_explanations_are_specific() -> None:
    everything = list(explanations().values())
    assert len({each.meaning for each in everything}) == len(everything)
    assert [each.code for each in everything if len(each.meaning) < 40 or len(each.cure) < 15] == []


def test_what_is_not_explained_is_found(tmp_path: Path) -> None:
    module = tmp_path / "pywrangler" / "module.py"
    module.parent.mkdir()
    module.write_text(
        'CODE = "one"\n'
        "class OwnError(PywranglerError):\n"
        '    code = "two"\n'
        "def act(report: Report) -> None:\n"
        '    code, message = "three", "x"\n'
        "    report.error(code, message, None)\n"
        '    raise BuildError("x", code=CODE if message else "four")\n'
        "def other() -> None:\n"
        "    raise BuildError('x', code=made())\n"
    )
    found = find_codes(module.parent)
    assert sorted(found.places) == ["four", "one", "three", "two"]
    assert found.unread == ["pywrangler/module.py:9: made()"]


@cache
def templates() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The texts of the code, with any text in place of values; each with the longest part that is fixed."""
    found: set[tuple[str, str]] = set()
    for file in PACKAGE.rglob("*.py"):
        found.update(_patterns(ast.parse(file.read_text("utf-8"))))
    return tuple((fixed, re.compile(pattern, re.DOTALL)) for fixed, pattern in sorted(found))


def _patterns(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [str(each.value) if isinstance(each, ast.Constant) else None for each in node.values]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            parts = [node.value]
        else:
            continue
        fixed = [part for part in parts if part is not None]
        if sum(map(len, fixed)) >= LEAST_LETTERS:
            pattern = "".join(".+?" if part is None else re.escape(part) for part in parts)
            yield max(fixed, key=len), pattern


def message_of(example: str) -> str:
    """The message of an example, without its place, severity and code."""
    first = example.partition("\n\n")[0] if example.startswith("Error: ") else example.partition("\n")[0]
    problem = re.fullmatch(r"(?:\S+:\d+:\d+: )?(?:error|warning): (.*) \[[a-z0-9-]+\]", first)
    return problem[1] if problem else first.removeprefix("Error: ")


@pytest.mark.slow
@pytest.mark.parametrize("code", sorted(set(explanations()) - FROM_OUTSIDE))
def test_the_example_is_a_message_of_the_code(code: str) -> None:
    message = message_of(explanations()[code].example)
    assert any(fixed in message and pattern.search(message) for fixed, pattern in templates()), message


@pytest.mark.parametrize("code", sorted(explanations()))
def test_the_example_of_a_problem_has_its_code(code: str) -> None:
    example = explanations()[code].example
    assert example.startswith("Error: ") or f"[{code}]" in example.partition("\n")[0]
