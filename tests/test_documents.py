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


def test_the_architecture_names_directories_that_exist() -> None:
    named = re.findall(r"`(?:pywrangler/)?((?:[a-z_]+/)+[a-z_]+)/?`", (ROOT / "ARCHITECTURE.md").read_text())
    assert len(named) > 20
    tops = (ROOT, ROOT / "pywrangler")
    assert [name for name in named if not any((top / name).is_dir() for top in tops)] == []


def test_the_architecture_names_tables_that_exist() -> None:
    code = "".join(file.read_text() for file in (ROOT / "pywrangler").rglob("*.py"))
    named = set(re.findall(r"`([A-Z][A-Z_]+)`", (ROOT / "ARCHITECTURE.md").read_text()))
    assert named >= {"ACCOUNT_RESOURCES", "KINDS", "ROUTES"}
    assert [name for name in named if not re.search(rf"^{name}\b.* = ", code, re.MULTILINE)] == []


MAX_COLUMNS = 110


@pytest.mark.parametrize("top", ["pywrangler", "examples", "benchmarks", "tests"])
def test_lines_of_javascript_are_short(top: str) -> None:
    files = [file for suffix in ("js", "mjs", "ts") for file in (ROOT / top).rglob(f"*.{suffix}")]
    sources = [file for file in files if "node_modules" not in file.parts]
    assert sources
    assert [
        f"{file.relative_to(ROOT)}:{number}"
        for file in sources
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if len(line) > MAX_COLUMNS
    ] == []


def test_every_promise_of_security_names_tests_that_exist() -> None:
    text = (ROOT / "docs" / "security.md").read_text()
    promises = [" ".join(each.split()) for each in re.split(r"^\* ", text, flags=re.MULTILINE)[1:]]
    promises = [each.partition(" ## ")[0] for each in promises]
    assert len(promises) > 30
    named = {promise: re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", promise) for promise in promises}
    assert [promise for promise, tests in named.items() if not tests] == []
    for file, test in (each for tests in named.values() for each in tests):
        found = re.findall(r"^(?:async )?def (test_\w+)\(", (ROOT / file).read_text(), re.MULTILINE)
        assert test in found, f"{file}::{test}"
