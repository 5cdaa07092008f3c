"""`completion`: the scripts, and the names that they ask for at a Tab."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from pywrangler.commands.completion import kinds
from pywrangler.commands.completion.kinds import kind_of_operand, kind_of_option
from pywrangler.commands.tree import COMMANDS, GROUPS
from scripts.completions import DIRECTORY
from tests.support.api import in_turn, result, serve
from tests.support.cli import run

ACCOUNT = {"CLOUDFLARE_API_TOKEN": "t", "CLOUDFLARE_ACCOUNT_ID": "a" * 32}


@pytest.mark.parametrize(
    ("shell", "name"), [("bash", "pywrangler.bash"), ("zsh", "_pywrangler"), ("fish", "pywrangler.fish")]
)
def test_the_script_of_each_shell_is_printed(shell: str, name: str) -> None:
    outcome = run(f"completion {shell}")
    assert (outcome.status, outcome.stdout) == (0, (DIRECTORY / name).read_text())


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("completion", "`pywrangler completion bash`, zsh"),
        ("completion fisch", "Did you mean `fish`?"),
    ],
)
def test_another_shell_is_an_error(words: str, hint: str) -> None:
    outcome = run(words)
    assert outcome.status == 2
    assert hint in outcome.stderr


def test_what_has_names_exists() -> None:
    paths = {" ".join(each) for each in (*GROUPS, *(command.path for command in COMMANDS))}
    assert set(kinds.FIRST_OPERAND) <= paths


def test_the_kind_of_a_group_is_that_of_its_commands() -> None:
    assert kind_of_operand(("d1", "migrations", "apply")) == kinds.DATABASES
    assert kind_of_operand(("d1", "migrations")) is None
    assert kind_of_operand(("check",)) is None
    assert kind_of_option(("--env", "-e"), "NAME") == kinds.ENVIRONMENTS
    assert kind_of_option(("--name",), "WORKER") == kinds.WORKERS
    assert kind_of_option(("--name",), "NAME") is None


def test_the_names_of_workers_are_those_of_the_account() -> None:
    with serve(in_turn(result([{"id": "b"}, {"id": "a"}]))) as api:
        outcome = run("completion --names workers --remote", environment=api.environment)
    assert [call.path for call in api.calls] == ["/workers/scripts"]
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, "a\nb\n", "")


def test_environments_come_from_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "wrangler.jsonc").write_text('{"name": "w", "env": {"staging": {}, "live": {}}}')
    assert run("completion --names environments", directory=tmp_path).stdout == "live\nstaging\n"


@pytest.mark.parametrize("content", ["{", '{"env": 3}'])
def test_a_broken_configuration_offers_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "wrangler.jsonc").write_text(content)
    outcome = run("completion --names environments", directory=tmp_path)
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "kind", ["applications", "instances", "workers", "databases", "buckets", "queues", "nonsense"]
)
def test_without_a_platform_there_are_no_names_and_none_is_started(tmp_path: Path, kind: str) -> None:
    home = tmp_path / "home"
    outcome = run(f"completion --names {kind} --local", environment={"PYWRANGLER_HOME": str(home)})
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, "", "")
    assert not (home / "platform.json").exists()


def test_an_api_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pywrangler.commands.completion.names.LONGEST_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/client/v4"
        began = time.monotonic()
        outcome = run(
            "completion --names workers --remote",
            environment={**ACCOUNT, "CLOUDFLARE_API_BASE_URL": url},
        )
    assert (outcome.status, outcome.stdout) == (0, "")
    assert time.monotonic() - began < 10
