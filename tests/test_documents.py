"""The documents say what the code does: variables, statuses, commands, targets and links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pywrangler.commands.tree import COMMANDS
from pywrangler.errors import ExitStatus

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
DOCUMENTS = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "examples").glob("README.md"),
    *(ROOT / "examples").glob("*/README.md"),
]


def test_the_read_me_lists_every_environment_variable_of_ours() -> None:
    code = "".join(file.read_text() for file in (ROOT / "pywrangler").rglob("*.py"))
    in_code = set(re.findall(r"""["'](PYWRANGLER_[A-Z_]*[A-Z])["']""", code))
    assert set(re.findall(r"PYWRANGLER_[A-Z_]+", README)) == in_code


def test_the_read_me_lists_every_exit_status() -> None:
    assert re.findall(r"^\| (\d+) \|", README, re.MULTILINE) == [str(status.value) for status in ExitStatus]


def test_the_read_me_names_every_command() -> None:
    assert {command.path[0] for command in COMMANDS} - set(re.findall(r"[\w-]+", README)) == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_lead_to_files(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_make_targets_exist(document: Path) -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = re.findall(r"(?:^\$ |`)make (?:PYTHON=\S+ )?([a-z]+)", document.read_text(), re.MULTILINE)
    assert set(named) <= set(targets)


def test_the_architecture_names_files_that_exist() -> None:
    files = [f"/{file.relative_to(ROOT)}" for file in ROOT.rglob("*.py") if ".venv" not in file.parts]
    named = re.findall(r"`([\w/]+\.py)`", (ROOT / "ARCHITECTURE.md").read_text())
    assert len(named) > 20
    assert [name for name in named if not any(file.endswith(f"/{name}") for file in files)] == []
