"""Commands in processes whose streams are closed or full, and whose directory is gone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import COMMAND

pytestmark = pytest.mark.slow  # whole programs
ASKS = "secret bulk --name web"
"""Reads standard input before anything else."""


def shell(script: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run a script of the shell in which `$@` is the program."""
    return subprocess.run(
        ["sh", "-c", script, "sh", *COMMAND],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", ["local status", "check --schema", "--help"])
def test_closed_streams_are_no_failure(closed: str, command: str, tmp_path: Path) -> None:
    outcome = shell(f'"$@" {command} {closed}', tmp_path)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stderr == ""


READS = (
    ASKS,
    "secret put KEY --name web",
    "secret bulk - --name web",
    "versions secret put KEY --name web",
    "versions secret bulk --name web",
    "login",
    "r2 object put bucket/key --pipe",
    "local export state.tar",
)
ENDLESS = ("secret put KEY --name web", "secret bulk /dev/zero --name web")


@pytest.mark.parametrize("command", READS)
def test_a_closed_standard_input_is_no_empty_one(command: str, tmp_path: Path) -> None:
    outcome = shell(f'PYWRANGLER_TARGET=local "$@" {command} <&-', tmp_path)
    assert outcome.returncode == 2, outcome
    assert outcome.stderr.startswith("Error: Standard input cannot be read: it is closed."), outcome.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ENDLESS)
def test_an_input_without_an_end_is_refused(command: str, tmp_path: Path) -> None:
    outcome = shell(f'"$@" {command} < /dev/zero', tmp_path)
    assert (outcome.returncode, "is longer than 256 MiB" in outcome.stderr) == (2, True), outcome


def test_bytes_that_are_no_text_are_no_secret(tmp_path: Path) -> None:
    outcome = shell(
        "head -c 1000 /dev/zero | tr '\\000' '\\377' | \"$@\" secret put KEY --name web", tmp_path
    )
    assert (outcome.returncode, "is not text in UTF-8" in outcome.stderr) == (2, True), outcome


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
@pytest.mark.parametrize("command", ["local status", "local status --json", "check --schema", "--help"])
def test_output_that_cannot_be_written_is_reported(command: str, tmp_path: Path) -> None:
    outcome = shell(f'"$@" {command} >/dev/full', tmp_path)
    assert outcome.returncode == 1
    assert "The output or a file cannot be written: No space left on device." in outcome.stderr
    assert "Exception ignored" not in outcome.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_errors_that_cannot_be_written_leave_the_status(tmp_path: Path) -> None:
    assert shell('"$@" nonsense 2>/dev/full', tmp_path).returncode == 2


def test_a_directory_that_was_removed_is_named(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    outcome = shell('cd gone && rmdir ../gone && "$@" check', tmp_path)
    assert outcome.returncode == 1
    assert outcome.stderr.startswith(f"Error: The working directory `{tmp_path / 'gone'}` no longer exists.")


def test_help_and_another_directory_do_not_need_the_one_that_was_removed(tmp_path: Path) -> None:
    for name in ("gone", "project"):
        (tmp_path / name).mkdir()
    configuration = '{"name": "web", "main": "index.js", "compatibility_date": "2026-11-01"}'
    (tmp_path / "project/wrangler.json").write_text(configuration)
    (tmp_path / "project/index.js").write_text("export default {}")
    script = 'cd gone && rmdir ../gone && "$@" check --help >&2 && "$@" check --no-bundle --cwd '
    outcome = shell(f"{script}{tmp_path / 'project'}", tmp_path)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout == "0 errors, 0 warnings\n"


def test_a_character_that_cannot_be_written_is_escaped(tmp_path: Path) -> None:
    text = '{"name": "web", "main": "a.js", "compatibility_date": "2026-11-01"}'
    directory = tmp_path / os.fsdecode(b"not UTF-8: \xff")
    directory.mkdir()
    (directory / "wrangler.json").write_text(text)
    outcome = shell('"$@" check --no-bundle', directory)
    assert outcome.returncode == 1
    assert "not UTF-8: \\udcff/a.js, which is not a file" in outcome.stdout


def test_half_of_a_project_is_removed_again(tmp_path: Path) -> None:
    (tmp_path / "site/src").mkdir(parents=True)
    outcome = shell('ulimit -f 1; "$@" init site', tmp_path)
    assert outcome.returncode == 1
    assert f"The project cannot be written to `{tmp_path / 'site'}`: File too large" in outcome.stderr
    assert [path.name for path in (tmp_path / "site").rglob("*")] == ["src"]


def test_a_file_in_place_of_the_projects_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("")
    (tmp_path / "round").symlink_to("round")
    told = {
        "site": f"The project cannot be written to `{tmp_path / 'site'}`: there is a file in its place.",
        "site/a": f"The project cannot be written to `{tmp_path / 'site/a'}`: there is a file in its place.",
        "round": "`round` is a broken link.",
    }
    for directory, message in told.items():
        assert f"Error: {message}\n" in shell(f'"$@" init {directory}', tmp_path).stderr
