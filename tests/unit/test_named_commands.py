"""Every command of pywrangler's that a text or a document names exists, with its options."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from pywrangler.explanations.table import TEXTS
from tests.support.named_commands import NAMED, commands_in, fault_of

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "pywrangler"
FILLED = "x"
"""Replaces a value that is filled in."""
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *TEXTS.glob("*.md"),
        *(file for file in (ROOT / "examples").rglob("README.md") if "node_modules" not in file.parts),
    ]
)


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
    assert fault_of(named) is None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_commands_that_a_document_names_exist_with_their_options(document: Path) -> None:
    named = dict.fromkeys(commands_in(document.read_text("utf-8")))
    faults = {f"pywrangler {each}": fault_of(each) for each in named}
    assert {command: fault for command, fault in faults.items() if fault} == {}


def test_there_are_such_commands() -> None:
    assert len(named_commands()) > 20
    assert sum(len(list(commands_in(file.read_text("utf-8")))) for file in DOCUMENTS) > 200


def test_commands_of_a_document_are_read() -> None:
    text = (
        "Run `pywrangler deploy --nope` or:\n\n```console\n$ printf x | pywrangler secret put KEY > out\n"
        '$ eval "$(pywrangler completion bash)"\n$ pywrangler tail app   # follow\n```\n'
    )
    assert list(commands_in(text)) == ["secret put KEY", 'completion bash)"', "tail app", "deploy --nope"]
    assert fault_of("deploy --nope") == "it has no --nope"
    assert fault_of("containers exec -it app -- sh -x") is None
    assert fault_of("nothing") is not None
    assert fault_of("containers ...") is None
