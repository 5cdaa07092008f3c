"""Option forms of scripts that were written for Wrangler, as the one form that Typer takes."""

from __future__ import annotations

import pytest

from pywrangler.commands.running.arguments import Option, plain_arguments
from pywrangler.errors import UsageError

OPTIONS = (
    Option(("--json",)),
    Option(("--skip-confirmation", "-y", "--yes")),
    Option(("--remote",), ("--local",)),
    Option(("--per-page",), takes_value=True),
    Option(("--env", "-e"), takes_value=True),
    Option(("--var",), takes_value=True, takes_several=True, takes_rest=True),
    Option(("--config", "-c"), takes_value=True, takes_several=True),
    Option(("--wait",), takes_value=True),
    Option(("--no-wait",)),
    Option(("--value",), takes_value=True, is_operand=True),
    Option(("--metafile",), takes_value=True),
)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("--json", "--json"),
        ("--json=true", "--json"),
        ("--json true NAME", "--json NAME"),
        ("--json=false", ""),
        ("--json false NAME", "NAME"),
        ("--no-json", ""),
        ("--json --no-json", ""),
        ("--no-json --json", "--json"),
        ("--skipConfirmation", "--skip-confirmation"),
        ("-y false", ""),
        ("--remote=false", "--local"),
        ("--no-remote", "--local"),
        ("--no-local", "--remote"),
        ("--local false", "--remote"),
        ("--perPage 5", "--per-page 5"),
        ("--perPage=5", "--per-page 5"),
        ("--per-page=", "--per-page "),
        ("-e=staging", "-e staging"),
        ("--var A:1 B:2 --json", "--var A:1 --var B:2 --json"),
        ("--var=A:1 B:2", "--var A:1 --var B:2"),
        ("-c a -c b NAME", "-c a -c b NAME"),
        ("--wait NAME", "--wait 10m NAME"),
        ("--wait=30s", "--wait 30s"),
        ("--no-wait", "--no-wait"),
        ("--metafile --json", "--metafile  --json"),
        ("--metafile m.json", "--metafile m.json"),
        ("--metafile=m.json", "--metafile m.json"),
        ("--json=often", "--json=often"),
        ("--unknown=1 --noSuch", "--unknown=1 --noSuch"),
        ("--no-such", "--no-such"),
        ("NAME=1", "NAME=1"),
        ("-- --json=true", "-- --json=true"),
        ("-5 --json NAME -e a", "--json -e a -- -5 NAME"),
        ("KEY -.5 --json -- --b", "--json -- KEY -.5 --b"),
        ("--per-page -5", "--per-page -5"),
        ("--value -x KEY --json", "--json -- KEY -x"),
        ("--value=V -- KEY", "-- KEY V"),
        ("-5x", "-5x"),
    ],
)
def test_options_are_read_in_every_form_that_scripts_use(written: str, plain: str) -> None:
    assert " ".join(plain_arguments(written.split(), OPTIONS)) == plain


@pytest.mark.parametrize(
    "written",
    ["--per-page 1 --per-page 2", "--perPage=1 --per-page=1", "-e a NAME --env b", "--wait --wait=1m"],
)
def test_an_option_of_one_value_is_not_given_twice(written: str) -> None:
    with pytest.raises(UsageError, match=r"--(per-page|env|wait) is given more than once"):
        plain_arguments(written.split(), OPTIONS)


@pytest.mark.parametrize("written", ["--var", "NAME --per-page", "-5 -e", "--value"])
def test_an_option_without_its_value_is_refused(written: str) -> None:
    with pytest.raises(UsageError, match="needs a value"):
        plain_arguments(written.split(), OPTIONS)


@pytest.mark.parametrize(
    "written", ["--remote --local", "--local NAME --no-local", "--remote=false --remote"]
)
def test_opposites_with_names_of_their_own_exclude_each_other(written: str) -> None:
    with pytest.raises(UsageError, match="--remote and --local exclude each other"):
        plain_arguments(written.split(), OPTIONS)


def test_options_of_several_values_and_flags_may_be_repeated() -> None:
    words = "--var A:1 --var B:2 --json --json -- --env a --env b"
    assert plain_arguments(words.split(), OPTIONS) == words.split()


EXEC = (Option(("--env", "-e"), takes_value=True, takes_several=True), Option(("--tty", "-t")))


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        (["app", "ls", "-l"], ["app", "--", "ls", "-l"]),
        (["-t", "app", "sh", "-c", "x"], ["-t", "app", "--", "sh", "-c", "x"]),
        (["app", "-t", "sh", "-t"], ["app", "-t", "--", "sh", "-t"]),
        (["app", "--", "ls", "--", "-l"], ["app", "--", "ls", "--", "-l"]),
        (["-e", "A=1", "app", "env"], ["-e", "A=1", "app", "--", "env"]),
        (["-it", "app"], ["-it", "app"]),
    ],
)
def test_what_follows_is_the_command_line_of_another_program(words: list[str], plain: list[str]) -> None:
    assert plain_arguments(words, EXEC, program_after=1) == plain
