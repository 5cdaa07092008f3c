"""The error for a command line that does not fit the command, by value."""

from __future__ import annotations

import pytest

from pywrangler.errors import ExitStatus
from tests.support.cli import run

TOLD = {
    "kv namespace create": "`NAME` is missing.",
    "kv key put": "`KEY` is missing.",
    "secrets-store secret create shop": "`--name NAME` is missing.",
    "containers build .": "`--tag NAME:TAG` is missing.",
    "kv namespace list --json=1": "There is no option `--json`.",
    "check --json=1": "`--json` takes no value.",
    "containers list --per-page x": "`--per-page` is `x`, which is not a whole number.",
    "containers list --per-page 0": "`--per-page` is `0`. It must be at least 1.",
    "containers logs web --tail -1": "`--tail` is `-1`. It must be at least 0.",
    "kv key put k v --ttl 1h": "`--ttl` is `1h`, which is not a whole number.",
    "tail web --sampling-rate much": "`--sampling-rate` is `much`, which is not a number.",
    "tail web --status odd": "`--status` is `odd`. It must be one of `ok`, `error`, `canceled`.",
    "secret list --format xml": "`--format` is `xml`. It must be one of `json`, `pretty`.",
    "containers info a b c": "There are too many arguments: `b c`.",
    "kv --nope": "There is no option `--nope`.",
}


@pytest.mark.parametrize(("command", "told"), TOLD.items(), ids=TOLD)
def test_a_mistake_is_reported_in_a_sentence_with_its_value(command: str, told: str) -> None:
    outcome = run(command)
    assert outcome.status == ExitStatus.USAGE
    assert outcome.stdout == ""
    assert outcome.stderr.startswith(f"Error: {told}\n")


def test_the_hint_shows_how_the_command_is_used() -> None:
    assert "Usage: `pywrangler kv key put [OPTIONS] KEY [VALUE]`." in run("kv key put").stderr
    assert "`pywrangler check --help` says more." in run("check --json=1").stderr


def test_an_option_that_is_nearly_right_is_named() -> None:
    assert "Did you mean `--binding`?" in run("kv key list --bindng C").stderr
    assert "Did you mean" not in run("kv namespace list --json").stderr


@pytest.mark.parametrize(
    "command",
    ["secret put TOKEN planted-value", "login planted-value", "secrets-store secret list main planted-value"],
)
def test_a_secret_in_the_wrong_place_is_not_repeated(command: str) -> None:
    outcome = run(command)
    assert outcome.status == ExitStatus.USAGE
    assert "planted-value" not in outcome.stderr


def test_a_secret_in_the_wrong_place_is_reported_with_its_place() -> None:
    assert "The value is read from standard input." in run("secret put TOKEN planted-value").stderr
