"""Help on a terminal: every option can be read, however narrow the terminal is."""

from __future__ import annotations

import re

import pytest
from typer.main import get_command

from pywrangler.commands.running.help_screen import lines, paragraphs
from pywrangler.commands.running.typer_apps import typer_for
from pywrangler.commands.tree import COMMANDS, GROUPS, Command
from tests.support.cli import run
from tests.support.command import COMMAND
from tests.support.shell import Shell, plain


def visible_names(command: Command) -> set[str]:
    made = get_command(typer_for(command, lambda _: None))  # type: ignore[arg-type, return-value]
    options = [p for p in made.params if p.param_type_name == "option" and not getattr(p, "hidden", False)]
    return {name for option in options for name in (*option.opts, *option.secondary_opts)}


@pytest.mark.parametrize(
    "columns", [80, pytest.param(50, marks=pytest.mark.slow), pytest.param(100, marks=pytest.mark.slow)]
)
def test_every_screen_shows_the_whole_name_of_every_option(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for command in COMMANDS:
        screen = plain(run([*command.path, "--help"], on_terminal=True).stdout)
        assert "…" not in screen, command.path
        assert visible_names(command) <= set(re.findall(r"(?<!\S)--?[A-Za-z][a-z-]*(?=[\s,])", screen))
        assert max(map(len, screen.splitlines())) <= columns
    for path in ((), *GROUPS):
        assert "…" not in run([*path, "--help"], on_terminal=True).stdout, path


def test_it_fits_a_real_terminal() -> None:
    with Shell([*COMMAND, "containers", "registries", "configure", "--help"], columns=72) as shell:
        screen = shell.read_all()
    assert "--disable-secrets-store / --no-disable-secrets-store" in screen
    assert {len(line) for line in screen.splitlines() if line.startswith(("│", "╭"))} == {72}


def test_text_stands_beside_names_or_below_names_that_are_too_long() -> None:
    rows = [
        ("--name NAME", "Name of it."),
        ("--a-name-for-something-rather-long VALUE", "Two words, and more."),
    ]
    assert list(lines(rows, 40)) == [
        ("--name NAME  ", "Name of it."),
        ("--a-name-for-something-rather-long VALUE", ""),
        (" " * 13, "Two words, and more."),
    ]
    assert list(lines([("--name NAME", "Name of it all.")], 16)) == [
        ("--name NAME", ""),
        ("    ", "Name of it"),
        ("    ", "all."),
    ]
    assert list(lines([("--name NAME", "")], 80)) == [("--name NAME  ", "")]


def test_paragraphs_are_lines_of_a_docstring_put_together() -> None:
    assert paragraphs("One thing,\n    and more.\n\n    Example: x\n    ") == [
        "One thing, and more.",
        "Example: x",
    ]
