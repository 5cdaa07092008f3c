"""What only Wrangler has is refused with the command of Wrangler's."""

from __future__ import annotations

import pytest

from pywrangler.commands.running.resolve import resolve
from pywrangler.commands.running.wrangler_commands import INSTEAD, WRANGLER_ONLY
from pywrangler.commands.tree import COMMANDS, GROUPS
from pywrangler.errors import ExitStatus, UsageError
from tests.support.cli import run


@pytest.mark.parametrize("command", WRANGLER_ONLY)
def test_each_of_them_is_refused_with_the_command_to_run(command: str) -> None:
    for words in (f"{command} --help", f"help {command}", f"--env staging {command} -x"):
        outcome = run(words)
        assert outcome.status == ExitStatus.USAGE
        assert f"`npx wrangler {command}`" in outcome.stderr
        assert "Did you mean" not in outcome.stderr


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (["r2", "bucket", "lock", "list", "my-bucket"], "npx wrangler r2 bucket lock list my-bucket"),
        (["d1", "insights", "db", "--limit", "5"], "npx wrangler d1 insights db"),
        (["tunnel", "run", "--token", "planted"], "npx wrangler tunnel run"),
        (["pages", "deploy", "./my site"], "npx wrangler pages deploy './my site'"),
        (["check", "startup", "--args", "x"], "npx wrangler check startup"),
    ],
)
def test_operands_are_shown_and_options_are_not(line: list[str], shown: str) -> None:
    with pytest.raises(UsageError) as refused:
        resolve(line)
    assert f"Run `{shown}`." in (refused.value.hint or "")


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [
        ("version", "`pywrangler versions`"),
        ("containrs", "`pywrangler containers`"),
        ("hyperdrve", "`npx wrangler hyperdrive`"),
    ],
)
def test_a_misspelt_name_is_corrected_to_the_program_that_has_it(word: str, suggestion: str) -> None:
    assert f"Did you mean {suggestion}" in run(word).stderr


def test_the_list_names_no_command_of_ours() -> None:
    """A command that is added has to leave the list."""
    ours = {" ".join(path) for path in (*GROUPS, *(command.path for command in COMMANDS))}
    assert not ours & set(WRANGLER_ONLY)
    assert set(INSTEAD) <= {entry.split()[0] for entry in WRANGLER_ONLY}
