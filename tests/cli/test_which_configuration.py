"""Which configuration and which environment a command acts on, said before anything else."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

import pytest

from tests.support.cli import Outcome, run

WORKING = {"name": "w", "main": "index.js", "compatibility_date": "2026-01-10"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "index.js").write_text("export default {}")
    (tmp_path / "wrangler.json").write_text(json.dumps(WORKING))
    return tmp_path


@pytest.fixture
def built(project: Path) -> Path:
    """The same, with what a build tool made of it."""
    (project / "dist").mkdir()
    (project / "dist/index.js").write_text("export default {}")
    (project / "dist/wrangler.json").write_text(json.dumps({**WORKING, "userConfigPath": "../wrangler.json"}))
    (project / ".wrangler/deploy").mkdir(parents=True)
    redirection = {"configPath": "../../dist/wrangler.json"}
    (project / ".wrangler/deploy/config.json").write_text(json.dumps(redirection))
    os.utime(project / "wrangler.json", (1000, 1000))
    return project


def deploy(directory: Path, *words: str, **environment: str) -> Outcome:
    return run(["deploy", "--dry-run", "--local", *words], directory=directory, environment=environment)


INTRODUCED = (
    "Configuration: `dist/wrangler.json`, which `.wrangler/deploy/config.json` of a build tool names"
    " in place of `wrangler.json`.\n"
)


@pytest.mark.workerd
def test_a_generated_configuration_is_named_in_the_first_lines(built: Path) -> None:
    assert deploy(built).stderr.startswith(INTRODUCED)
    assert deploy(built, "--config", "wrangler.json").stderr.startswith(INTRODUCED) is False
    assert run("check --no-bundle", directory=built).stderr == INTRODUCED
    (built / "wrangler.json").unlink()
    outcome = run("check --no-bundle", directory=built)
    assert outcome.stderr == INTRODUCED.replace(" in place of `wrangler.json`", "")


def test_an_older_one_than_the_original_is_warned_of(built: Path) -> None:
    os.utime(built / "dist/wrangler.json", (999, 999))
    outcome = run("check --no-bundle", directory=built)
    assert outcome.status == 0
    assert "Warning: `wrangler.json` is newer than `dist/wrangler.json`" in outcome.stderr
    assert "Build the project again" in outcome.stderr


@pytest.mark.workerd
@pytest.mark.parametrize(
    ("words", "environment", "is_told"),
    [
        ([], {}, True),
        (["--env", ""], {}, False),
        (["--env", "next"], {}, False),
        ([], {"CLOUDFLARE_ENV": "next"}, False),
        ([], {"CLOUDFLARE_ENV": ""}, False),
    ],
)
def test_without_env_the_environments_are_listed(
    project: Path, words: list[str], environment: dict[str, str], is_told: bool
) -> None:
    (project / "wrangler.json").write_text(json.dumps({**WORKING, "env": {"next": {}, "last": {}}}))
    outcome = deploy(project, *words, **environment)
    assert outcome.status == 0, outcome.stderr
    assert ("has environments (`next`, `last`)" in outcome.stderr) == is_told


@pytest.mark.parametrize(
    "words", [["secret", "put", "A"], ["secret", "bulk"], ["secret", "delete", "A", "-y"]]
)
def test_so_they_are_where_a_secret_changes(project: Path, words: list[str]) -> None:
    (project / "wrangler.json").write_text(json.dumps({**WORKING, "env": {"next": {}}}))
    outcome = run([*words, "--remote"], directory=project, stdin="")
    assert "has environments (`next`)" in outcome.stderr
    assert "has environments" not in run([*words, "--remote", "--env", "next"], directory=project).stderr


EVERY_KIND = (
    *("whoami", "login", "tail", "delete -y", "delete --dry-run", "secret list", "secret put A"),
    *("containers list", "containers info x", "containers instances x", "containers logs x"),
    *("containers delete x -y", "containers build . -t x", "containers push x", "containers images list"),
    *(
        "containers registries list",
        "kv namespace list",
        "kv key list --binding KV",
        "secrets-store store list",
    ),
)


@pytest.mark.parametrize("words", ["deploy --dry-run", "check", *EVERY_KIND])
def test_an_unknown_environment_is_refused_by_every_command(project: Path, words: str) -> None:
    (project / "wrangler.json").write_text(json.dumps({**WORKING, "env": {"next": {}}}))
    outcome = run([*words.split(), "--local", "--env", "nxt"], directory=project, stdin="")
    assert outcome.status == 1
    said = outcome.stderr + outcome.stdout
    assert 'There is no environment "nxt"' in said
    assert 'Did you mean "next"?' in said


@pytest.mark.parametrize("words", ["deploy --dry-run --remote", "check", "secret list --remote"])
def test_so_it_is_by_its_variable_and_where_no_environment_has_a_name(project: Path, words: str) -> None:
    (project / "wrangler.json").write_text(json.dumps({**WORKING, "env": {}}))
    outcome = run(words, directory=project, environment={"CLOUDFLARE_ENV": "next"})
    assert outcome.status == 1
    assert '"env": { "next": {} }' in outcome.stderr + outcome.stdout


def test_without_environments_the_name_is_a_suffix_and_said(project: Path) -> None:
    outcome = run("secret list --local --env next", directory=project)
    assert "Warning: `wrangler.json` has no environment `next`." in outcome.stderr
    assert "the Worker is `w-next`" in outcome.stderr
    assert "There is no Worker `w-next`" in outcome.stderr


@pytest.mark.parametrize("words", ["logout", "local status", "secret list --env ''", "secret list"])
def test_no_environment_is_asked_for(project: Path, words: str) -> None:
    (project / "wrangler.json").write_text(json.dumps({**WORKING, "env": {"next": {}}}))
    environment = ["--env", "nxt"] if "secret" not in words else []
    outcome = run([*shlex.split(words), *environment], directory=project)
    assert "no environment" not in outcome.stderr
